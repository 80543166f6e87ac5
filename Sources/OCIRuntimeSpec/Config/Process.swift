public import JSON

/// The container process. Spec: config.md#process
public struct Process: JSONObject, Sendable, Equatable {
  /// Whether a terminal is attached.
  public var terminal: Bool?
  /// Size of the terminal; ignored without one.
  public var consoleSize: ConsoleSize?
  /// Absolute working directory inside the container.
  public var cwd: String
  /// The environment, `NAME=value`.
  public var env: [String]?
  /// The program and its arguments, with the semantics of execvp(3).
  public var args: [String]?
  /// Resource limits. Spec: config.md#posix-process
  public var rlimits: [Rlimit]?
  /// AppArmor profile. Spec: config.md#linux-process
  public var apparmorProfile: String?
  /// The five capability sets. Spec: config.md#linux-process
  public var capabilities: Capabilities?
  /// prctl(PR_SET_NO_NEW_PRIVS). Spec: config.md#linux-process
  public var noNewPrivileges: Bool?
  /// Value for `oom_score_adj`; untouched when unset. Spec: config.md#linux-process
  public var oomScoreAdj: Int?
  /// Scheduling policy. Spec: config.md#linux-process
  public var scheduler: Scheduler?
  /// SELinux label. Spec: config.md#linux-process
  public var selinuxLabel: String?
  /// I/O priority. Spec: config.md#linux-process
  public var ioPriority: IOPriority?
  /// CPU affinity of processes that `exec` adds. Spec: config.md#linux-process
  public var execCPUAffinity: ExecCPUAffinity?
  /// User and groups. Spec: config.md#posix-platform-user
  public var user: User?

  /// A process that runs `args` in `cwd`.
  public init(args: [String], cwd: String) {
    self.args = args
    self.cwd = cwd
  }

  /// See `JSONObject`.
  public init() {
    cwd = ""
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("terminal", &terminal)
    json.member("consoleSize", &consoleSize)
    json.member("cwd", &cwd)
    json.member("env", &env)
    json.member("args", &args)
    json.member("rlimits", &rlimits)
    json.member("apparmorProfile", &apparmorProfile)
    json.member("capabilities", &capabilities)
    json.member("noNewPrivileges", &noNewPrivileges)
    json.member("oomScoreAdj", &oomScoreAdj)
    json.member("scheduler", &scheduler)
    json.member("selinuxLabel", &selinuxLabel)
    json.member("ioPriority", &ioPriority)
    json.member("execCPUAffinity", &execCPUAffinity)
    json.member("user", &user)
  }
}

/// Size of a terminal in characters. Spec: config.md#process
public struct ConsoleSize: JSONObject, Sendable, Equatable {
  /// Rows.
  public var height: UInt
  /// Columns.
  public var width: UInt

  /// A size of `height` rows and `width` columns.
  public init(height: UInt, width: UInt) {
    self.height = height
    self.width = width
  }

  /// See `JSONObject`.
  public init() {
    height = 0
    width = 0
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("height", &height)
    json.member("width", &width)
  }
}

/// User and groups of a process, as IDs of the container's user namespace.
///
/// Spec: config.md#posix-platform-user
public struct User: JSONObject, Sendable, Equatable {
  /// User ID.
  public var uid: UInt32
  /// Group ID.
  public var gid: UInt32
  /// The process's umask; the caller's when unset.
  public var umask: UInt32?
  /// Supplementary groups.
  public var additionalGids: [UInt32]?

  /// The user `uid` in the group `gid`.
  public init(uid: UInt32, gid: UInt32) {
    self.uid = uid
    self.gid = gid
  }

  /// See `JSONObject`.
  public init() {
    uid = 0
    gid = 0
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("uid", &uid)
    json.member("gid", &gid)
    json.member("umask", &umask)
    json.member("additionalGids", &additionalGids)
  }
}

/// One resource limit. Spec: config.md#posix-process
public struct Rlimit: JSONObject, Sendable, Equatable {
  /// What is limited.
  public var type: RlimitType
  /// The limit in force.
  public var soft: UInt64
  /// How far the process may raise the soft limit.
  public var hard: UInt64

  /// A limit on `type`.
  public init(type: RlimitType, soft: UInt64, hard: UInt64) {
    self.type = type
    self.soft = soft
    self.hard = hard
  }

  /// See `JSONObject`.
  public init() {
    type = .init()
    soft = 0
    hard = 0
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("type", &type)
    json.member("soft", &soft)
    json.member("hard", &hard)
  }
}

/// The limits that getrlimit(2) knows.
public enum RlimitType: String, JSONValue, Sendable, CaseIterable {
  case addressSpace = "RLIMIT_AS"
  case core = "RLIMIT_CORE"
  case cpu = "RLIMIT_CPU"
  case data = "RLIMIT_DATA"
  case fileSize = "RLIMIT_FSIZE"
  case locks = "RLIMIT_LOCKS"
  case lockedMemory = "RLIMIT_MEMLOCK"
  case messageQueue = "RLIMIT_MSGQUEUE"
  case nice = "RLIMIT_NICE"
  case openFiles = "RLIMIT_NOFILE"
  case processes = "RLIMIT_NPROC"
  case residentSet = "RLIMIT_RSS"
  case realtimePriority = "RLIMIT_RTPRIO"
  case realtimeTime = "RLIMIT_RTTIME"
  case pendingSignals = "RLIMIT_SIGPENDING"
  case stack = "RLIMIT_STACK"
}

/// The five capability sets; names such as `CAP_CHOWN`.
///
/// Names stay strings here: one that the kernel lacks is a warning, not an error.
/// Spec: config.md#linux-process
public struct Capabilities: JSONObject, Sendable, Equatable {
  /// The most that execve(2) can grant.
  public var bounding: [String]?
  /// What the kernel checks.
  public var effective: [String]?
  /// Kept over execve(2) where the file allows it.
  public var inheritable: [String]?
  /// What can be made effective.
  public var permitted: [String]?
  /// Kept over execve(2) of ordinary files.
  public var ambient: [String]?

  /// Five empty sets.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("bounding", &bounding)
    json.member("effective", &effective)
    json.member("inheritable", &inheritable)
    json.member("permitted", &permitted)
    json.member("ambient", &ambient)
  }
}

/// Scheduling policy and parameters. Spec: config.md#linux-process
public struct Scheduler: JSONObject, Sendable, Equatable {
  /// Which scheduler.
  public var policy: SchedulerPolicy
  /// -20 to 19, for SCHED_OTHER and SCHED_BATCH.
  public var nice: Int32?
  /// Static priority for SCHED_FIFO and SCHED_RR.
  public var priority: Int32?
  /// For sched_setattr(2).
  public var flags: [SchedulerFlag]?
  /// Nanoseconds, for SCHED_DEADLINE.
  public var runtime: UInt64?
  /// Nanoseconds, for SCHED_DEADLINE.
  public var deadline: UInt64?
  /// Nanoseconds, for SCHED_DEADLINE.
  public var period: UInt64?

  /// A scheduler with `policy` and the kernel's defaults.
  public init(policy: SchedulerPolicy) {
    self.policy = policy
  }

  /// See `JSONObject`.
  public init() {
    policy = .init()
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("policy", &policy)
    json.member("nice", &nice)
    json.member("priority", &priority)
    json.member("flags", &flags)
    json.member("runtime", &runtime)
    json.member("deadline", &deadline)
    json.member("period", &period)
  }
}

/// sched_setattr(2)
public enum SchedulerPolicy: String, JSONValue, Sendable, CaseIterable {
  case other = "SCHED_OTHER"
  case fifo = "SCHED_FIFO"
  case roundRobin = "SCHED_RR"
  case batch = "SCHED_BATCH"
  case iso = "SCHED_ISO"
  case idle = "SCHED_IDLE"
  case deadline = "SCHED_DEADLINE"
}

/// sched_setattr(2)
public enum SchedulerFlag: String, JSONValue, Sendable, CaseIterable {
  case resetOnFork = "SCHED_FLAG_RESET_ON_FORK"
  case reclaim = "SCHED_FLAG_RECLAIM"
  case deadlineOverrun = "SCHED_FLAG_DL_OVERRUN"
  case keepPolicy = "SCHED_FLAG_KEEP_POLICY"
  case keepParams = "SCHED_FLAG_KEEP_PARAMS"
  case utilClampMin = "SCHED_FLAG_UTIL_CLAMP_MIN"
  case utilClampMax = "SCHED_FLAG_UTIL_CLAMP_MAX"
}

/// ioprio_set(2). Spec: config.md#linux-process
public struct IOPriority: JSONObject, Sendable, Equatable {
  /// Scheduling class.
  public var `class`: IOPriorityClass
  /// 0 (highest) to 7 (lowest).
  public var priority: Int32

  /// A priority within a class.
  public init(class: IOPriorityClass, priority: Int32) {
    self.class = `class`
    self.priority = priority
  }

  /// See `JSONObject`.
  public init() {
    self.class = .init()
    priority = 0
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("class", &self.class)
    json.member("priority", &priority)
  }
}

/// ioprio_set(2)
public enum IOPriorityClass: String, JSONValue, Sendable, CaseIterable {
  case realtime = "IOPRIO_CLASS_RT"
  case bestEffort = "IOPRIO_CLASS_BE"
  case idle = "IOPRIO_CLASS_IDLE"
}

/// CPU lists for `exec`, such as `0-3,7`. Spec: config.md#linux-process
public struct ExecCPUAffinity: JSONObject, Sendable, Equatable {
  /// Before the transition to the container's cgroup.
  public var initial: String?
  /// After it.
  public var final: String?

  /// No affinity.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("initial", &initial)
    json.member("final", &final)
  }
}
