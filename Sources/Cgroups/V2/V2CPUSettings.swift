internal import Glibc
internal import OCIRuntimeSpec
internal import RuntimeErrors

extension CPUResources {
  /// 0 means unset for shares, quota and periods: Go clients send it so.
  ///
  /// Spec: config-linux.md#cpu
  func cgroup2Settings(_ present: PresentValue) throws(RuntimeError) -> [[Setting]] {
    var groups: [[Setting]] = []
    if let idle { groups.append([Setting(cgroup2: "cpu.idle", "\(idle)", "cpu.idle", isMet: idle == 0)]) }
    try requireShares()
    if let shares, shares != 0, (idle ?? 0) == 0 {
      groups.append([
        Setting(
          cgroup2: "cpu.weight", "\(CPUResources.weight(ofShares: shares))", "cpu.shares",
          hint: "an idle cgroup (cpu.idle) has no shares")
      ])
    }
    let bandwidth = try bandwidth(present)
    if !bandwidth.isEmpty { groups.append(bandwidth) }
    if let realtimeRuntime, realtimeRuntime != 0 { throw withoutCounterpart("cpu/realtimeRuntime") }
    if let cpus, !cpus.isEmpty {
      groups.append([Setting(cgroup2: "cpuset.cpus", cpus, "cpu.cpus", hint: CPUResources.listHint)])
    }
    if let mems, !mems.isEmpty {
      groups.append([Setting(cgroup2: "cpuset.mems", mems, "cpu.mems", hint: CPUResources.listHint)])
    }
    return groups
  }

  /// The weight, 1 to 10000, that stands for a number of shares.
  ///
  /// A curve through the least, default and most of both: 2 is 1, 1024 is 100, 262144 is 10000. A straight
  /// line would make a container of the default shares four times weaker than a process beside it.
  static func weight(ofShares shares: UInt64) -> UInt64 {
    if shares <= 2 { return 1 }
    if shares >= 262_144 { return 10_000 }
    let power = log2(Double(shares))
    return UInt64(ceil(pow(10, (power * power + 125 * power) / 612 - 7.0 / 34)))
  }

  /// The kernel checks quota / period against the parent's, and burst against the quota.
  private func bandwidth(_ present: PresentValue) throws(RuntimeError) -> [Setting] {
    try requireBurst()
    var settings: [Setting] = []
    let (quota, period) = (quota ?? 0, period ?? 0)
    if quota != 0 || period != 0 {
      var value = quota < 0 ? "max" : "\(quota)"
      if quota == 0 {
        let former = try? present("cpu.max")
        value = former?.split(separator: " ").first.map(String.init) ?? "max"
      }
      if period != 0 { value += " \(period)" }
      settings.append(
        Setting(
          cgroup2: "cpu.max", value, quota != 0 ? "cpu.quota" : "cpu.period",
          isMet: quota < 0 || (quota == 0 && value.hasPrefix("max")), hint: CPUResources.bandwidthHint))
    }
    if let burst {
      settings.append(
        Setting(
          cgroup2: "cpu.max.burst", "\(burst)", "cpu.burst", isMet: burst == 0,
          hint: "it may not be above the quota"))
    }
    return settings
  }
}
