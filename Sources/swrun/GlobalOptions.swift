internal import ArgumentParser
internal import ContainerStore
internal import Glibc

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
    name: .customLong("systemd-cgroup"), help: "Let systemd make the cgroups; cgroupsPath is slice:prefix:name.")
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
  /// Where containers are kept.
  var store: Store {
    if let root { return Store(root: root.hasPrefix("/") ? root : Path.absolute(root)) }
    if geteuid() != 0, let directory = getenv("XDG_RUNTIME_DIR") {
      return Store(root: String(cString: directory) + "/swrun")
    }
    return Store(root: "/run/swrun")
  }
}

/// Paths from the command line.
enum Path {
  /// `path` as seen from the working directory.
  static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let directory = getcwd(nil, 0) else { return path }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
  }
}
