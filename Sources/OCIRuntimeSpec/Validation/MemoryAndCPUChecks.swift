extension MemoryResources {
  /// Spec: config-linux.md#memory
  func check(_ report: inout Report) {
    report.requireLimit(limit, "/linux/resources/memory/limit", "bytes")
    report.requireLimit(reservation, "/linux/resources/memory/reservation", "bytes")
    report.requireLimit(swap, "/linux/resources/memory/swap", "bytes")
    report.requireLimit(kernel, "/linux/resources/memory/kernel", "bytes")
    report.requireLimit(kernelTCP, "/linux/resources/memory/kernelTCP", "bytes")
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
    report.requireLimit(quota, "/linux/resources/cpu/quota", "microseconds")
    report.requireLimit(realtimeRuntime, "/linux/resources/cpu/realtimeRuntime", "microseconds")
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

extension Report {
  fileprivate mutating func requireLimit(_ limit: Int64?, _ pointer: String, _ unit: String) {
    guard let limit, limit < -1 else { return }
    fault(pointer, "found \(limit), expected -1 (unlimited) or \(unit)")
  }
}
