/// The container process. Spec: config.md#process
public struct Process: Codable, Sendable, Equatable {
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
}

/// Size of a terminal in characters. Spec: config.md#process
public struct ConsoleSize: Codable, Sendable, Equatable {
  /// Rows.
  public var height: UInt
  /// Columns.
  public var width: UInt

  /// A size of `height` rows and `width` columns.
  public init(height: UInt, width: UInt) {
    self.height = height
    self.width = width
  }
}

/// User and groups of a process, as IDs of the container's user namespace.
///
/// Spec: config.md#posix-platform-user
public struct User: Codable, Sendable, Equatable {
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
}

/// One resource limit. Spec: config.md#posix-process
public struct Rlimit: Codable, Sendable, Equatable {
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
}

/// The limits that getrlimit(2) knows.
public enum RlimitType: String, Codable, Sendable, CaseIterable {
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
public struct Capabilities: Codable, Sendable, Equatable {
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
}

/// Scheduling policy and parameters. Spec: config.md#linux-process
public struct Scheduler: Codable, Sendable, Equatable {
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
}

/// sched_setattr(2)
public enum SchedulerPolicy: String, Codable, Sendable, CaseIterable {
  case other = "SCHED_OTHER"
  case fifo = "SCHED_FIFO"
  case roundRobin = "SCHED_RR"
  case batch = "SCHED_BATCH"
  case iso = "SCHED_ISO"
  case idle = "SCHED_IDLE"
  case deadline = "SCHED_DEADLINE"
}

/// sched_setattr(2)
public enum SchedulerFlag: String, Codable, Sendable, CaseIterable {
  case resetOnFork = "SCHED_FLAG_RESET_ON_FORK"
  case reclaim = "SCHED_FLAG_RECLAIM"
  case deadlineOverrun = "SCHED_FLAG_DL_OVERRUN"
  case keepPolicy = "SCHED_FLAG_KEEP_POLICY"
  case keepParams = "SCHED_FLAG_KEEP_PARAMS"
  case utilClampMin = "SCHED_FLAG_UTIL_CLAMP_MIN"
  case utilClampMax = "SCHED_FLAG_UTIL_CLAMP_MAX"
}

/// ioprio_set(2). Spec: config.md#linux-process
public struct IOPriority: Codable, Sendable, Equatable {
  /// Scheduling class.
  public var `class`: IOPriorityClass
  /// 0 (highest) to 7 (lowest).
  public var priority: Int32

  /// A priority within a class.
  public init(class: IOPriorityClass, priority: Int32) {
    self.class = `class`
    self.priority = priority
  }
}

/// ioprio_set(2)
public enum IOPriorityClass: String, Codable, Sendable, CaseIterable {
  case realtime = "IOPRIO_CLASS_RT"
  case bestEffort = "IOPRIO_CLASS_BE"
  case idle = "IOPRIO_CLASS_IDLE"
}

/// CPU lists for `exec`, such as `0-3,7`. Spec: config.md#linux-process
public struct ExecCPUAffinity: Codable, Sendable, Equatable {
  /// Before the transition to the container's cgroup.
  public var initial: String?
  /// After it.
  public var final: String?

  /// No affinity.
  public init() {}
}
