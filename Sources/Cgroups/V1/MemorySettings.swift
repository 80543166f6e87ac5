internal import OCIRuntimeSpec
internal import RuntimeErrors

extension MemoryResources {
  /// The control files of v1. A limit of 0, which no process could live under, means unset: Go clients
  /// send it so.
  ///
  /// Spec: config-linux.md#memory
  ///
  /// - Returns: Groups of settings that bound each other.
  func settings() throws(RuntimeError) -> [[Setting]] {
    var groups: [[Setting]] = []
    // Kernels without a separate limit charge kernel memory to `limit`.
    add(kernel, "memory.kmem.limit_in_bytes", "memory.kernel", isMet: true, to: &groups)
    let limits = limitSettings()
    if !limits.isEmpty { groups.append(limits) }
    add(reservation, "memory.soft_limit_in_bytes", "memory.reservation", to: &groups)
    add(kernelTCP, "memory.kmem.tcp.limit_in_bytes", "memory.kernelTCP", to: &groups)
    // Unset, in the words of some Go clients.
    if let swappiness, swappiness != .max {
      if swappiness > 100 {
        throw RuntimeError(
          .invalidConfig,
          "/linux/resources/memory/swappiness must be 0 to 100, is \(swappiness)"
        )
      }
      groups.append([Setting(.memory, "memory.swappiness", "\(swappiness)", "memory.swappiness")])
    }
    if let disableOOMKiller {
      let value = disableOOMKiller ? "1" : "0"
      groups.append([
        Setting(.memory, "memory.oom_control", value, "memory.disableOOMKiller", isMet: !disableOOMKiller)
      ])
    }
    // Since Linux 5.11 memory is always shared with child cgroups, which also is the stricter way.
    if useHierarchy == true {
      groups.append([Setting(.memory, "memory.use_hierarchy", "1", "memory.useHierarchy", isMet: true)])
    }
    return groups
  }

  /// The limit and that with swap, which may never be below the first.
  private func limitSettings() -> [Setting] {
    var settings: [Setting] = []
    if let limit, limit != 0 {
      settings.append(
        Setting(
          .memory,
          "memory.limit_in_bytes",
          "\(limit)",
          "memory.limit",
          isMet: limit < 0,
          hint: "it must not be above the limit with swap, nor below what the processes use already"
        )
      )
    }
    // Without a limit on memory one on memory and swap makes no sense.
    let swap = swap ?? ((limit ?? 0) < 0 ? -1 : 0)
    if swap != 0 {
      settings.append(
        Setting(
          .memory,
          "memory.memsw.limit_in_bytes",
          "\(swap)",
          "memory.swap",
          isMet: swap < 0,
          hint: "it must not be below memory.limit; without the file the kernel needs swapaccount=1"
        )
      )
    }
    return settings
  }

  private func add(
    _ value: Int64?,
    _ file: String,
    _ property: String,
    isMet: Bool = false,
    to groups: inout [[Setting]]
  ) {
    guard let value, value != 0 else { return }
    groups.append([Setting(.memory, file, "\(value)", property, isMet: isMet || value < 0)])
  }
}
