internal import ArgumentParser
internal import JSON
internal import OCIImage
internal import Registry
internal import RuntimeErrors

/// Options of all commands that speak to registries.
struct RegistryOptionGroup: ParsableArguments {
  @Option(
    name: .customLong("tls-verify"),
    help: ArgumentHelp(
      "Whether the registry has to prove who it is; without, plain HTTP will do, too.", valueName: "bool"))
  var tlsVerify: Bool?

  @Option(
    name: .customLong("authfile"),
    help: ArgumentHelp("The file with passwords.", valueName: "file"), completion: .file())
  var authFile: String?

  @Option(
    name: .customLong("cert-dir"),
    help: ArgumentHelp(
      "A directory with certificates: *.crt of CAs, *.cert and *.key of this client.", valueName: "dir"),
    completion: .directory)
  var certDir: String?

  @Option(
    help: ArgumentHelp(
      "How often a request that failed for a passing reason is sent again.", valueName: "number"))
  var retry = 4

  /// What the module Registry takes.
  func options() throws(RuntimeError) -> RegistryOptions {
    guard (0...100).contains(retry) else {
      throw RuntimeError(.invalidArgument, "--retry: found \(retry), expected 0 to 100")
    }
    var options = RegistryOptions()
    options.verifiesTLS = tlsVerify
    options.authFile = authFile
    options.certificates = certDir
    options.retries = retry
    return options
  }
}

/// Options of the commands that transfer images.
struct TransferOptionGroup: ParsableArguments {
  @OptionGroup var registry: RegistryOptionGroup

  @Option(
    help: ArgumentHelp(
      "Who asks, in place of what files say; others see it in the list of processes.",
      valueName: "user:password"))
  var creds: String?

  @Option(help: ArgumentHelp("How many blobs are transferred at a time.", valueName: "number"))
  var parallel = 4

  @OptionGroup var choice: PlatformOptionGroup

  @Flag(name: .customLong("all-platforms"), help: "All platforms of the image.")
  var allPlatforms = false

  @Flag(name: [.short, .long], help: "Show no progress.")
  var quiet = false

  @Option(help: ArgumentHelp("How the outcome is printed.", valueName: "format"))
  var format: OutputFormat = .table

  /// What the module Registry takes.
  func options() throws(RuntimeError) -> RegistryOptions {
    var options = try registry.options()
    guard (1...64).contains(parallel) else {
      throw RuntimeError(.invalidArgument, "--parallel: found \(parallel), expected 1 to 64")
    }
    options.parallel = parallel
    if let creds {
      guard let colon = creds.firstIndex(of: ":") else {
        throw RuntimeError(.invalidArgument, "--creds: expected user:password")
      }
      options.credentials = Credentials(
        user: String(creds[..<colon]), password: String(creds[creds.index(after: colon)...]))
    }
    return options
  }

  /// `--platform`, understood.
  func onePlatform() throws(RuntimeError) -> Platform? {
    let platform = try choice.understood()
    guard platform == nil || !allPlatforms else {
      throw RuntimeError(.invalidArgument, "--platform and --all-platforms exclude each other")
    }
    return platform
  }
}

/// The option of the commands that take one of an image's platforms.
struct PlatformOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The one that is meant: os/architecture or os/architecture/variant.", valueName: "platform"))
  var platform: String?

  /// `--platform`, understood.
  func understood() throws(RuntimeError) -> Platform? {
    guard let platform else { return nil }
    guard let understood = Platform(platform) else {
      throw RuntimeError(
        .invalidArgument, "--platform: found \(quoted(platform)), expected such as linux/arm64")
    }
    return understood
  }
}
