internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Reads a control file of the container's cgroup as it is.
typealias PresentValue = (String) throws(RuntimeError) -> String

extension Resources {
  /// Everything but device rules, as writes to control files of cgroup2. Values are in the words of cgroup
  /// v1 and are converted; what cgroup2 has nothing for is refused.
  ///
  /// - Parameters:
  ///   - present: For limits that are complete only with what is set already.
  /// - Returns: Groups of settings that bound each other; `unified` comes last and so has the last word.
  func cgroup2Settings(_ present: PresentValue) throws(RuntimeError) -> [[Setting]] {
    var groups: [[Setting]] = []
    groups += try memory?.cgroup2Settings(present) ?? []
    groups += try cpu?.cgroup2Settings(present) ?? []
    groups += pids?.cgroup2Settings() ?? []
    groups += try blockIO?.cgroup2Settings() ?? []
    groups += try hugepageSettings(onCgroup2: true)
    try network?.requireNothingForCgroup2()
    groups += try rdmaSettings(onCgroup2: true)
    groups += try unifiedSettings(isWhole: true)
    return groups
  }
}

/// What cgroup2 has no file for.
func withoutCounterpart(_ property: String, hint: String? = nil) -> RuntimeError {
  RuntimeError(.unsupported, "/linux/resources/\(property): cgroup v2 has nothing like it", hint: hint)
}

extension PidsResources {
  /// 0 and 1 keep a process from making others alike, but a process that is made in its cgroup cannot begin
  /// under 0.
  ///
  /// Spec: config-linux.md#pids
  func cgroup2Settings() -> [[Setting]] {
    guard let limit else { return [] }
    let text = limit < 0 ? "max" : "\(max(limit, 1))"
    return [[Setting(cgroup2: "pids.max", text, "pids.limit", isMet: limit < 0)]]
  }
}

extension NetworkResources {
  /// Firewalls of v2 hosts tell packets apart by the cgroup itself, not by numbers in it.
  func requireNothingForCgroup2() throws(RuntimeError) {
    if let classID, classID != 0 { throw withoutCounterpart("network/classID") }
    if priorities?.isEmpty == false { throw withoutCounterpart("network/priorities") }
  }
}

extension MemoryResources {
  /// A limit of 0, which no process could live under, means unset: Go clients send it so.
  ///
  /// Spec: config-linux.md#memory
  func cgroup2Settings(_ present: PresentValue) throws(RuntimeError) -> [[Setting]] {
    var groups: [[Setting]] = []
    func add(_ value: Int64?, _ file: String, _ property: String) {
      guard let value, value != 0 else { return }
      let text = value < 0 ? "max" : "\(value)"
      groups.append([Setting(cgroup2: file, text, property, isMet: value < 0)])
    }
    add(limit, "memory.max", "memory.limit")
    if let swap = try swapAlone(present) {
      groups.append([
        Setting(cgroup2: "memory.swap.max", swap < 0 ? "max" : "\(swap)", "memory.swap", isMet: swap < 0)
      ])
    }
    if let reservation, reservation != 0 {
      // Here -1 is no reservation.
      let value = max(0, reservation)
      groups.append([
        Setting(cgroup2: "memory.low", "\(value)", "memory.reservation", isMet: value == 0)
      ])
    }
    // Unset, in the words of some Go clients.
    if let swappiness, swappiness != .max { throw withoutCounterpart("memory/swappiness") }
    if disableOOMKiller == true { throw withoutCounterpart("memory/disableOOMKiller") }
    // kernel and kernelTCP count towards the limit, and memory is always shared with cgroups below.
    return groups
  }

  /// cgroup v1 limits memory and swap together, v2 swap alone.
  private func swapAlone(_ present: PresentValue) throws(RuntimeError) -> Int64? {
    guard let swap, swap != 0 else { return (limit ?? 0) < 0 ? -1 : nil }
    if swap < 0 { return -1 }
    var memory = limit ?? 0
    if memory == 0 { memory = Int64(try present("memory.max")) ?? -1 }
    guard memory >= 0 else {
      throw RuntimeError(
        .invalidConfig,
        "/linux/resources/memory/swap (\(swap)) is for memory and swap together, and memory is not limited",
        hint: "set memory.limit too")
    }
    guard swap >= memory else {
      throw RuntimeError(
        .invalidConfig, "/linux/resources/memory/swap (\(swap)) must not be below memory.limit (\(memory))")
    }
    return swap - memory
  }
}
