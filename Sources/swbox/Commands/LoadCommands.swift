internal import ArgumentParser
internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// `load`
struct LoadCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Load images from an OCI image layout or a docker archive."
  )

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "An archive, or a directory with an image layout (default: standard input).", valueName: "path"),
    completion: .file())
  var input: String?

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let store = try session.store()
    let load = Load(to: store, warn: session.messages.warning)
    let images: [StoredImage]
    if let input, input != "-" {
      images = try during(input) { () throws(RuntimeError) in try LoadCommand.images(input, load) }
    } else {
      images = try load.archive(StandardInput.source(hint: "--input names a file"))
    }
    try ImageReport.write(images, format)
    return 0
  }

  private static func images(_ path: String, _ load: Load) throws(RuntimeError) -> [StoredImage] {
    let file = try Kernel.open(path, flags: O_RDONLY)
    if try Kernel.stat(file.number).st_mode & S_IFMT == S_IFDIR { return try load.directory(file) }
    return try load.archive(FileSource(file, name: path))
  }
}

/// `save`
struct SaveCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "save",
    abstract: "Write images as an OCI image layout or a docker archive."
  )

  /// `--format`
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case ociArchive = "oci-archive"
    case ociDirectory = "oci-dir"
    case dockerArchive = "docker-archive"
  }

  @Option(help: ArgumentHelp("What is written.", valueName: "format"))
  var format: Form = .ociArchive

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("A new file, or a new directory (default: standard output).", valueName: "path"),
    completion: .file())
  var output: String?

  @OptionGroup var choice: PlatformOptionGroup

  @Argument(help: ArgumentHelp("An image's name or ID.", valueName: "image"))
  var images: [String]

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let store = try session.store()
    var found: [StoredImage] = []
    let platform = try choice.understood()
    for name in images {
      let image = try store.find(name)
      found.append(
        try platform.map { (platform) throws(RuntimeError) in
          try part(of: image, for: platform, in: store)
        } ?? image)
    }
    let save = Save(from: store)
    if format == .ociDirectory {
      guard let output else {
        throw RuntimeError(.invalidArgument, "--format oci-dir needs a directory", hint: "--output names it")
      }
      try NewDirectory.fill(output) { (directory) throws(RuntimeError) in
        try save.layout(found, to: directory)
      }
      return 0
    }
    let sink = try OutputFile(output)
    if format == .ociArchive {
      try save.layoutArchive(found, to: sink)
    } else {
      try save.dockerArchive(found, to: sink)
    }
    try sink.complete()
    return 0
  }

  /// The image for one platform, with the name of the whole.
  private func part(
    of image: StoredImage, for platform: Platform, in store: ImageStore
  ) throws(RuntimeError) -> StoredImage {
    var entry = try store.contents(of: image, asked: platform).descriptor
    entry.referenceName = image.name
    return StoredImage(descriptor: entry)
  }
}
