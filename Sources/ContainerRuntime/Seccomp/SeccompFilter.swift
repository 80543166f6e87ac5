internal import CSeccomp
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// A compiled system call filter. Spec: config-linux.md#seccomp
struct SeccompFilter {
  /// BPF instructions of 8 bytes each.
  let program: [UInt8]
  /// SECCOMP_FILTER_FLAG_* of seccomp(2).
  let flags: UInt
  /// Whether an agent decides on some calls.
  let notifies: Bool

  /// Compiles a filter with libseccomp, or takes the same one from before.
  init(_ seccomp: Seccomp) throws(RuntimeError) {
    let cache = FilterCache()
    let origin = FilterOrigin(seccomp)
    if let cache, let origin, let known = cache.filter(of: origin) {
      self.init(compiled: known, from: seccomp)
      return
    }
    let compiler = try SeccompCompiler(seccomp)
    try compiler.addArchitectures()
    try compiler.addRules()
    let program = try compiler.export()
    if let cache, let origin { cache.keep(program, of: origin) }
    self.init(compiled: program, from: seccomp)
  }

  /// A filter that was compiled before.
  init(compiled program: [UInt8], from seccomp: Seccomp) {
    self.program = program
    let notifies = seccomp.usesNotify
    self.notifies = notifies
    // What would say how to wait for a listener is refused by the kernel where there is none.
    flags = (seccomp.flags ?? []).filter { notifies || $0 != .waitKillableReceive }
      .reduce(notifies ? SeccompFilter.newListener : 0) { $0 | $1.bit }
  }

  static let newListener: UInt = 1 << 3
}

extension Seccomp {
  /// Whether an agent decides on some calls.
  var usesNotify: Bool {
    defaultAction == .notify || (syscalls ?? []).contains { $0.action == .notify }
  }
}

/// libseccomp's filter context, and what goes into it.
private struct SeccompCompiler: ~Copyable {
  private let context: scmp_filter_ctx
  private let seccomp: Seccomp
  private let defaultAction: UInt32

  init(_ seccomp: Seccomp) throws(RuntimeError) {
    self.seccomp = seccomp
    defaultAction = seccomp.defaultAction.number(errno: seccomp.defaultErrnoRet)
    guard let context = seccomp_init(defaultAction) else {
      throw RuntimeError(
        .unsupported,
        "config.json: /linux/seccomp/defaultAction: libseccomp does not take \(seccomp.defaultAction.rawValue)"
      )
    }
    self.context = context
    // A call whose number means nothing on the architecture must not become another call.
    seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0)
    seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2)
  }

  deinit { seccomp_release(context) }

  func addArchitectures() throws(RuntimeError) {
    for (index, architecture) in (seccomp.architectures ?? []).enumerated() {
      let token = seccomp_arch_resolve_name(architecture.libseccompName)
      guard token != 0 else {
        throw RuntimeError(
          .unsupported,
          "config.json: /linux/seccomp/architectures/\(index): this libseccomp does not know "
            + architecture.rawValue)
      }
      let status = seccomp_arch_add(context, token)
      if status == -EDOM {
        throw RuntimeError(
          .unsupported,
          "config.json: /linux/seccomp/architectures/\(index): \(architecture.rawValue) has not this machine's "
            + "byte order")
      }
      // The machine's own is there from the start.
      if status != -EEXIST { try check(status, "seccomp_arch_add", "/linux/seccomp/architectures/\(index)") }
    }
  }

  func addRules() throws(RuntimeError) {
    for (index, rule) in (seccomp.syscalls ?? []).enumerated() {
      let action = rule.action.number(errno: rule.errnoRet)
      // libseccomp refuses a rule that says what the default says anyway.
      if action == defaultAction { continue }
      for name in rule.names {
        let number = seccomp_syscall_resolve_name(name)
        // Profiles list the calls of all kernels and architectures; unknown ones cannot be made.
        if number == -1 { continue }
        try add(rule.args ?? [], action, number, "/linux/seccomp/syscalls/\(index): \(name)")
      }
    }
  }

  private func add(
    _ arguments: [SeccompArgument], _ action: UInt32, _ number: CInt, _ place: String
  ) throws(RuntimeError) {
    let comparisons = arguments.map { argument in
      scmp_arg_cmp(
        arg: argument.index, op: argument.op.number, datum_a: argument.value,
        datum_b: argument.valueTwo ?? 0)
    }
    let repeats = Set(arguments.map(\.index)).count < arguments.count
    // Conditions on one argument are alternatives: libseccomp takes each as a rule of its own.
    let rules = repeats ? comparisons.map { [$0] } : [comparisons]
    for rule in rules {
      let status = seccomp_rule_add_array(context, action, number, UInt32(rule.count), rule)
      if status != -EEXIST { try check(status, "seccomp_rule_add", place) }
    }
  }

  /// The filter as BPF.
  func export() throws(RuntimeError) -> [UInt8] {
    let file = try Kernel.makeMemoryFile(name: "filter", contents: [])
    try check(seccomp_export_bpf(context, file.number), "seccomp_export_bpf", "/linux/seccomp")
    try Kernel.rewind(file.number)
    let program = try Kernel.readAll(file.number, limit: 1 << 20, name: "filter")
    guard program.count / 8 <= 4096 else {
      throw RuntimeError(
        .unsupported,
        "config.json: /linux/seccomp: the filter has \(program.count / 8) instructions, the kernel takes 4096"
      )
    }
    return program
  }

  private func check(_ status: CInt, _ call: String, _ place: String) throws(RuntimeError) {
    guard status != 0 else { return }
    throw RuntimeError(systemCall: call, errno: Errno(rawValue: -status)).adding(
      context: "config.json: \(place)")
  }
}

extension SeccompAction {
  /// SCMP_ACT_* of libseccomp.
  ///
  /// - Parameters:
  ///   - errno: For SCMP_ACT_ERRNO and SCMP_ACT_TRACE; EPERM when nil.
  func number(errno: UInt32?) -> UInt32 {
    let value = (errno ?? UInt32(EPERM)) & 0xffff
    return switch self {
    case .kill, .killThread: 0x0000_0000
    case .killProcess: 0x8000_0000
    case .trap: 0x0003_0000
    case .errno: 0x0005_0000 | value
    case .trace: 0x7ff0_0000 | value
    case .allow: 0x7fff_0000
    case .log: 0x7ffc_0000
    case .notify: 0x7fc0_0000
    }
  }
}

extension SeccompOperator {
  var number: scmp_compare {
    switch self {
    case .notEqual: SCMP_CMP_NE
    case .lessThan: SCMP_CMP_LT
    case .lessOrEqual: SCMP_CMP_LE
    case .equal: SCMP_CMP_EQ
    case .greaterOrEqual: SCMP_CMP_GE
    case .greaterThan: SCMP_CMP_GT
    case .maskedEqual: SCMP_CMP_MASKED_EQ
    }
  }
}

extension SeccompFlag {
  /// SECCOMP_FILTER_FLAG_*. seccomp(2)
  var bit: UInt {
    switch self {
    // With one thread it changes nothing, and the kernel refuses it beside a listener.
    case .tsync: 0
    case .log: 1 << 1
    case .specAllow: 1 << 2
    case .waitKillableReceive: 1 << 5
    }
  }
}

extension SeccompArchitecture {
  /// `x86_64` for SCMP_ARCH_X86_64. seccomp_arch_resolve_name(3)
  var libseccompName: String { rawValue.dropFirst("SCMP_ARCH_".count).lowercased() }
}

extension SeccompFilter {
  /// Asks the kernel for one flag: a filter without instructions is refused for another reason (EFAULT)
  /// than an unknown flag (EINVAL).
  static func kernelSupports(_ flag: SeccompFlag) -> Bool {
    if flag == .tsync { return true }
    let flags = flag == .waitKillableReceive ? flag.bit | newListener : flag.bit
    return Kernel.installFilter(nil, flags: flags) == Int(-EFAULT)
  }
}
