/// The options of a command, as far as the words of a command line must be told apart by them.
///
/// ArgumentParser knows them, too, but needs more than a millisecond to say so. A test holds the two against each
/// other.
struct OptionTable {
  /// Options without a value, each with all its names, without dashes.
  let flags: [[String]]
  /// Options whose value is the next word.
  let values: [[String]]

  /// Options before the command, which may stand behind it, too.
  static let global = OptionTable(
    flags: [["debug"], ["systemd-cgroup"], ["version", "v"], ["help", "h"]],
    values: [["root"], ["log"], ["log-format"], ["cgroup-manager"], ["rootless"], ["criu"]])

  /// How an option is written: `--name`, or `-n`.
  static func written(_ name: String) -> String { (name.utf8.count == 1 ? "-" : "--") + name }

  /// All names of the flag that has this one; nil if none has.
  func flag(_ name: String) -> [String]? {
    flags.first { $0.contains(name) }
  }

  /// Whether it is an option with a value.
  func hasValue(_ name: String) -> Bool { values.contains { $0.contains(name) } }

  /// The options that are known where a word stands.
  ///
  /// - Parameters:
  ///   - command: Nil before it was named.
  init(of command: String?) {
    let own = command.map(OptionTable.own) ?? OptionTable(flags: [], values: [])
    // A command's own come first: the --rootless of `spec` is not the global one.
    flags = own.flags + OptionTable.global.flags
    values = own.values + OptionTable.global.values.filter { own.flag($0[0]) == nil }
  }

  init(flags: [[String]], values: [[String]]) {
    self.flags = flags
    self.values = values
  }

  /// The options of a command itself; none if there is no such command.
  static func own(_ command: String) -> OptionTable {
    switch command {
    case "create", "run":
      let flags = command == "run" ? [["detach", "d"], ["keep"], ["in-place"]] : []
      return OptionTable(
        flags: flags + [["no-subreaper"], ["no-pivot"], ["no-new-keyring"]],
        values: [["bundle", "b"], ["config", "f"]] + started)
    case "exec":
      return OptionTable(
        flags: [
          ["tty", "t"], ["detach", "d"], ["no-new-privs"], ["ignore-paused"], ["no-subreaper"],
        ],
        values: [
          ["process", "p"], ["cwd"], ["env", "e"], ["user", "u"], ["additional-gids", "g"], ["cap", "c"],
          ["process-label"], ["apparmor"], ["cgroup"],
        ] + started)
    case "kill": return OptionTable(flags: [["all", "a"], ["regex", "r"]], values: [])
    case "delete": return OptionTable(flags: [["force", "f"], ["regex", "r"]], values: [])
    case "list": return OptionTable(flags: [["quiet", "q"]], values: [["format", "f"]])
    case "ps": return OptionTable(flags: [], values: [["format", "f"]])
    case "events": return OptionTable(flags: [["stats"]], values: [["interval"]])
    case "spec": return OptionTable(flags: [["rootless"]], values: [["bundle", "b"], ["file", "f"]])
    case "update":
      return OptionTable(
        flags: [],
        values: [["resources", "r"], ["l3-cache-schema"], ["mem-bw-schema"]]
          + UpdateRequest.Option.allCases.map { [$0.rawValue] })
    case "checkpoint":
      return OptionTable(
        flags: criuFlags + [["leave-running"], ["tcp-skip-in-flight"], ["link-remap"], ["pre-dump"]],
        values: criuValues + [["parent-path"], ["status-fd"], ["page-server"]])
    case "restore":
      return OptionTable(
        flags: criuFlags + [["detach", "d"], ["no-subreaper"], ["no-pivot"]],
        values: criuValues + [
          ["lsm-profile"], ["lsm-mount-context"], ["bundle", "b"], ["console-socket"], ["pid-file"],
        ])
    default: return OptionTable(flags: [], values: [])
    }
  }

  /// `ProcessOptions`
  private static let started = [["console-socket"], ["pidfd-socket"], ["pid-file"], ["preserve-fds"]]
  /// `CriuArguments`
  private static let criuFlags = [
    ["tcp-established"], ["ext-unix-sk"], ["shell-job"], ["file-locks"], ["lazy-pages"], ["auto-dedup"],
  ]
  private static let criuValues = [["image-path"], ["work-path"], ["manage-cgroups-mode"], ["empty-ns"]]
}
