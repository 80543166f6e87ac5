internal import AppContainerImage
internal import ArgumentParser
internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// `image import`
struct ImportAppImageCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make an OCI image of an App Container Image, and tell what is lost.")
  static let title = "image import"

  /// `--compression`
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case none, gzip, zstd
  }

  @Option(help: ArgumentHelp("How the layer is compressed.", valueName: "method"))
  var compression: Form = .gzip

  @Option(help: ArgumentHelp("How the outcome is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(
    help: ArgumentHelp("The archive; - is standard input.", valueName: "archive"), completion: .file())
  var archive: String

  @Argument(help: ArgumentHelp("The image's name (default: its own, with its version).", valueName: "name"))
  var name: String?

  /// What is printed.
  private struct Report: JSONObject {
    var name: String?
    var digest = ""
    var imageID = ""
    var dropped: [DroppedMember] = []

    mutating func members(_ json: inout JSONExchange) {
      json.member("name", &name)
      json.member("digest", &digest)
      json.member("imageID", &imageID)
      json.member("dropped", &dropped)
    }
  }

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let given = try name.map(Names.full)
    let store = try session.store()
    let source: any ByteSource =
      archive == "-"
      ? try StandardInput.source(hint: "the first argument names a file")
      : FileSource(try Kernel.open(archive, flags: O_RDONLY), name: archive)
    var work = AppImageImport(to: store)
    work.compression = Compression(rawValue: compression.rawValue) ?? .gzip
    let outcome = try work.archive(source)
    let reference = given ?? ownName(outcome.manifest, session)
    try store.add(outcome.descriptor, name: reference)
    for fault in outcome.advice { session.messages.warning(fault.description) }
    if format == .json {
      try Output.write(
        json: Report(
          name: reference?.description, digest: outcome.descriptor.digest.text, imageID: outcome.imageID,
          dropped: outcome.dropped))
      return 0
    }
    for member in outcome.dropped { session.messages.warning("dropped \(member)") }
    try Output.write("\(reference?.description ?? outcome.descriptor.digest.text)\n")
    return 0
  }

  /// `example.com/app:1.0.0`, if that can be a name here.
  private func ownName(_ manifest: AppImageManifest, _ session: Session) -> Reference? {
    let version = manifest.label("version").map { ":\($0)" } ?? ""
    do throws(RuntimeError) {
      return try Names.full(manifest.name + version)
    } catch {
      session.messages.warning("\(error); the image has no name, but its ID")
      return nil
    }
  }
}
