internal import ArgumentParser
internal import Containers
internal import ImageLayers
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// `diff`
struct DiffCommand: PerformedCommand {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "List what a container has changed of its root file system.")

  @Option(help: ArgumentHelp("How the list is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(help: ArgumentHelp("The container's name or ID.", valueName: "container"))
  var container: String

  /// What is printed as JSON.
  private struct Report: JSONObject {
    var changed: [String]?
    var added: [String]?
    var deleted: [String]?

    mutating func members(_ json: inout JSONExchange) {
      json.member("changed", &changed)
      json.member("added", &added)
      json.member("deleted", &deleted)
    }
  }

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let container = try session.containers().find(container)
    let changes = try ContainerChanges(of: container, store: session.root).list
    if format == .json {
      func paths(_ kind: PathChange.Kind) -> [String]? {
        let found = changes.filter { $0.kind == kind }.map { String(decoding: $0.path, as: UTF8.self) }
        return found.isEmpty ? nil : found
      }
      try Output.write(
        json: Report(changed: paths(.changed), added: paths(.added), deleted: paths(.deleted)))
      return 0
    }
    try Output.write(
      changes.map { "\($0.kind.rawValue) \(printable(String(decoding: $0.path, as: UTF8.self)))\n" }.joined())
    return 0
  }
}

/// `commit`
struct CommitCommand: PerformedCommand {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "commit", abstract: "Make an image of a container.")

  @Option(name: [.short, .long], help: ArgumentHelp("Who made the image.", valueName: "author"))
  var author: String?

  @Option(name: [.short, .long], help: ArgumentHelp("What is to be said of it.", valueName: "message"))
  var message: String?

  @Option(
    name: [.short, .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A change of the configuration, such as 'CMD [\"/bin/sh\"]'; may be repeated.", valueName: "change"))
  var change: [String] = []

  @Option(
    help: ArgumentHelp(
      "Whether a container that runs stands still meanwhile (default: true; without root if that can be done).",
      valueName: "bool"))
  var pause: Bool?

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(help: ArgumentHelp("The container's name or ID.", valueName: "container"))
  var container: String

  @Argument(help: ArgumentHelp("The image's name.", valueName: "name"))
  var image: String?

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let reference = try image.map(Names.full)
    let changes = try ConfigurationChanges(change)
    let store = try session.store()
    let catalog = try session.containers()
    var work = Commit(store, catalog, changes: changes)
    work.author = author
    work.message = message
    work.pauses = pause ?? true
    work.needsPause = pause ?? (Caller.person == nil)
    work.warn = session.messages.warning
    var descriptor = try work.run(catalog.find(container))
    try store.add(descriptor, name: reference)
    descriptor.referenceName = reference?.description
    try ImageReport.write([StoredImage(descriptor: descriptor)], format)
    return 0
  }
}

/// `cp`
struct CopyCommand: PerformedCommand {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "cp", abstract: "Copy files between a container and the host.",
    usage: """
      swbox cp [<options>] <container>:<path> <target>
      swbox cp [<options>] <source> <container>:<path>
      """)

  @Flag(
    name: [.short, .long], help: "Keep owners, set-user-ID bits and devices; else files are root's, or yours."
  )
  var archive = false

  @Argument(help: ArgumentHelp("What is copied; - is an archive from standard input.", valueName: "source"))
  var source: String

  @Argument(help: ArgumentHelp("Where to; - is an archive to standard output.", valueName: "target"))
  var target: String

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let catalog = try session.containers()
    var work = FileCopy(catalog, store: session.root)
    work.keepsOwners = archive
    work.warn = session.messages.warning
    switch (CopyCommand.parts(source), CopyCommand.parts(target)) {
    case (let from?, nil):
      let container = try catalog.find(from.container)
      guard target == "-" else { try work.copy(from: from.path, of: container, to: target); return 0 }
      let sink = try OutputFile(nil)
      try work.pack(from.path, of: container, to: sink)
    case (nil, let to?):
      let container = try catalog.find(to.container)
      guard source == "-" else { try work.copy(source, into: container, at: to.path); return 0 }
      try work.unpack(
        StandardInput.source(hint: "the first argument names a file"), into: container, at: to.path)
    default:
      throw RuntimeError(
        .invalidArgument, "one of source and target is to be CONTAINER:PATH",
        hint: "a path of the host with a colon begins with / or .")
    }
    return 0
  }

  /// A container and a path in it; nil for a path of the host.
  private static func parts(_ text: String) -> (container: String, path: String)? {
    guard let first = text.first, first != "/", first != ".", let colon = text.firstIndex(of: ":"),
      !text[..<colon].contains("/")
    else { return nil }
    return (String(text[..<colon]), String(text[text.index(after: colon)...]))
  }
}
