extension MemoryResources {
  /// Spec: config-linux.md#memory
  func check(_ report: inout Report) {
    let limits = [
      ("limit", limit), ("reservation", reservation), ("swap", swap), ("kernel", kernel),
      ("kernelTCP", kernelTCP),
    ]
    for case (let key, let value?) in limits where value < -1 {
      report.fault("/linux/resources/memory/\(key)", "found \(value), expected -1 (unlimited) or bytes")
    }
    if let limit, let swap, limit > 0, swap > 0, swap < limit {
      report.fault(
        "/linux/resources/memory/swap",
        "memory and swap together (\(swap)) are less than memory (\(limit))"
      )
    }
    if let swappiness, swappiness > 100 {
      report.fault("/linux/resources/memory/swappiness", "found \(swappiness), expected 0 to 100")
    }
  }
}

extension CPUResources {
  /// Spec: config-linux.md#cpu
  func check(_ report: inout Report) {
    let times = [("quota", quota), ("realtimeRuntime", realtimeRuntime)]
    for case (let key, let value?) in times where value < -1 {
      report.fault("/linux/resources/cpu/\(key)", "found \(value), expected -1 (unlimited) or microseconds")
    }
    if let burst, let quota, quota > 0, burst > quota {
      report.fault("/linux/resources/cpu/burst", "\(burst) is above the quota \(quota)")
    }
    report.requireIndexList(cpus, "/linux/resources/cpu/cpus")
    report.requireIndexList(mems, "/linux/resources/cpu/mems")
    if let idle, idle != 0 && idle != 1 {
      report.fault("/linux/resources/cpu/idle", "found \(idle), expected 0 or 1")
    }
  }
}
