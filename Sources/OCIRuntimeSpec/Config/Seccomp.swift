public import JSON

/// System call filter. Spec: config-linux.md#seccomp
public struct Seccomp: JSONObject, Sendable, Equatable {
  /// What happens to calls that no rule names.
  public var defaultAction: SeccompAction
  /// The errno of the default action; EPERM when unset.
  public var defaultErrnoRet: UInt32?
  /// Besides the native one.
  public var architectures: [SeccompArchitecture]?
  /// For seccomp(2).
  public var flags: [SeccompFlag]?
  /// Path of the agent's AF_UNIX stream socket for SCMP_ACT_NOTIFY.
  public var listenerPath: String?
  /// Opaque text for the agent.
  public var listenerMetadata: String?
  /// Applied to the calls they name.
  public var syscalls: [SeccompRule]?

  /// A filter that answers every call with `defaultAction`.
  public init(defaultAction: SeccompAction) {
    self.defaultAction = defaultAction
  }

  /// See `JSONObject`.
  public init() {
    defaultAction = .init()
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("defaultAction", &defaultAction)
    json.member("defaultErrnoRet", &defaultErrnoRet)
    json.member("architectures", &architectures)
    json.member("flags", &flags)
    json.member("listenerPath", &listenerPath)
    json.member("listenerMetadata", &listenerMetadata)
    json.member("syscalls", &syscalls)
  }
}

/// One rule of the filter. Spec: config-linux.md#seccomp
public struct SeccompRule: JSONObject, Sendable, Equatable {
  /// Names of system calls, at least one.
  public var names: [String]
  /// What happens when all of `args` hold.
  public var action: SeccompAction
  /// The errno of the action; EPERM when unset.
  public var errnoRet: UInt32?
  /// Conditions on the arguments, all of which must hold.
  public var args: [SeccompArgument]?

  /// A rule for the calls `names`.
  public init(names: [String], action: SeccompAction) {
    self.names = names
    self.action = action
  }

  /// See `JSONObject`.
  public init() {
    names = []
    action = .init()
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("names", &names)
    json.member("action", &action)
    json.member("errnoRet", &errnoRet)
    json.member("args", &args)
  }
}

/// A condition on one argument of a system call. Spec: config-linux.md#seccomp
public struct SeccompArgument: JSONObject, Sendable, Equatable {
  /// 0 to 5.
  public var index: UInt32
  /// What the argument is compared with; the mask for `SCMP_CMP_MASKED_EQ`.
  public var value: UInt64
  /// What remains under the mask; 0 when unset.
  public var valueTwo: UInt64?
  /// How the argument is compared.
  public var op: SeccompOperator

  /// Compares argument `index` with `value`.
  public init(index: UInt32, value: UInt64, op: SeccompOperator) {
    self.index = index
    self.value = value
    self.op = op
  }

  /// See `JSONObject`.
  public init() {
    index = 0
    value = 0
    op = .init()
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("index", &index)
    json.member("value", &value)
    json.member("valueTwo", &valueTwo)
    json.member("op", &op)
  }
}

/// Spec: config-linux.md#seccomp
public enum SeccompAction: String, JSONValue, Sendable, CaseIterable {
  case kill = "SCMP_ACT_KILL"
  case killProcess = "SCMP_ACT_KILL_PROCESS"
  case killThread = "SCMP_ACT_KILL_THREAD"
  case trap = "SCMP_ACT_TRAP"
  case errno = "SCMP_ACT_ERRNO"
  case trace = "SCMP_ACT_TRACE"
  case allow = "SCMP_ACT_ALLOW"
  case log = "SCMP_ACT_LOG"
  case notify = "SCMP_ACT_NOTIFY"
}

/// Spec: config-linux.md#seccomp
public enum SeccompOperator: String, JSONValue, Sendable, CaseIterable {
  case notEqual = "SCMP_CMP_NE"
  case lessThan = "SCMP_CMP_LT"
  case lessOrEqual = "SCMP_CMP_LE"
  case equal = "SCMP_CMP_EQ"
  case greaterOrEqual = "SCMP_CMP_GE"
  case greaterThan = "SCMP_CMP_GT"
  case maskedEqual = "SCMP_CMP_MASKED_EQ"
}

/// Spec: config-linux.md#seccomp
public enum SeccompFlag: String, JSONValue, Sendable, CaseIterable {
  case tsync = "SECCOMP_FILTER_FLAG_TSYNC"
  case log = "SECCOMP_FILTER_FLAG_LOG"
  case specAllow = "SECCOMP_FILTER_FLAG_SPEC_ALLOW"
  case waitKillableReceive = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
}

/// Spec: config-linux.md#seccomp
public enum SeccompArchitecture: String, JSONValue, Sendable, CaseIterable {
  case x86 = "SCMP_ARCH_X86"
  case x86_64 = "SCMP_ARCH_X86_64"
  case x32 = "SCMP_ARCH_X32"
  case arm = "SCMP_ARCH_ARM"
  case aarch64 = "SCMP_ARCH_AARCH64"
  case mips = "SCMP_ARCH_MIPS"
  case mips64 = "SCMP_ARCH_MIPS64"
  case mips64n32 = "SCMP_ARCH_MIPS64N32"
  case mipsel = "SCMP_ARCH_MIPSEL"
  case mipsel64 = "SCMP_ARCH_MIPSEL64"
  case mipsel64n32 = "SCMP_ARCH_MIPSEL64N32"
  case ppc = "SCMP_ARCH_PPC"
  case ppc64 = "SCMP_ARCH_PPC64"
  case ppc64le = "SCMP_ARCH_PPC64LE"
  case s390 = "SCMP_ARCH_S390"
  case s390x = "SCMP_ARCH_S390X"
  case parisc = "SCMP_ARCH_PARISC"
  case parisc64 = "SCMP_ARCH_PARISC64"
  case riscv64 = "SCMP_ARCH_RISCV64"
  case loongarch64 = "SCMP_ARCH_LOONGARCH64"
  case m68k = "SCMP_ARCH_M68K"
  case sh = "SCMP_ARCH_SH"
  case sheb = "SCMP_ARCH_SHEB"
}
