internal import JSON
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The capabilities of a container's programs. capabilities(7)
struct CapabilityChoice {
  /// What programs may have at most.
  let bounding: [String]
  /// What was asked for by name.
  private let added: [String]

  /// What a container gets that asks for nothing else: as podman has it.
  private static let usual = [
    "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
    "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID",
    "CAP_SYS_CHROOT",
  ]

  private static let all =
    usual + [
      "CAP_DAC_READ_SEARCH", "CAP_LINUX_IMMUTABLE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_IPC_LOCK",
      "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
      "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
      "CAP_SYS_TTY_CONFIG", "CAP_LEASE", "CAP_AUDIT_CONTROL", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN",
      "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
      "CAP_CHECKPOINT_RESTORE",
    ]

  /// `ALL` comes before single names, on both sides.
  init(_ options: RunOptions) throws(RuntimeError) {
    let adds = try CapabilityChoice.names(options.capAdd, option: "--cap-add")
    let drops = try CapabilityChoice.names(options.capDrop, option: "--cap-drop")
    var chosen = CapabilityChoice.usual
    if options.privileged { chosen = CapabilityChoice.all }
    if drops.contains("ALL") { chosen = [] }
    if adds.contains("ALL") { chosen = CapabilityChoice.all }
    for name in adds where name != "ALL" && !chosen.contains(name) { chosen.append(name) }
    chosen.removeAll { drops.contains($0) }
    bounding = chosen.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    added = bounding.filter { adds.contains($0) || adds.contains("ALL") }
  }

  /// `NET_ADMIN`, `net_admin` or `CAP_NET_ADMIN`.
  private static func names(_ texts: [String], option: String) throws(RuntimeError) -> [String] {
    var names: [String] = []
    for text in texts.flatMap({ $0.split(separator: ",") }) {
      let upper = text.uppercased()
      if upper == "ALL" {
        names.append(upper)
        continue
      }
      let name = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
      guard all.contains(name) else {
        throw RuntimeError(.invalidArgument, "\(option): there is no capability \(quoted(String(text)))")
      }
      names.append(name)
    }
    return names
  }

  /// The sets: a user that is not root has only what was asked for by name.
  func sets(isRoot: Bool) -> Capabilities {
    var sets = Capabilities()
    sets.bounding = bounding
    sets.effective = isRoot ? bounding : added
    sets.permitted = isRoot ? bounding : added
    if !isRoot, !added.isEmpty {
      sets.inheritable = added
      sets.ambient = added
    }
    return sets
  }
}
