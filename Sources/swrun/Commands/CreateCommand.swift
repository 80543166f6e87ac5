internal import ArgumentParser
internal import ContainerRuntime
internal import ContainerStore

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

  /// The request to ContainerRuntime.
  func request(command: String) -> CreateOptions {
    var options = CreateOptions()
    options.command = command
    options.consoleSocket = consoleSocket
    options.pidfdSocket = pidfdSocket
    options.pidFile = pidFile.map(Path.absolute)
    options.noPivot = noPivot
    options.noNewKeyring = noNewKeyring
    options.preservedDescriptors = Int(preservedDescriptors)
    return options
  }
}

/// `create`
struct CreateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Create a container; its program waits for `start`.")

  @ParentCommand var parent: Swrun
  private var global: GlobalOptions { parent.global }
  @OptionGroup var container: ContainerOptions

  func run() throws {
    try Report.running("create \(container.id)", global) { log in
      _ = try Create.container(
        ContainerID(container.id), bundlePath: container.bundle,
        options: container.request(command: "create"), store: global.store, log: log)
    }
  }
}
