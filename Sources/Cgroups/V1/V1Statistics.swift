internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

extension V1Manager {
  /// cgroups(7), and the kernel's documentation of each controller
  func statistics() throws(RuntimeError) -> CgroupStatistics {
    var statistics = CgroupStatistics()
    statistics.cpu = try cpuStatistics()
    statistics.cpuset = try cpusetStatistics()
    statistics.memory = try memoryStatistics()
    statistics.blockIO = try blockIOStatistics()
    statistics.tasks = try text(.pids, "pids.current").flatMap { UInt64($0) } ?? 0
    statistics.taskLimit = try text(.pids, "pids.max").flatMap { UInt64($0) }
    statistics.hugePages = try hugePageStatistics()
    return statistics
  }

  private func cpuStatistics() throws(RuntimeError) -> CPUStatistics {
    var cpu = CPUStatistics()
    cpu.total = try number(.cpuacct, "cpuacct.usage")
    cpu.totalByCPU = ControlFileText.numbers(try text(.cpuacct, "cpuacct.usage_percpu") ?? "")
    (cpu.userByCPU, cpu.kernelByCPU) = ControlFileText.userAndSystemByCPU(
      try text(.cpuacct, "cpuacct.usage_all") ?? "")
    // In ticks of USER_HZ, which is 100 on every architecture that Swift is for.
    let ticks = ControlFileText.counters(try text(.cpuacct, "cpuacct.stat") ?? "")
    cpu.user = (ticks["user"] ?? 0) * 10_000_000
    cpu.kernel = (ticks["system"] ?? 0) * 10_000_000
    let bandwidth = ControlFileText.counters(try text(.cpu, "cpu.stat") ?? "")
    cpu.periods = bandwidth["nr_periods"] ?? 0
    cpu.throttledPeriods = bandwidth["nr_throttled"] ?? 0
    cpu.throttledTime = bandwidth["throttled_time"] ?? 0
    cpu.pressure = try pressure("cpu.pressure")
    return cpu
  }

  private func cpusetStatistics() throws(RuntimeError) -> CpusetStatistics? {
    guard index(of: .cpuset) != nil else { return nil }
    var cpuset = CpusetStatistics()
    cpuset.cpus = ControlFileText.list(try text(.cpuset, "cpuset.cpus") ?? "")
    cpuset.mems = ControlFileText.list(try text(.cpuset, "cpuset.mems") ?? "")
    for name in [
      "cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page",
      "memory_spread_slab", "memory_pressure", "sched_load_balance", "sched_relax_domain_level",
    ] {
      cpuset.flags[name] = try text(.cpuset, "cpuset.\(name)").flatMap { Int64($0) }
    }
    return cpuset
  }

  private func memoryStatistics() throws(RuntimeError) -> MemoryStatistics {
    var memory = MemoryStatistics()
    memory.counters = ControlFileText.counters(try text(.memory, "memory.stat") ?? "")
    memory.cache = memory.counters["cache"] ?? 0
    memory.memory = try memoryUsage("memory")
    memory.memoryAndSwap = try memoryUsage("memory.memsw")
    memory.kernel = try memoryUsage("memory.kmem")
    memory.kernelTCP = try memoryUsage("memory.kmem.tcp")
    memory.pressure = try pressure("memory.pressure")
    return memory
  }

  private func memoryUsage(_ prefix: String) throws(RuntimeError) -> MemoryUsage {
    var usage = MemoryUsage()
    usage.limit = try number(.memory, "\(prefix).limit_in_bytes")
    usage.usage = try number(.memory, "\(prefix).usage_in_bytes")
    usage.highest = try number(.memory, "\(prefix).max_usage_in_bytes")
    usage.failures = try number(.memory, "\(prefix).failcnt")
    return usage
  }

  private func blockIOStatistics() throws(RuntimeError) -> BlockIOStatistics {
    var blockIO = BlockIOStatistics()
    blockIO.bytes = try traffic("io_service_bytes")
    blockIO.requests = try traffic("io_serviced")
    blockIO.queued = try traffic("io_queued")
    blockIO.serviceTime = try traffic("io_service_time")
    blockIO.waitTime = try traffic("io_wait_time")
    blockIO.merged = try traffic("io_merged")
    blockIO.time = try traffic("time")
    blockIO.sectors = try traffic("sectors")
    blockIO.pressure = try pressure("io.pressure")
    return blockIO
  }

  /// Of the files that count the same, the first with something in it: that of the scheduler that is in
  /// use, BFQ or on older kernels CFQ, or that of throttling, which sees all devices.
  private func traffic(_ counter: String) throws(RuntimeError) -> [BlockIOStatistics.Entry] {
    for file in ["blkio.bfq.\(counter)", "blkio.\(counter)", "blkio.throttle.\(counter)"] {
      let entries = ControlFileText.blockIO(try text(.blkio, "\(file)_recursive") ?? "")
      if !entries.isEmpty { return entries }
    }
    return []
  }

  private func hugePageStatistics() throws(RuntimeError) -> [String: HugePageStatistics] {
    var result: [String: HugePageStatistics] = [:]
    // The kernel names the sizes in the names of its files only.
    if let index = index(of: .hugetlb) {
      for size in try ControlFiles(try directory(index)).hugePageSizes(ending: ".usage_in_bytes") {
        var pages = HugePageStatistics()
        pages.usage = try number(.hugetlb, "hugetlb.\(size).usage_in_bytes")
        pages.highest = try number(.hugetlb, "hugetlb.\(size).max_usage_in_bytes")
        pages.failures = try number(.hugetlb, "hugetlb.\(size).failcnt")
        result[size] = pages
      }
    } else if let index = cgroup2Index {
      return try ControlFiles(try directory(index)).hugePages()
    }
    return result
  }

  /// Only cgroup2 counts it for a cgroup.
  private func pressure(_ file: String) throws(RuntimeError) -> PressureStatistics? {
    guard let index = cgroup2Index else { return nil }
    return try ControlFiles(try directory(index)).pressure(file)
  }

  private func number(_ controller: Controller, _ file: String) throws(RuntimeError) -> UInt64 {
    try text(controller, file).flatMap { UInt64($0) } ?? 0
  }

  /// - Returns: nil without the controller or the file.
  private func text(_ controller: Controller, _ file: String) throws(RuntimeError) -> String? {
    guard let index = index(of: controller) else { return nil }
    return try ControlFiles(try directory(index)).text(file)
  }
}
