public import ArgumentParser
public import ContainerRuntime

/// What `checkpoint` and `restore` have in common.
struct CriuArguments: ParsableArguments {
  @Option(
    name: .customLong("image-path"),
    help: ArgumentHelp("Directory of the images (default: ./checkpoint).", valueName: "dir"),
    completion: .directory)
  var imagePath: String?

  @Option(
    name: .customLong("work-path"),
    help: ArgumentHelp("Directory of criu's log (default: that of the images).", valueName: "dir"),
    completion: .directory)
  var workPath: String?

  @Flag(name: .customLong("tcp-established"), help: "Allow TCP connections that are open.")
  var tcpEstablished = false

  @Flag(name: .customLong("ext-unix-sk"), help: "Allow AF_UNIX sockets whose other end is outside.")
  var externalUnixSockets = false

  @Flag(name: .customLong("shell-job"), help: "Allow a session leader or terminal that is outside.")
  var shellJob = false

  @Flag(name: .customLong("file-locks"), help: "Allow locks of files.")
  var fileLocks = false

  @Flag(name: .customLong("lazy-pages"), help: "Fetch memory only when it is used.")
  var lazyPages = false

  @Flag(name: .customLong("auto-dedup"), help: "Free what images of memory have twice.")
  var autoDedup = false

  @Option(
    name: .customLong("manage-cgroups-mode"),
    help: ArgumentHelp("When limits of cgroups are restored.", valueName: "mode"))
  var cgroupsMode: CgroupsMode = .soft

  @Option(
    name: .customLong("empty-ns"), parsing: .singleValue,
    help: ArgumentHelp("Leave a namespace empty; that of the network always is.", valueName: "namespace"))
  var emptyNamespaces: [EmptyNamespace] = []

  /// What was asked for.
  var settings: CheckpointSettings {
    var settings = CheckpointSettings()
    settings.tcpEstablished = tcpEstablished
    settings.externalUnixSockets = externalUnixSockets
    settings.shellJob = shellJob
    settings.fileLocks = fileLocks
    settings.lazyPages = lazyPages
    settings.autoDedup = autoDedup
    settings.cgroupsMode = cgroupsMode
    return settings
  }
}

/// `--manage-cgroups-mode`
extension CgroupsMode: ExpressibleByArgument {}

/// `--empty-ns`
enum EmptyNamespace: String, ExpressibleByArgument, CaseIterable {
  case network
}

/// `--page-server`
extension PageServer: ExpressibleByArgument {
  /// Reads `ADDRESS:PORT`.
  public init?(argument: String) { self.init(argument) }
}

/// `checkpoint`
struct CheckpointCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "Save a running container's processes, and delete it.",
    discussion: "`restore` makes a container that goes on from there. Both need criu(8).")

  @ParentCommand var parent: Swrun
  @OptionGroup var criu: CriuArguments

  @Option(
    name: .customLong("parent-path"),
    help: ArgumentHelp(
      "Images of an earlier --pre-dump, relative to the image directory.", valueName: "dir"),
    completion: .directory)
  var parentPath: String?

  @Flag(name: .customLong("leave-running"), help: "Let the container go on.")
  var leavesRunning = false

  @Flag(name: .customLong("tcp-skip-in-flight"), help: "Leave out TCP connections that are being made.")
  var tcpSkipInFlight = false

  @Flag(name: .customLong("link-remap"), help: "Give files names again that are open and were unlinked.")
  var linkRemap = false

  @Flag(name: .customLong("pre-dump"), help: "Save memory only, in advance, and let the container go on.")
  var preDump = false

  @Option(
    name: .customLong("status-fd"),
    help: ArgumentHelp("Descriptor that gets a zero byte when lazy pages can be fetched.", valueName: "fd"))
  var statusDescriptor: Int32?

  @Option(
    name: .customLong("page-server"),
    help: ArgumentHelp("Where memory is sent to, or served with --lazy-pages.", valueName: "address:port"))
  var pageServer: PageServer?

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  var requested: Invocation.Command {
    var options = CheckpointOptions()
    options.settings = criu.settings
    options.settings.tcpSkipInFlight = tcpSkipInFlight
    options.settings.linkRemap = linkRemap
    if let path = criu.imagePath { options.imagePath = path }
    options.workPath = criu.workPath
    options.parentPath = parentPath
    options.leavesRunning = leavesRunning
    options.isPreDump = preDump
    options.statusDescriptor = statusDescriptor.flatMap { $0 < 0 ? nil : $0 }
    options.pageServer = pageServer
    return .checkpoint(id: id, options)
  }
}

/// `restore`
struct RestoreCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Make a container whose processes `checkpoint` saved.",
    discussion: "The exit status is the program's, or 128 + n if signal n ended it.")

  @ParentCommand var parent: Swrun
  @OptionGroup var criu: CriuArguments

  @Flag(name: [.long, .customShort("d")], help: "Return when the processes run.")
  var detach = false

  @Flag(name: .customLong("no-subreaper"), help: "Do not become the reaper of orphaned processes.")
  var noSubreaper = false

  @Option(
    name: .customLong("lsm-profile"),
    help: ArgumentHelp(
      "Label of the processes in place of the saved one: apparmor:NAME or selinux:LABEL.", valueName: "label")
  )
  var lsmProfile: String?

  @Option(
    name: .customLong("lsm-mount-context"),
    help: ArgumentHelp("SELinux label of mounts in place of the saved one.", valueName: "label"))
  var lsmMountContext: String?

  @Option(
    name: [.long, .customShort("b")],
    help: ArgumentHelp("The bundle's directory (default: the working directory).", valueName: "dir"),
    completion: .directory)
  var bundle: String?

  @Option(
    name: .customLong("console-socket"),
    help: ArgumentHelp("AF_UNIX socket that receives the terminal.", valueName: "path"), completion: .file())
  var consoleSocket: String?

  @Option(
    name: .customLong("pid-file"), help: ArgumentHelp("File to write the pid to.", valueName: "path"),
    completion: .file())
  var pidFile: String?

  @Flag(name: .customLong("no-pivot"), help: "Accepted for callers of runc; changes nothing.")
  var noPivot = false

  @Argument(help: ArgumentHelp("The new container's name.", valueName: "container-id"))
  var id: String

  var requested: Invocation.Command {
    var options = RestoreOptions()
    options.settings = criu.settings
    if let path = criu.imagePath { options.imagePath = path }
    options.workPath = criu.workPath
    options.isSubreaper = !noSubreaper
    options.lsmProfile = lsmProfile
    options.lsmMountContext = lsmMountContext
    options.create.isDetached = detach
    options.create.consoleSocket = consoleSocket
    options.create.pidFile = pidFile.map(Path.absolute)
    options.create.noPivot = noPivot
    return .restore(id: id, bundle: bundle ?? ".", options)
  }
}
