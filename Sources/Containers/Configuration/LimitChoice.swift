internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Limits, in the specification's terms.
enum LimitChoice {
  private static let period: UInt64 = 100_000
  private static let usualPids: Int64 = 2048

  /// Spec (runtime): config-linux.md#control-groups
  static func resources(_ options: RunOptions) -> Resources {
    let limits = options.limits
    var resources = Resources()
    resources.devices = [DeviceRule(allow: options.privileged, access: "rwm")]
    // What nobody asked for need not fail: a user may have no cgroups.
    let pids = limits.pids ?? (Caller.isPersons ? -1 : usualPids)
    if pids > 0 { resources.pids = PidsResources(limit: pids) }
    if let memory = limits.memory {
      resources.memory = MemoryResources()
      resources.memory?.limit = memory
      // As much swap as memory, as podman has it.
      resources.memory?.swap = limits.memorySwap ?? (memory > Int64.max / 2 ? -1 : memory * 2)
    }
    if limits.milliCPUs != nil || limits.cpuShares != nil || limits.cpuset != nil {
      var cpu = CPUResources()
      cpu.quota = limits.milliCPUs.map { max(1000, $0 * Int64(period) / 1000) }
      cpu.period = limits.milliCPUs == nil ? nil : period
      cpu.shares = limits.cpuShares
      cpu.cpus = limits.cpuset
      resources.cpu = cpu
    }
    if !limits.readBps.isEmpty || !limits.writeBps.isEmpty {
      resources.blockIO = BlockIOResources()
      resources.blockIO?.throttleReadBpsDevice = rates(limits.readBps)
      resources.blockIO?.throttleWriteBpsDevice = rates(limits.writeBps)
    }
    return resources
  }

  private static func rates(_ rates: [DeviceRate]) -> [ThrottleDevice]? {
    rates.isEmpty ? nil : rates.map { ThrottleDevice(major: $0.major, minor: $0.minor, rate: $0.rate) }
  }

  /// Spec (runtime): config.md#posix-process
  ///
  /// - Parameters:
  ///   - texts: `NAME=SOFT[:HARD]`
  static func rlimits(_ texts: [String]) throws(RuntimeError) -> [Rlimit] {
    var limits = try usual()
    for text in texts {
      let limit = try parse(text)
      limits.removeAll { $0.type == limit.type }
      limits.append(limit)
    }
    return limits
  }

  /// As podman has them, as far as this process may raise its own.
  private static func usual() throws(RuntimeError) -> [Rlimit] {
    let systemResource: UInt64 = 1 << 24
    let mayRaise =
      try Kernel.capabilities().effective & systemResource != 0 && !Caller.isInUserNamespace
    var limits: [Rlimit] = []
    for (type, resource, value) in [
      (RlimitType.openFiles, CInt(7), UInt64(1_048_576)), (.processes, 6, 32768),
    ] {
      let hard = try Kernel.limit(resource).hard
      let most = mayRaise ? value : min(hard, value)
      limits.append(Rlimit(type: type, soft: most, hard: most))
    }
    return limits
  }

  private static func parse(_ text: String) throws(RuntimeError) -> Rlimit {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    let values = (parts.count == 2 ? parts[1] : "").split(separator: ":").map(String.init)
    let name = "RLIMIT_" + (parts.first ?? "").uppercased()
    guard let type = RlimitType(rawValue: name), (1...2).contains(values.count),
      let soft = number(values[0]), let hard = number(values[values.count - 1]), soft <= hard
    else {
      throw RuntimeError(
        .invalidArgument,
        "--ulimit: found \(quoted(text)), expected NAME=SOFT[:HARD] such as nofile=1024:2048")
    }
    return Rlimit(type: type, soft: soft, hard: hard)
  }

  private static func number(_ text: String) -> UInt64? {
    text == "unlimited" || text == "-1" ? .max : UInt64(text)
  }
}
