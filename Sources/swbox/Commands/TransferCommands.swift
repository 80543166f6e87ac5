internal import ArgumentParser
internal import ImageLayers
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import Registry
internal import RuntimeErrors

/// `pull`
struct PullCommand: PerformedCommand {
  static let standing = Standing.rootIfPossible
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Bring images from registries.")

  @OptionGroup var transfer: TransferOptionGroup

  @Option(
    name: .customLong("signature-policy"),
    help: ArgumentHelp("A signature policy in place of the usual one.", valueName: "file"),
    completion: .file())
  var signaturePolicy: String?

  @Flag(name: .customLong("insecure-policy"), help: "Take images whoever has signed them, or nobody.")
  var insecurePolicy = false

  @Flag(name: .customLong("no-unpack"), help: "Leave the unpacking of layers to later.")
  var noUnpack = false

  @Argument(help: ArgumentHelp("An image's name.", valueName: "image"))
  var images: [String]

  /// What is printed of one image.
  private struct Report: JSONObject {
    var name = ""
    var digest = ""
    var source = ""
    var transferred: Int64 = 0

    mutating func members(_ json: inout JSONExchange) {
      json.member("name", &name)
      json.member("digest", &digest)
      json.member("source", &source)
      json.member("transferred", &transferred)
    }
  }

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    var options = PullOptions()
    options.registry = try transfer.options()
    options.platform = try transfer.onePlatform()
    options.isForAllPlatforms = transfer.allPlatforms
    options.policy = signaturePolicy
    options.acceptsUnsigned = insecurePolicy
    // Layers for overlayfs need root, and mostly more users than one.
    options.unpacks = !noUnpack && !Caller.isUnprivileged && (Caller.person == nil || Caller.has(user: 1))
    let store = try session.store()
    var reports: [Report] = []
    for text in images {
      let progress = ProgressDisplay(session.messages, isQuiet: transfer.quiet)
      defer { progress.end() }
      let pulled: PulledImage
      do throws(RuntimeError) {
        pulled = try Pull(Reference(text), options, to: store, progress: progress).perform()
      } catch {
        throw error.adding(context: printable(text))
      }
      let report = Report(
        name: pulled.image.name ?? "", digest: pulled.image.descriptor.digest.text, source: pulled.source,
        transferred: pulled.transferred)
      progress.end()
      if transfer.format == .table { try Output.write("\(report.name) \(report.digest)\n") }
      reports.append(report)
    }
    if transfer.format == .json { try Output.write(json: reports) }
    return 0
  }
}

/// `push`
struct PushCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "push", abstract: "Bring an image to a registry.")

  @OptionGroup var transfer: TransferOptionGroup

  @Option(
    name: .customLong("chunk-size"),
    help: ArgumentHelp("How much is sent in one request at most: a number with K, M or G.", valueName: "size")
  )
  var chunkSize: String?

  @Argument(help: ArgumentHelp("The image's name or ID.", valueName: "image"))
  var image: String

  @Argument(
    help: ArgumentHelp("Its name in the registry (default: the one it has).", valueName: "destination"))
  var destination: String?

  /// What is printed.
  private struct Report: JSONObject {
    var name = ""
    var digest = ""
    var transferred: Int64 = 0

    mutating func members(_ json: inout JSONExchange) {
      json.member("name", &name)
      json.member("digest", &digest)
      json.member("transferred", &transferred)
    }
  }

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    var options = PushOptions()
    options.registry = try transfer.options()
    options.platform = try transfer.onePlatform()
    options.isForAllPlatforms = transfer.allPlatforms
    if let chunkSize {
      options.chunkSize = Int64(clamping: try Sizes.bytes(chunkSize, option: "--chunk-size"))
    }
    let store = try session.store()
    let found = try store.find(image)
    let name = try Reference(destination ?? found.name ?? image).tagged
    guard name.registry != nil else {
      throw RuntimeError(
        .invalidArgument, "\(name) names no registry", hint: "swbox push \(image) registry.example/\(name)")
    }
    let progress = ProgressDisplay(session.messages, isQuiet: transfer.quiet)
    defer { progress.end() }
    let pushed = try Push(found, as: name, options, from: store, progress: progress).perform()
    progress.end()
    if transfer.format == .json {
      let digest = pushed.descriptor.digest.text
      try Output.write(
        json: Report(name: name.description, digest: digest, transferred: pushed.transferred))
    } else {
      try Output.write("\(name) \(pushed.descriptor.digest)\n")
    }
    return 0
  }
}
