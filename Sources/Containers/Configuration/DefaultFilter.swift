internal import OCIRuntimeSpec

/// The system calls that programs may make if nothing else is asked for.
///
/// Spec (runtime): config-linux.md#seccomp
enum DefaultFilter {
  /// ENOSYS: libraries then fall back on older calls.
  private static let notThere: UInt32 = 38
  private static let notPermitted: UInt32 = 1

  /// The filter of a container.
  ///
  /// - Parameters:
  ///   - capabilities: What its programs may have at most: some open system calls.
  static func make(for capabilities: [String]) -> Seccomp {
    var filter = Seccomp(defaultAction: .errno)
    filter.defaultErrnoRet = notThere
    #if arch(x86_64)
      filter.architectures = [.x86_64, .x86, .x32]
    #elseif arch(arm64)
      filter.architectures = [.aarch64, .arm]
    #endif
    var allowed = SystemCalls.usual
    #if arch(x86_64)
      allowed += ["arch_prctl", "modify_ldt"]
    #endif
    var refused = SystemCalls.refused
    for (capability, calls) in opened {
      if capabilities.contains(capability) { allowed += calls } else { refused += calls }
    }
    // What is both was opened by another capability.
    refused.removeAll { allowed.contains($0) }
    var denial = SeccompRule(names: refused, action: .errno)
    denial.errnoRet = notPermitted
    filter.syscalls =
      [denial, SeccompRule(names: allowed, action: .allow)] + personalities
      + [sockets(capabilities)].flatMap(\.self)
    return filter
  }

  /// capabilities(7)
  private static let opened: [(capability: String, calls: [String])] = [
    ("CAP_DAC_READ_SEARCH", ["open_by_handle_at"]),
    (
      "CAP_SYS_ADMIN",
      [
        "bpf", "fanotify_init", "lookup_dcookie", "perf_event_open", "quotactl", "setdomainname",
        "sethostname", "setns",
      ]
    ),
    ("CAP_SYS_CHROOT", ["chroot"]),
    ("CAP_SYS_MODULE", ["delete_module", "finit_module", "init_module", "query_module"]),
    ("CAP_SYS_PACCT", ["acct"]),
    ("CAP_SYS_PTRACE", ["kcmp", "process_madvise"]),
    ("CAP_SYS_RAWIO", ["ioperm", "iopl"]),
    ("CAP_SYS_TIME", ["clock_settime", "clock_settime64", "settimeofday", "stime"]),
    ("CAP_SYS_TTY_CONFIG", ["vhangup"]),
    ("CAP_SYS_NICE", ["migrate_pages", "move_pages"]),
  ]

  /// PER_LINUX, PER_LINUX32, each perhaps with UNAME26, and the question which it is. personality(2)
  private static let personalities = [0, 8, 0x20000, 0x20008, 0xffff_ffff].map { (value: UInt64) in
    var rule = SeccompRule(names: ["personality"], action: .allow)
    rule.args = [SeccompArgument(index: 0, value: value, op: .equal)]
    return rule
  }

  /// Sockets of all kinds, but for audit records: AF_NETLINK with NETLINK_AUDIT is for CAP_AUDIT_WRITE.
  private static func sockets(_ capabilities: [String]) -> [SeccompRule] {
    if capabilities.contains("CAP_AUDIT_WRITE") { return [SeccompRule(names: ["socket"], action: .allow)] }
    var refused = SeccompRule(names: ["socket"], action: .errno)
    refused.errnoRet = 22
    refused.args = [
      SeccompArgument(index: 0, value: 16, op: .equal), SeccompArgument(index: 2, value: 9, op: .equal),
    ]
    let others = [(index: UInt32(0), value: UInt64(16)), (index: 2, value: 9)].map { argument in
      var rule = SeccompRule(names: ["socket"], action: .allow)
      rule.args = [SeccompArgument(index: argument.index, value: argument.value, op: .notEqual)]
      return rule
    }
    return [refused] + others
  }
}
