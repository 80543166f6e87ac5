internal import Cgroups

/// One line of `events`: statistics, or that memory was used up. The names are runc's, and so is what is
/// left out when it is 0.
public struct ContainerEvent: Encodable, Sendable {
  /// `stats` or `oom`.
  public let type: String
  /// The container.
  public let id: String
  /// Of `stats` only.
  public let data: Statistics?

  /// `data` of `stats`.
  public struct Statistics: Encodable, Sendable {
    let cpu: CPU
    let cpuset: CPUSet
    let memory: Memory
    let pids: Pids
    let blkio: Blkio
    let hugetlb: [String: Hugetlb]
    let intel_rdt: IntelRdtStatistics
    let network_interfaces: [NetworkInterface]
  }

  struct CPU: Encodable {
    struct Usage: Encodable {
      let total: UInt64?
      let percpu, percpu_kernel, percpu_user: [UInt64]?
      let kernel, user: UInt64
    }
    struct Throttling: Encodable {
      let periods, throttledPeriods, throttledTime: UInt64?
    }
    let usage: Usage
    let throttling: Throttling
    let psi: Pressure?
  }

  struct CPUSet: Encodable {
    let cpus: [UInt16]?
    let cpu_exclusive: Int64
    let mems: [UInt16]?
    let mem_hardwall, mem_exclusive, memory_migrate, memory_spread_page, memory_spread_slab: Int64
    let memory_pressure, sched_load_balance, sched_relax_domain_level: Int64
  }

  struct Memory: Encodable {
    struct Entry: Encodable {
      let limit: UInt64
      let usage, max: UInt64?
      let failcnt: UInt64
    }
    let cache: UInt64?
    let usage, swap, kernel, kernelTCP: Entry
    let raw: [String: UInt64]?
    let psi: Pressure?
  }

  struct Pids: Encodable {
    let current, limit: UInt64?
  }

  struct Blkio: Encodable {
    struct Entry: Encodable {
      let major, minor: UInt64?
      let op: String?
      let value: UInt64?
    }
    let ioServiceBytesRecursive, ioServicedRecursive, ioQueueRecursive, ioServiceTimeRecursive: [Entry]?
    let ioWaitTimeRecursive, ioMergedRecursive, ioTimeRecursive, sectorsRecursive: [Entry]?
    let psi: Pressure?
  }

  struct Hugetlb: Encodable {
    let usage, max: UInt64?
    let failcnt: UInt64
  }

  struct Pressure: Encodable {
    struct Stall: Encodable {
      let avg10, avg60, avg300: Double
      let total: UInt64
    }
    let some, full: Stall
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
