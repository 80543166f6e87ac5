internal import AppContainerImage
internal import ArgumentParser
internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import Registry
internal import RuntimeErrors
internal import Trust

/// `image import`
struct ImportAppImageCommand: PerformedCommand {
  static let standing = Standing.rootIfPossible
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

  @Option(
    help: ArgumentHelp("The archive's detached signature, to be checked by trusted keys.", valueName: "file"),
    completion: .file())
  var signature: String?

  @Flag(name: .customLong("no-signature"), help: "Take an image from the network without a signature.")
  var noSignature = false

  @Option(
    name: .customLong("cert-dir"),
    help: ArgumentHelp("A directory with certificates of CAs: *.crt.", valueName: "dir"),
    completion: .directory)
  var certDir: String?

  @Option(
    name: .customLong("max-size"),
    help: ArgumentHelp("The most that is fetched: a number with K, M, G or T.", valueName: "size"))
  var maxSize = "64G"

  @Argument(
    help: ArgumentHelp(
      "An archive, - for standard input, or the name of an image to be discovered, such as example.com/app:1.0.",
      valueName: "archive"), completion: .file())
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
    var work = AppImageImport(to: store)
    work.compression = Compression(rawValue: compression.rawValue) ?? .gzip
    let outcome = try isFile ? fromFile(work, store) : fromNetwork(work, session, store)
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

  /// A file that is there is meant, whatever it is called.
  private var isFile: Bool {
    archive == "-" || archive.hasPrefix("/") || archive.hasPrefix(".") || access(archive, F_OK) == 0
      || !archive.contains("/")
  }

  private func fromFile(_ work: AppImageImport, _ store: ImageStore) throws(RuntimeError)
    -> AppImageImport.Outcome
  {
    let source: any ByteSource =
      archive == "-"
      ? try StandardInput.source(hint: "the first argument names a file")
      : FileSource(try Kernel.open(archive, flags: O_RDONLY), name: archive)
    guard let signature else { return try work.archive(source) }
    let staged = try StagedAppImage(in: store)
    try staged.take(source)
    // Whose keys may sign follows from the name; nothing else is believed yet.
    guard let name = try AppImageArchive(staged.content(), writer: nil).manifest?.name else {
      throw RuntimeError(.invalidImage, "\(archive) has no manifest that can be read")
    }
    let file = try Kernel.open(signature, flags: O_RDONLY)
    let bytes = try Kernel.readAll(file.number, limit: Keyring.maximumSignature, name: signature)
    try staged.verify(bytes, name: name, in: store)
    return try work.archive(staged.content())
  }

  private func fromNetwork(
    _ work: AppImageImport, _ session: Session, _ store: ImageStore
  ) throws(RuntimeError) -> AppImageImport.Outcome {
    guard signature == nil else {
      throw RuntimeError(
        .invalidArgument, "--signature: that of an image from the network is fetched with it")
    }
    let query = try AppImageQuery(archive)
    let limit = Int64(clamping: try Sizes.bytes(maxSize, option: "--max-size"))
    let fetch = AppImageFetch(fetch: WebFetch(certificates: certDir), limit: limit)
    var failure: RuntimeError?
    for endpoint in try fetch.endpoints(query) {
      do throws(RuntimeError) {
        let (image, signature) = try fetch.archive(endpoint, to: store, isSigned: !noSignature)
        if !noSignature { try image.verify(signature, name: query.name, in: store) }
        let outcome = try work.archive(image.content())
        if let problem = query.mismatch(with: outcome.manifest) {
          throw RuntimeError(.notTrusted, "\(endpoint.image) is not \(query): \(problem)")
        }
        return outcome
      } catch let error where error.code == .notTrusted {
        // Another place must not make up for a signature that is wrong.
        throw error
      } catch {
        failure = error
      }
    }
    throw failure ?? RuntimeError(.imageNotFound, "nothing says where \(query) is")
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
