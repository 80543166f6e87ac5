internal import ArgumentParser
internal import Glibc
internal import ImageBuild
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// `build`
struct BuildImageCommand: PerformedCommand {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Make an image by the steps of a build file.")

  /// `--compression`
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case gzip, zstd, xz, none
  }

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("The image's name (default: what the file says).", valueName: "name"))
  var tag: String?

  @Option(
    help: ArgumentHelp(
      "The directory that steps take files from (default: that of the build file).", valueName: "dir"),
    completion: .directory)
  var context: String?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("Write the image to an OCI archive, too: a new file, or -.", valueName: "path"),
    completion: .file())
  var output: String?

  @Option(
    name: [.customShort("C"), .long], help: ArgumentHelp("How layers are compressed.", valueName: "method"))
  var compression: Form = .gzip

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("The value of a variable of the build file; may be repeated.", valueName: "name=value")
  )
  var variable: [String] = []

  @Flag(name: .customLong("no-cache"), help: "Make all steps anew.")
  var noCache = false

  @Option(help: ArgumentHelp("The program that runs containers (default: swrun).", valueName: "path"))
  var runtime: String?

  @Flag(name: [.short, .long], help: "Print nothing but the image.")
  var quiet = false

  @Option(help: ArgumentHelp("How the image is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(
    help: ArgumentHelp("The build file, in JSON or YAML; - is standard input.", valueName: "file"),
    completion: .file())
  var file: String

  /// What is printed.
  private struct Report: JSONObject {
    var name: String?
    var digest = ""
    var id = ""
    var size: Int64 = 0
    var layers = 0
    var steps: [Step] = []

    struct Step: JSONObject {
      var summary = ""
      var cached = false

      mutating func members(_ json: inout JSONExchange) {
        json.member("summary", &summary)
        json.member("cached", &cached)
      }
    }

    mutating func members(_ json: inout JSONExchange) {
      json.member("name", &name)
      json.member("digest", &digest)
      json.member("id", &id)
      json.member("size", &size)
      json.member("layers", &layers)
      json.member("steps", &steps)
    }
  }

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let buildFile = try BuildFile(parsing: content(), name: file, variables: variables())
    let reference = try (tag ?? buildFile.tag).map { (text) throws(RuntimeError) in try Names.full(text) }
    let store = try session.store()
    var steps: [Report.Step] = []
    var options = BuildOptions()
    options.compression = Compression(rawValue: compression.rawValue) ?? .gzip
    options.usesCache = !noCache
    options.epoch = try SourceDate.seconds()
    options.warn = session.messages.warning
    options.progress = { progress in
      steps.append(Report.Step(summary: progress.summary, cached: progress.isCached))
      guard !quiet else { return }
      let text = "step \(progress.number)/\(progress.count): \(progress.summary)"
      session.messages.progress(progress.isCached ? "\(text): made before" : text)
    }
    if compression == .xz {
      session.messages.warning(
        "the specification knows no layers compressed by xz: few programs take the image")
    }
    let directory = try Kernel.open(contextPath, flags: O_RDONLY | O_DIRECTORY)
    let commands = BuildCommands(runtime: runtime, session)
    let build = try Build(in: store, context: directory, commands: commands, options)
    let descriptor = try build.run(buildFile)
    try store.add(descriptor, name: reference)
    var entry = descriptor
    entry.referenceName = reference?.description
    let image = StoredImage(descriptor: entry)
    try write(image, from: store)
    try report(image, store, steps)
    return 0
  }

  private var contextPath: String {
    if let context { return context }
    guard file != "-", let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }

  private func content() throws(RuntimeError) -> [UInt8] {
    let input = file == "-" ? try Kernel.duplicate(0) : try Kernel.open(file, flags: O_RDONLY)
    return try Kernel.readAll(input.number, limit: 4 << 20, name: file)
  }

  private func variables() throws(RuntimeError) -> [String: String] {
    var result: [String: String] = [:]
    for text in variable {
      guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
        throw RuntimeError(.invalidArgument, "--variable: found \(quoted(text)), expected NAME=VALUE")
      }
      result[String(text[..<sign])] = String(text[text.index(after: sign)...])
    }
    return result
  }

  private func write(_ image: StoredImage, from store: ImageStore) throws(RuntimeError) {
    guard let output else { return }
    let sink = try OutputFile(output)
    try Save(from: store).layoutArchive([image], to: sink)
    try sink.complete()
  }

  private func report(
    _ image: StoredImage, _ store: ImageStore, _ steps: [Report.Step]
  ) throws(RuntimeError) {
    let contents = try store.contents(of: image)
    guard output != "-" else { return }
    guard format == .json else {
      return try Output.write("\(image.name ?? image.descriptor.digest.text)\n")
    }
    let size = contents.manifest.layers.reduce(contents.manifest.config.size) { $0 + $1.size }
    try Output.write(
      json: Report(
        name: image.name, digest: image.descriptor.digest.text, id: contents.id.text, size: size,
        layers: contents.manifest.layers.count, steps: steps))
  }
}

/// The time that builds take for now.
///
/// https://reproducible-builds.org/specs/source-date-epoch/
private enum SourceDate {
  static func seconds() throws(RuntimeError) -> Int {
    guard let text = getenv("SOURCE_DATE_EPOCH").map({ String(cString: $0) }), !text.isEmpty else { return 0 }
    guard let seconds = Int(text), (0..<1 << 33).contains(seconds) else {
      throw RuntimeError(
        .invalidArgument, "SOURCE_DATE_EPOCH: found \(quoted(text)), expected seconds since 1970")
    }
    return seconds
  }
}
