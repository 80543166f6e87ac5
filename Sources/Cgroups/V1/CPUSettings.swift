internal import OCIRuntimeSpec
internal import RuntimeErrors

extension CPUResources {
  /// What the kernel silently raises or lowers shares to.
  private static let shareRange: ClosedRange<UInt64> = 2...262_144

  /// The control files of v1's cpu, without cpuset. 0 means unset for shares, quota and periods: Go
  /// clients send it so.
  ///
  /// Spec: config-linux.md#cpu
  ///
  /// - Returns: Groups of settings that bound each other.
  func settings() throws(RuntimeError) -> [[Setting]] {
    var groups: [[Setting]] = []
    let weight = try weightSettings()
    if !weight.isEmpty { groups.append(weight) }
    let bandwidth = try bandwidthSettings()
    if !bandwidth.isEmpty { groups.append(bandwidth) }
    let realtime = realtimeSettings()
    if !realtime.isEmpty { groups.append(realtime) }
    return groups
  }

  /// An idle group has a fixed weight: the kernel refuses shares then.
  private func weightSettings() throws(RuntimeError) -> [Setting] {
    var settings: [Setting] = []
    if let idle {
      settings.append(Setting(.cpu, "cpu.idle", "\(idle)", "cpu.idle", isMet: idle == 0))
    }
    try requireShares()
    if let shares, shares != 0, (idle ?? 0) == 0 {
      settings.append(
        Setting(
          .cpu,
          "cpu.shares",
          "\(shares)",
          "cpu.shares",
          hint: "an idle cgroup (cpu.idle) has no shares"
        )
      )
    }
    return settings
  }

  /// The kernel checks quota / period against the parent's, and burst against the quota.
  private func bandwidthSettings() throws(RuntimeError) -> [Setting] {
    try requireBurst()
    let hint = CPUResources.bandwidthHint
    var settings: [Setting] = []
    if let period, period != 0 {
      settings.append(Setting(.cpu, "cpu.cfs_period_us", "\(period)", "cpu.period", hint: hint))
    }
    if let quota, quota != 0 {
      settings.append(
        Setting(.cpu, "cpu.cfs_quota_us", "\(quota)", "cpu.quota", isMet: quota < 0, hint: hint)
      )
    }
    if let burst {
      settings.append(
        Setting(
          .cpu,
          "cpu.cfs_burst_us",
          "\(burst)",
          "cpu.burst",
          isMet: burst == 0,
          hint: "it may not be above the quota"
        )
      )
    }
    return settings
  }

  static let bandwidthHint =
    "1 ms is the least, a period 1 s at most, and quota / period may not be above the parent's"

  /// Refuses shares that the kernel would change, unless an idle group has none.
  func requireShares() throws(RuntimeError) {
    guard let shares, shares != 0, (idle ?? 0) == 0, !Self.shareRange.contains(shares) else { return }
    throw RuntimeError(
      .invalidConfig,
      "/linux/resources/cpu/shares must be \(Self.shareRange.lowerBound) to \(Self.shareRange.upperBound), "
        + "is \(shares)")
  }

  /// Refuses a burst that can never be saved up.
  func requireBurst() throws(RuntimeError) {
    guard let quota, quota > 0, let burst, burst > UInt64(quota) else { return }
    throw RuntimeError(
      .invalidConfig, "/linux/resources/cpu/burst (\(burst)) must not be larger than quota (\(quota))")
  }

  private func realtimeSettings() -> [Setting] {
    let hint =
      "every cgroup above needs a cpu.rt_runtime_us of its own that is not below the sum of those below it"
    var settings: [Setting] = []
    if let realtimePeriod, realtimePeriod != 0 {
      settings.append(
        Setting(.cpu, "cpu.rt_period_us", "\(realtimePeriod)", "cpu.realtimePeriod", hint: hint)
      )
    }
    if let realtimeRuntime {
      settings.append(
        Setting(
          .cpu,
          "cpu.rt_runtime_us",
          "\(realtimeRuntime)",
          "cpu.realtimeRuntime",
          isMet: realtimeRuntime == 0,
          hint: hint
        )
      )
    }
    return settings
  }

  /// The control files of v1's cpuset. An empty list means unset.
  func setSettings() -> [[Setting]] {
    var groups: [[Setting]] = []
    if let cpus, !cpus.isEmpty {
      groups.append([Setting(.cpuset, "cpuset.cpus", cpus, "cpu.cpus", hint: Self.listHint)])
    }
    if let mems, !mems.isEmpty {
      groups.append([Setting(.cpuset, "cpuset.mems", mems, "cpu.mems", hint: Self.listHint)])
    }
    return groups
  }

  static let listHint =
    "a list such as 0-3,7 of what the machine has, the cgroup above may use, and nested cgroups do not exceed"
}
