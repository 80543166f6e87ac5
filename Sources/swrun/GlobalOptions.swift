internal import ArgumentParser

/// Options before the command's name.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Directory for the state of containers.", valueName: "dir"), completion: .directory)
  var root: String?

  @Option(
    help: ArgumentHelp("File to append messages to, besides standard error.", valueName: "file"),
    completion: .file())
  var log: String?

  @Option(name: .customLong("log-format"), help: ArgumentHelp("text or json.", valueName: "format"))
  var logFormat: LogFormat = .text

  @Flag(help: "Log the steps of each operation.")
  var debug = false

  @Flag(
    name: .customLong("systemd-cgroup"),
    help: "Let systemd make the cgroups; cgroupsPath is slice:prefix:name.")
  var systemdCgroup = false

  @Option(help: ArgumentHelp("true, false or auto: pass over cgroup permission errors.", valueName: "value"))
  var rootless: String?

  @Option(help: ArgumentHelp("Accepted for compatibility with runc.", visibility: .hidden))
  var criu: String?

  @Flag(name: [.long, .customShort("v")], help: "Print the version.")
  var version = false
}

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
    settings.rootless = rootless
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

  func run() throws {
    let status = try invocation.perform()
    if status != 0 { throw ExitCode(status) }
  }
}
