internal import Cgroups
public import JSON

/// One line of `events`: statistics, or that memory was used up. The names are runc's, and so is what is
/// left out when it is 0.
public struct ContainerEvent: JSONObject, Sendable {
  /// `stats` or `oom`.
  public internal(set) var type: String
  /// The container.
  public internal(set) var id: String
  /// Of `stats` only.
  public internal(set) var data: Statistics?

  /// `data` of `stats`.
  public struct Statistics: JSONObject, Sendable {
    var cpu: CPU
    var cpuset = CPUSet()
    var memory = Memory()
    var pids = Pids()
    var blkio = Blkio()
    var hugetlb: [String: Hugetlb] = [:]
    var intel_rdt = IntelRdtStatistics()
    var network_interfaces: [NetworkInterface] = []
  }

  struct CPU: JSONObject {
    struct Usage: JSONObject {
      var total: UInt64?
      var percpu, percpu_kernel, percpu_user: [UInt64]?
      var kernel: UInt64 = 0
      var user: UInt64 = 0

      mutating func members(_ json: inout JSONExchange) {
        json.member("total", &total)
        json.member("percpu", &percpu)
        json.member("percpu_kernel", &percpu_kernel)
        json.member("percpu_user", &percpu_user)
        json.member("kernel", &kernel)
        json.member("user", &user)
      }
    }

    struct Throttling: JSONObject {
      var periods, throttledPeriods, throttledTime: UInt64?

      mutating func members(_ json: inout JSONExchange) {
        json.member("periods", &periods)
        json.member("throttledPeriods", &throttledPeriods)
        json.member("throttledTime", &throttledTime)
      }
    }

    var usage = Usage()
    var throttling = Throttling()
    var psi: Pressure?

    mutating func members(_ json: inout JSONExchange) {
      json.member("usage", &usage)
      json.member("throttling", &throttling)
      json.member("psi", &psi)
    }
  }

  struct CPUSet: JSONObject {
    var cpus: [UInt16]?
    var cpu_exclusive: Int64 = 0
    var mems: [UInt16]?
    var mem_hardwall: Int64 = 0
    var mem_exclusive: Int64 = 0
    var memory_migrate: Int64 = 0
    var memory_spread_page: Int64 = 0
    var memory_spread_slab: Int64 = 0
    var memory_pressure: Int64 = 0
    var sched_load_balance: Int64 = 0
    var sched_relax_domain_level: Int64 = 0

    mutating func members(_ json: inout JSONExchange) {
      json.member("cpus", &cpus)
      json.member("cpu_exclusive", &cpu_exclusive)
      json.member("mems", &mems)
      json.member("mem_hardwall", &mem_hardwall)
      json.member("mem_exclusive", &mem_exclusive)
      json.member("memory_migrate", &memory_migrate)
      json.member("memory_spread_page", &memory_spread_page)
      json.member("memory_spread_slab", &memory_spread_slab)
      json.member("memory_pressure", &memory_pressure)
      json.member("sched_load_balance", &sched_load_balance)
      json.member("sched_relax_domain_level", &sched_relax_domain_level)
    }
  }

  struct Memory: JSONObject {
    struct Entry: JSONObject {
      var limit: UInt64 = 0
      var usage, max: UInt64?
      var failcnt: UInt64 = 0

      mutating func members(_ json: inout JSONExchange) {
        json.member("limit", &limit)
        json.member("usage", &usage)
        json.member("max", &max)
        json.member("failcnt", &failcnt)
      }
    }

    var cache: UInt64?
    var usage = Entry()
    var swap = Entry()
    var kernel = Entry()
    var kernelTCP = Entry()
    var raw: [String: UInt64]?
    var psi: Pressure?

    mutating func members(_ json: inout JSONExchange) {
      json.member("cache", &cache)
      json.member("usage", &usage)
      json.member("swap", &swap)
      json.member("kernel", &kernel)
      json.member("kernelTCP", &kernelTCP)
      json.member("raw", &raw)
      json.member("psi", &psi)
    }
  }

  struct Pids: JSONObject {
    var current, limit: UInt64?

    mutating func members(_ json: inout JSONExchange) {
      json.member("current", &current)
      json.member("limit", &limit)
    }
  }

  struct Blkio: JSONObject {
    struct Entry: JSONObject {
      var major, minor: UInt64?
      var op: String?
      var value: UInt64?

      mutating func members(_ json: inout JSONExchange) {
        json.member("major", &major)
        json.member("minor", &minor)
        json.member("op", &op)
        json.member("value", &value)
      }
    }

    var ioServiceBytesRecursive, ioServicedRecursive, ioQueueRecursive, ioServiceTimeRecursive: [Entry]?
    var ioWaitTimeRecursive, ioMergedRecursive, ioTimeRecursive, sectorsRecursive: [Entry]?
    var psi: Pressure?

    mutating func members(_ json: inout JSONExchange) {
      json.member("ioServiceBytesRecursive", &ioServiceBytesRecursive)
      json.member("ioServicedRecursive", &ioServicedRecursive)
      json.member("ioQueueRecursive", &ioQueueRecursive)
      json.member("ioServiceTimeRecursive", &ioServiceTimeRecursive)
      json.member("ioWaitTimeRecursive", &ioWaitTimeRecursive)
      json.member("ioMergedRecursive", &ioMergedRecursive)
      json.member("ioTimeRecursive", &ioTimeRecursive)
      json.member("sectorsRecursive", &sectorsRecursive)
      json.member("psi", &psi)
    }
  }

  struct Hugetlb: JSONObject {
    var usage, max: UInt64?
    var failcnt: UInt64 = 0

    mutating func members(_ json: inout JSONExchange) {
      json.member("usage", &usage)
      json.member("max", &max)
      json.member("failcnt", &failcnt)
    }
  }

  struct Pressure: JSONObject {
    struct Stall: JSONObject {
      var avg10: Double = 0
      var avg60: Double = 0
      var avg300: Double = 0
      var total: UInt64 = 0

      mutating func members(_ json: inout JSONExchange) {
        json.member("avg10", &avg10)
        json.member("avg60", &avg60)
        json.member("avg300", &avg300)
        json.member("total", &total)
      }
    }

    var some = Stall()
    var full = Stall()

    mutating func members(_ json: inout JSONExchange) {
      json.member("some", &some)
      json.member("full", &full)
    }
  }
}

extension ContainerEvent {
  /// See `JSONObject`.
  public init() {
    self.init(type: "", id: "", data: nil)
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("type", &type)
    json.member("id", &id)
    json.member("data", &data)
  }
}

extension ContainerEvent.Statistics {
  /// See `JSONObject`.
  public init() {
    self.init(cpu: .init())
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("cpu", &cpu)
    json.member("cpuset", &cpuset)
    json.member("memory", &memory)
    json.member("pids", &pids)
    json.member("blkio", &blkio)
    json.member("hugetlb", &hugetlb)
    json.member("intel_rdt", &intel_rdt)
    json.member("network_interfaces", &network_interfaces)
  }
}

extension ContainerEvent {
  /// Memory was used up.
  static func outOfMemory(_ id: String) -> ContainerEvent { ContainerEvent(type: "oom", id: id, data: nil) }

  /// What is counted for the container.
  static func statistics(
    _ id: String, _ cgroups: CgroupStatistics, intelRdt: IntelRdtStatistics, interfaces: [NetworkInterface]
  ) -> ContainerEvent {
    let pages = cgroups.hugePages.mapValues {
      Hugetlb(usage: $0.usage.unlessZero, max: $0.highest.unlessZero, failcnt: $0.failures)
    }
    let data = Statistics(
      cpu: CPU(cgroups.cpu), cpuset: CPUSet(cgroups.cpuset ?? .init()), memory: Memory(cgroups.memory),
      pids: Pids(current: cgroups.tasks.unlessZero, limit: cgroups.taskLimit?.unlessZero),
      blkio: Blkio(cgroups.blockIO), hugetlb: pages, intel_rdt: intelRdt, network_interfaces: interfaces)
    return ContainerEvent(type: "stats", id: id, data: data)
  }
}

extension ContainerEvent.CPU {
  init(_ cpu: CPUStatistics) {
    usage = Usage(
      total: cpu.total.unlessZero, percpu: cpu.totalByCPU.unlessEmpty,
      percpu_kernel: cpu.kernelByCPU.unlessEmpty, percpu_user: cpu.userByCPU.unlessEmpty,
      kernel: cpu.kernel, user: cpu.user)
    throttling = Throttling(
      periods: cpu.periods.unlessZero, throttledPeriods: cpu.throttledPeriods.unlessZero,
      throttledTime: cpu.throttledTime.unlessZero)
    psi = cpu.pressure.map { .init($0) }
  }
}

extension ContainerEvent.CPUSet {
  init(_ cpuset: CpusetStatistics) {
    func flag(_ name: String) -> Int64 { cpuset.flags[name] ?? 0 }
    cpus = cpuset.cpus.unlessEmpty
    cpu_exclusive = flag("cpu_exclusive")
    mems = cpuset.mems.unlessEmpty
    mem_hardwall = flag("mem_hardwall")
    mem_exclusive = flag("mem_exclusive")
    memory_migrate = flag("memory_migrate")
    memory_spread_page = flag("memory_spread_page")
    memory_spread_slab = flag("memory_spread_slab")
    memory_pressure = flag("memory_pressure")
    sched_load_balance = flag("sched_load_balance")
    sched_relax_domain_level = flag("sched_relax_domain_level")
  }
}

extension ContainerEvent.Memory {
  init(_ memory: MemoryStatistics) {
    func entry(_ usage: MemoryUsage) -> Entry {
      Entry(
        limit: usage.limit, usage: usage.usage.unlessZero, max: usage.highest.unlessZero,
        failcnt: usage.failures)
    }
    cache = memory.cache.unlessZero
    usage = entry(memory.memory)
    swap = entry(memory.memoryAndSwap)
    kernel = entry(memory.kernel)
    kernelTCP = entry(memory.kernelTCP)
    raw = memory.counters.isEmpty ? nil : memory.counters
    psi = memory.pressure.map { .init($0) }
  }
}

extension ContainerEvent.Blkio {
  init(_ blockIO: BlockIOStatistics) {
    func entries(_ entries: [BlockIOStatistics.Entry]) -> [Entry]? {
      entries.map {
        Entry(
          major: $0.major.unlessZero, minor: $0.minor.unlessZero,
          op: $0.operation.isEmpty ? nil : $0.operation, value: $0.value.unlessZero)
      }.unlessEmpty
    }
    ioServiceBytesRecursive = entries(blockIO.bytes)
    ioServicedRecursive = entries(blockIO.requests)
    ioQueueRecursive = entries(blockIO.queued)
    ioServiceTimeRecursive = entries(blockIO.serviceTime)
    ioWaitTimeRecursive = entries(blockIO.waitTime)
    ioMergedRecursive = entries(blockIO.merged)
    ioTimeRecursive = entries(blockIO.time)
    sectorsRecursive = entries(blockIO.sectors)
    psi = blockIO.pressure.map { .init($0) }
  }
}

extension ContainerEvent.Pressure {
  init(_ pressure: PressureStatistics) {
    func stall(_ stall: PressureStatistics.Stall) -> Stall {
      Stall(avg10: stall.average10, avg60: stall.average60, avg300: stall.average300, total: stall.total)
    }
    some = stall(pressure.some)
    full = stall(pressure.full)
  }
}

extension UInt64 {
  fileprivate var unlessZero: UInt64? { self == 0 ? nil : self }
}

extension Array {
  fileprivate var unlessEmpty: [Element]? { isEmpty ? nil : self }
}
