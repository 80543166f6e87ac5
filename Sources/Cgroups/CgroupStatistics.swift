/// What a container's cgroups count, whatever the kind of cgroups. What the kernel does not count is nil,
/// or absent.
public struct CgroupStatistics: Sendable, Equatable {
  /// Time on CPUs.
  public var cpu = CPUStatistics()
  /// The CPUs and memory nodes that may be used; nil without the controller.
  public var cpuset: CpusetStatistics?
  /// Memory.
  public var memory = MemoryStatistics()
  /// The number of tasks now.
  public var tasks: UInt64 = 0
  /// The most tasks; nil is no limit.
  public var taskLimit: UInt64?
  /// Traffic of block devices.
  public var blockIO = BlockIOStatistics()
  /// By page size, such as `2MB`.
  public var hugePages: [String: HugePageStatistics] = [:]

  /// Nothing counted.
  public init() {}
}

/// Time on CPUs, in nanoseconds.
public struct CPUStatistics: Sendable, Equatable {
  /// All time.
  public var total: UInt64 = 0
  /// In the kernel, to the length of a clock tick.
  public var kernel: UInt64 = 0
  /// In programs, to the length of a clock tick.
  public var user: UInt64 = 0
  /// All time on each CPU; empty if unknown, as the next two.
  public var totalByCPU: [UInt64] = []
  /// In the kernel, on each CPU.
  public var kernelByCPU: [UInt64] = []
  /// In programs, on each CPU.
  public var userByCPU: [UInt64] = []
  /// Periods of the quota in which there was something to run.
  public var periods: UInt64 = 0
  /// Of these, periods whose quota was used up.
  public var throttledPeriods: UInt64 = 0
  /// How long the quota held tasks back.
  public var throttledTime: UInt64 = 0
  /// How long tasks waited for a CPU.
  public var pressure: PressureStatistics?

  /// Nothing counted.
  public init() {}
}

/// The CPUs and memory nodes that tasks may use. cpuset(7)
public struct CpusetStatistics: Sendable, Equatable {
  /// Numbers of CPUs.
  public var cpus: [UInt16] = []
  /// Numbers of memory nodes.
  public var mems: [UInt16] = []
  /// The other files of the cpuset by name, such as `sched_load_balance`.
  public var flags: [String: Int64] = [:]

  /// No CPU and no node.
  public init() {}
}

/// One kind of memory, in bytes.
public struct MemoryUsage: Sendable, Equatable {
  /// The most there may be.
  public var limit: UInt64 = 0
  /// What there is.
  public var usage: UInt64 = 0
  /// The most there was.
  public var highest: UInt64 = 0
  /// How often the limit was in the way.
  public var failures: UInt64 = 0

  /// Nothing used, nothing allowed.
  public init() {}
}

/// Memory of the cgroup and those nested in it.
public struct MemoryStatistics: Sendable, Equatable {
  /// Bytes of files in memory.
  public var cache: UInt64 = 0
  /// All memory.
  public var memory = MemoryUsage()
  /// Memory and swap together.
  public var memoryAndSwap = MemoryUsage()
  /// Memory of the kernel.
  public var kernel = MemoryUsage()
  /// Buffers of TCP.
  public var kernelTCP = MemoryUsage()
  /// The kernel's own counters by name, in bytes or events: `memory.stat`.
  public var counters: [String: UInt64] = [:]
  /// How long tasks waited for memory.
  public var pressure: PressureStatistics?

  /// Nothing counted.
  public init() {}
}

/// Traffic of block devices, of the cgroup and those nested in it.
public struct BlockIOStatistics: Sendable, Equatable {
  /// One counter of one device.
  public struct Entry: Sendable, Equatable {
    /// Major number of the device.
    public var major: UInt64
    /// Minor number of the device.
    public var minor: UInt64
    /// `Read`, `Write`, `Sync`, `Async`, `Discard` or `Total`; empty where there is one counter only.
    public var operation: String
    /// In the unit of what is counted.
    public var value: UInt64

    /// A counter of the device `major`:`minor`.
    public init(major: UInt64, minor: UInt64, operation: String, value: UInt64) {
      self.major = major
      self.minor = minor
      self.operation = operation
      self.value = value
    }
  }

  /// Bytes transferred.
  public var bytes: [Entry] = []
  /// Requests served.
  public var requests: [Entry] = []
  /// Requests that wait now.
  public var queued: [Entry] = []
  /// Nanoseconds that devices took.
  public var serviceTime: [Entry] = []
  /// Nanoseconds that requests waited.
  public var waitTime: [Entry] = []
  /// Requests that were merged into others.
  public var merged: [Entry] = []
  /// Milliseconds that the devices were the cgroup's.
  public var time: [Entry] = []
  /// Sectors transferred.
  public var sectors: [Entry] = []
  /// How long tasks waited for devices.
  public var pressure: PressureStatistics?

  /// Nothing counted.
  public init() {}
}

/// Huge pages of one size, in bytes.
public struct HugePageStatistics: Sendable, Equatable {
  /// What there is.
  public var usage: UInt64 = 0
  /// The most there was; 0 if the kernel does not remember.
  public var highest: UInt64 = 0
  /// How often the limit was in the way.
  public var failures: UInt64 = 0

  /// Nothing used.
  public init() {}
}

/// Pressure stall information of one resource.
public struct PressureStatistics: Sendable, Equatable {
  /// Shares of time, and all time, in which tasks stood still.
  public struct Stall: Sendable, Equatable {
    /// Percent of the last ten seconds.
    public var average10: Double = 0
    /// Percent of the last minute.
    public var average60: Double = 0
    /// Percent of the last five minutes.
    public var average300: Double = 0
    /// Microseconds since the cgroup was made.
    public var total: UInt64 = 0

    /// No stall.
    public init() {}
  }

  /// At least one task stood still.
  public var some = Stall()
  /// All tasks stood still.
  public var full = Stall()

  /// No stall.
  public init() {}
}
