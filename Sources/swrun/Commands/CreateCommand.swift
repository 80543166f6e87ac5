internal import ArgumentParser

/// What `create` and `run` have in common.
struct ContainerOptions: ParsableArguments {
  @Option(
    name: [.long, .customShort("b")], help: ArgumentHelp("The bundle's directory.", valueName: "dir"),
    completion: .directory)
  var bundle = "."

  @Option(
    name: .customLong("console-socket"),
    help: ArgumentHelp("AF_UNIX socket that receives the terminal.", valueName: "path"),
    completion: .file())
  var consoleSocket: String?

  @Option(
    name: .customLong("pidfd-socket"),
    help: ArgumentHelp("AF_UNIX socket that receives a pidfd of the container's process.", valueName: "path"),
    completion: .file())
  var pidfdSocket: String?

  @Option(
    name: .customLong("pid-file"), help: ArgumentHelp("File to write the pid to.", valueName: "path"),
    completion: .file())
  var pidFile: String?

  @Flag(name: .customLong("no-pivot"), help: "Do not use pivot_root (for a root on a ramdisk).")
  var noPivot = false

  @Flag(name: .customLong("no-new-keyring"), help: "Keep the caller's session keyring.")
  var noNewKeyring = false

  @Option(
    name: .customLong("preserve-fds"),
    help: ArgumentHelp("How many more descriptors, from 3 on, the program inherits.", valueName: "n"))
  var preservedDescriptors: UInt16 = 0

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"))
  var id: String

  /// What was asked for.
  var request: ContainerRequest {
    var request = ContainerRequest(id: id)
    request.bundle = bundle
    request.consoleSocket = consoleSocket
    request.pidfdSocket = pidfdSocket
    request.pidFile = pidFile
    request.noPivot = noPivot
    request.noNewKeyring = noNewKeyring
    request.preservedDescriptors = Int(preservedDescriptors)
    return request
  }
}

/// `create`
struct CreateCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Create a container; its program waits for `start`.")

  @ParentCommand var parent: Swrun
  @OptionGroup var container: ContainerOptions

  var requested: Invocation.Command { .create(container.request) }
}
