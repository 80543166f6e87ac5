internal import LinuxKernel
internal import RuntimeErrors

extension V2Manager {
  /// Documentation/admin-guide/cgroup-v2.rst
  func statistics() throws(RuntimeError) -> CgroupStatistics {
    let files = ControlFiles(try directory())
    var statistics = CgroupStatistics()
    statistics.cpu = try Self.cpu(files)
    statistics.cpuset = try Self.cpuset(files)
    statistics.memory = try Self.memory(files)
    try Self.readTraffic(files, into: &statistics.blockIO)
    statistics.blockIO.pressure = try files.pressure("io.pressure")
    statistics.tasks = try files.number("pids.current") ?? 0
    statistics.taskLimit = try files.number("pids.max")
    statistics.hugePages = try files.hugePages()
    return statistics
  }

  /// The kernel counts microseconds, and not for each CPU.
  private static func cpu(_ files: ControlFiles) throws(RuntimeError) -> CPUStatistics {
    let counters = try files.counters("cpu.stat")
    var cpu = CPUStatistics()
    cpu.total = (counters["usage_usec"] ?? 0) * 1000
    cpu.kernel = (counters["system_usec"] ?? 0) * 1000
    cpu.user = (counters["user_usec"] ?? 0) * 1000
    cpu.periods = counters["nr_periods"] ?? 0
    cpu.throttledPeriods = counters["nr_throttled"] ?? 0
    cpu.throttledTime = (counters["throttled_usec"] ?? 0) * 1000
    cpu.pressure = try files.pressure("cpu.pressure")
    return cpu
  }

  private static func cpuset(_ files: ControlFiles) throws(RuntimeError) -> CpusetStatistics? {
    guard let cpus = try files.text("cpuset.cpus.effective") else { return nil }
    var cpuset = CpusetStatistics()
    cpuset.cpus = ControlFileText.list(cpus)
    cpuset.mems = ControlFileText.list(try files.text("cpuset.mems.effective") ?? "")
    return cpuset
  }

  private static func memory(_ files: ControlFiles) throws(RuntimeError) -> MemoryStatistics {
    var memory = MemoryStatistics()
    memory.counters = try files.counters("memory.stat")
    memory.cache = memory.counters["file"] ?? 0
    memory.memory = try usage("memory", files)
    memory.memory.failures = try files.counters("memory.events")["max"] ?? 0
    let swap = try usage("memory.swap", files)
    memory.memoryAndSwap.usage = memory.memory.usage + swap.usage
    memory.memoryAndSwap.limit =
      memory.memory.limit.addingReportingOverflow(swap.limit).overflow
      ? .max : memory.memory.limit + swap.limit
    memory.pressure = try files.pressure("memory.pressure")
    return memory
  }

  /// No limit is the largest number.
  private static func usage(_ prefix: String, _ files: ControlFiles) throws(RuntimeError) -> MemoryUsage {
    var usage = MemoryUsage()
    usage.limit = try files.text("\(prefix).max").map { UInt64($0) ?? .max } ?? 0
    usage.usage = try files.number("\(prefix).current") ?? 0
    usage.highest = try files.number("\(prefix).peak") ?? 0
    return usage
  }

  /// Lines such as `8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0`.
  private static func readTraffic(
    _ files: ControlFiles, into blockIO: inout BlockIOStatistics
  ) throws(RuntimeError) {
    for line in ControlFileText.devices(try files.text("io.stat") ?? "") {
      func entry(_ operation: String, _ key: String) -> BlockIOStatistics.Entry? {
        line.values[key].map {
          .init(major: line.major, minor: line.minor, operation: operation, value: $0)
        }
      }
      blockIO.bytes += [entry("Read", "rbytes"), entry("Write", "wbytes"), entry("Discard", "dbytes")]
        .compactMap(\.self)
      blockIO.requests += [entry("Read", "rios"), entry("Write", "wios"), entry("Discard", "dios")]
        .compactMap(\.self)
    }
  }
}
