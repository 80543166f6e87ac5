internal import OCIRuntimeSpec
internal import RuntimeErrors

extension Resources {
  /// Everything but device rules, as writes to control files of v1.
  ///
  /// - Parameters:
  ///   - hugetlbIsOnCgroup2: Whether huge pages are limited on a hybrid layout's cgroup2.
  /// - Returns: Groups of settings that bound each other.
  func settings(hugetlbIsOnCgroup2: Bool) throws(RuntimeError) -> [[Setting]] {
    var groups: [[Setting]] = []
    groups += try memory?.settings() ?? []
    groups += try cpu?.settings() ?? []
    groups += cpu?.setSettings() ?? []
    groups += pids?.settings() ?? []
    groups += blockIO?.settings() ?? []
    groups += try hugepageSettings(onCgroup2: hugetlbIsOnCgroup2)
    groups += network?.settings() ?? []
    groups += try rdmaSettings()
    groups += try unifiedSettings()
    return groups
  }
}

extension PidsResources {
  /// 0 is a limit: no process may fork. Spec: config-linux.md#pids
  func settings() -> [[Setting]] {
    guard let limit else { return [] }
    return [[Setting(.pids, "pids.max", limit < 0 ? "max" : "\(limit)", "pids.limit", isMet: limit < 0)]]
  }
}

extension NetworkResources {
  /// Spec: config-linux.md#network
  func settings() -> [[Setting]] {
    var groups: [[Setting]] = []
    if let classID {
      groups.append([
        Setting(.networkClass, "net_cls.classid", "\(classID)", "network.classID", isMet: classID == 0)
      ])
    }
    for priority in priorities ?? [] {
      groups.append([
        Setting(
          .networkPriority,
          "net_prio.ifpriomap",
          "\(priority.name) \(priority.priority)",
          "network.priorities",
          hint: "the interface must be in the runtime's network namespace"
        )
      ])
    }
    return groups
  }
}
