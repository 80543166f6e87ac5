internal import ArgumentParser
internal import ContainerRuntime

/// `exec`
struct ExecCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run another program in a container.",
    discussion: """
      The exit status is the program's, 128 + n if signal n ended it, and 255 if it could not be run.
      """)

  @ParentCommand var parent: Swrun

  @Option(
    name: [.long, .customShort("p")],
    help: ArgumentHelp("File with the process as JSON; else it is the container's.", valueName: "file"),
    completion: .file())
  var process: String?

  @Option(help: ArgumentHelp("Working directory in the container.", valueName: "dir"))
  var cwd: String?

  @Option(
    name: [.long, .customShort("e")], parsing: .singleValue,
    help: ArgumentHelp("One more variable.", valueName: "name=value"))
  var env: [String] = []

  @Flag(name: [.long, .customShort("t")], help: "Give the program a terminal.")
  var tty = false

  @Option(
    name: [.long, .customShort("u")], help: ArgumentHelp("User and group, as IDs.", valueName: "uid[:gid]"))
  var user: String?

  @Option(
    name: [.customLong("additional-gids"), .customShort("g")], parsing: .singleValue,
    help: ArgumentHelp("One more group.", valueName: "gid"))
  var additionalGroups: [UInt32] = []

  @Option(
    name: [.long, .customShort("c")], parsing: .singleValue,
    help: ArgumentHelp("One more capability, such as CAP_NET_ADMIN.", valueName: "capability"))
  var cap: [String] = []

  @Flag(name: .customLong("no-new-privs"), help: "Programs of other users do not raise its privileges.")
  var noNewPrivileges = false

  @Option(name: .customLong("process-label"), help: ArgumentHelp("SELinux label.", valueName: "label"))
  var processLabel: String?

  @Option(help: ArgumentHelp("AppArmor profile.", valueName: "profile"))
  var apparmor: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "An existing cgroup below the container's to run in; of one controller's hierarchy, or of all.",
      valueName: "[controller:]path"))
  var cgroup: [String] = []

  @Flag(name: .customLong("ignore-paused"), help: "Add the process to a paused container; it waits there.")
  var ignoresPause = false

  @Flag(name: [.long, .customShort("d")], help: "Return when the program runs.")
  var detach = false

  @OptionGroup var started: ProcessOptions

  @Flag(
    name: .customLong("no-subreaper"), help: ArgumentHelp("Accepted; nothing to do.", visibility: .hidden))
  var noSubreaper = false

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  @Argument(
    help: ArgumentHelp("The program and its arguments.", valueName: "command"))
  var arguments: [String] = []

  var requested: Invocation.Command {
    var options = ExecOptions()
    options.processFile = process
    options.arguments = arguments
    options.environment = env
    options.workingDirectory = cwd
    options.terminal = tty
    options.user = user
    options.additionalGroups = additionalGroups
    options.processLabel = processLabel
    options.appArmorProfile = apparmor
    options.noNewPrivileges = noNewPrivileges
    options.capabilities = cap
    options.consoleSocket = started.consoleSocket
    options.pidfdSocket = started.pidfdSocket
    options.pidFile = started.pidFile
    options.isDetached = detach
    options.preservedDescriptors = Int(started.preservedDescriptors)
    options.cgroups = cgroup
    options.ignoresPause = ignoresPause
    return .exec(id: id, options)
  }
}
