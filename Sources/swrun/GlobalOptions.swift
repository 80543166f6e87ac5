public import ArgumentParser
public import ContainerRuntime

/// Options before the command's name.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Directory for the state of containers (default: /run/swrun; without root $XDG_RUNTIME_DIR/swrun).",
      valueName: "dir"), completion: .directory)
  var root: String?

  @Option(
    help: ArgumentHelp(
      "Where messages go besides standard error: a file, journald:IDENTIFIER or syslog:IDENTIFIER.",
      valueName: "target"),
    completion: .file())
  var log: String?

  @Option(name: .customLong("log-format"), help: ArgumentHelp("The form of messages.", valueName: "format"))
  var logFormat: LogFormat = .text

  @Flag(help: "Log the steps of each operation.")
  var debug = false

  @Flag(
    name: .customLong("systemd-cgroup"),
    help: "The same as --cgroup-manager=systemd.")
  var systemdCgroup = false

  @Option(
    name: .customLong("cgroup-manager"),
    help: ArgumentHelp(
      "Who makes cgroups: swrun in cgroupfs, systemd as scopes (with cgroup v2), or nobody.",
      valueName: "manager"))
  var cgroupManager: CgroupManagerChoice?

  @Option(
    help: ArgumentHelp(
      "Do without what only the host's root can do: auto, where swrun is not it; true; false.",
      valueName: "value"))
  var rootless: RootlessMode?

  @Option(
    help: ArgumentHelp(
      "The criu program of checkpoint and restore (default: found in $PATH).", valueName: "path"),
    completion: .file())
  var criu: String?

  @Flag(name: [.long, .customShort("v")], help: "Print the version.")
  var version = false
}

/// `--cgroup-manager`
extension CgroupManagerChoice: ExpressibleByArgument {}

/// `--rootless`
extension RootlessMode: ExpressibleByArgument {}

/// `--log-format`
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

extension GlobalOptions {
  /// What was asked for.
  var settings: GlobalSettings {
    var settings = GlobalSettings()
    settings.root = root
    settings.log = log
    settings.logFormat = logFormat
    settings.debug = debug
    settings.systemdCgroup = systemdCgroup
    settings.cgroupManager = cgroupManager
    settings.rootless = rootless
    settings.criu = criu
    return settings
  }
}

/// A command that becomes an `Invocation`.
protocol InvokedCommand: ParsableCommand {
  /// The global options.
  var parent: Swrun { get }
  /// What is to be done.
  var requested: Invocation.Command { get }
}

extension InvokedCommand {
  /// The whole command line, understood.
  var invocation: Invocation { Invocation(global: parent.global.settings, command: requested) }
}
