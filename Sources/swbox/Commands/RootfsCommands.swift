internal import ArgumentParser
internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// `import`
struct ImportCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make an image of the archive of a root file system."
  )

  /// `--compression`
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case none, gzip, zstd
  }

  @Option(
    help: ArgumentHelp("How a layer is compressed that does not come compressed.", valueName: "method"))
  var compression: Form = .gzip

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A word of the command of containers; may be repeated.", valueName: "word"))
  var cmd: [String] = []

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(
    help: ArgumentHelp("The archive; - is standard input.", valueName: "archive"), completion: .file())
  var archive: String

  @Argument(help: ArgumentHelp("The image's name.", valueName: "name"))
  var name: String?

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let reference = try name.map(Names.full)
    let store = try session.store()
    var work = Import(to: store)
    work.command = cmd
    work.compression = Compression(rawValue: compression.rawValue) ?? .gzip
    let source: any ByteSource =
      archive == "-"
      ? try StandardInput.source(hint: "the first argument names a file")
      : FileSource(try Kernel.open(archive, flags: O_RDONLY), name: archive)
    let image = try during(archive == "-" ? "standard input" : archive) { () throws(RuntimeError) in
      try work.archive(source, name: reference)
    }
    try ImageReport.write([image], format)
    return 0
  }
}

/// `export`
struct ExportCommand: PerformedCommand {
  static let standing = Standing.rootIfPossible
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the root file system of an image as an archive."
  )

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("A new file (default: standard output).", valueName: "path"), completion: .file())
  var output: String?

  @OptionGroup var choice: PlatformOptionGroup

  @Argument(help: ArgumentHelp("The image's name or ID.", valueName: "image"))
  var image: String

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let store = try session.store()
    let contents = try store.contents(of: store.find(image), asked: choice.understood())
    let sink = try OutputFile(output)
    let staged = try StagedDirectory(in: store)
    // For images that say nothing of their root.
    try Kernel.changeMode(staged.number, mode: 0o755)
    try store.unpack(contents, to: staged.number)
    let writer = TarWriter(sink)
    try TreePacker(writer, warn: session.messages.warning).pack(staged.number)
    try writer.finish()
    try sink.complete()
    return 0
  }
}

/// `unpack`
struct UnpackCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpack",
    abstract: "Unpack the root file system of an image into a directory."
  )

  @Option(
    name: .customLong("max-size"),
    help: ArgumentHelp("The most that a layer may hold: a number with K, M, G or T.", valueName: "size"))
  var maxSize = "64G"

  @OptionGroup var choice: PlatformOptionGroup

  @Argument(help: ArgumentHelp("The image's name or ID.", valueName: "image"))
  var image: String

  @Argument(help: ArgumentHelp("A new directory, or an empty one.", valueName: "dir"), completion: .directory)
  var directory: String

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    var options = UnpackOptions()
    options.limits.size = try Sizes.bytes(maxSize, option: "--max-size")
    let store = try session.store()
    let contents = try store.contents(of: store.find(image), asked: choice.understood())
    try NewDirectory.fill(directory) { (target) throws(RuntimeError) in
      try store.unpack(contents, to: target, options)
    }
    return 0
  }
}
