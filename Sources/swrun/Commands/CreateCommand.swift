internal import ArgumentParser

/// What `create` and `run` have in common.
struct ContainerOptions: ParsableArguments {
  @Option(
    name: [.long, .customShort("b")], help: ArgumentHelp("The bundle's directory.", valueName: "dir"),
    completion: .directory)
  var bundle = "."

  @Option(
    name: [.long, .customShort("f")],
    help: ArgumentHelp("The configuration (default: config.json in the bundle).", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var config: String?

  @OptionGroup var process: ProcessOptions

  @Flag(name: .customLong("no-pivot"), help: "Do not use pivot_root (for a root on a ramdisk).")
  var noPivot = false

  @Flag(name: .customLong("no-new-keyring"), help: "Keep the caller's session keyring.")
  var noNewKeyring = false

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"))
  var id: String

  /// What was asked for.
  var request: ContainerRequest {
    var request = ContainerRequest(id: id)
    request.bundle = bundle
    request.config = config
    request.consoleSocket = process.consoleSocket
    request.pidfdSocket = process.pidfdSocket
    request.pidFile = process.pidFile
    request.noPivot = noPivot
    request.noNewKeyring = noNewKeyring
    request.preservedDescriptors = Int(process.preservedDescriptors)
    return request
  }
}

/// `create`
struct CreateCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Create a container; its program waits for `start`.")

  @ParentCommand var parent: Swrun

  @Flag(
    name: .customLong("no-subreaper"), help: ArgumentHelp("Accepted; nothing to do.", visibility: .hidden))
  var noSubreaper = false

  // Last, because the container's ID comes after the options.
  @OptionGroup var container: ContainerOptions

  var requested: Invocation.Command { .create(container.request) }
}
