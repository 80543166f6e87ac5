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

  /// Spec: config-linux.md#huge-page-limits
  private func hugepageSettings(onCgroup2: Bool) throws(RuntimeError) -> [[Setting]] {
    var groups: [[Setting]] = []
    for limit in hugepageLimits ?? [] {
      try Self.checkFileName(limit.pageSize, "hugepageLimits.pageSize")
      let hint = "no huge pages of this size: sizes are written as in 64KB, 2MB and 1GB"
      let file = "hugetlb.\(limit.pageSize)"
      let property = "hugepageLimits"
      if onCgroup2 {
        groups.append([Setting(cgroup2: "\(file).max", "\(limit.limit)", property, hint: hint)])
        groups.append([Setting(cgroup2: "\(file).rsvd.max", "\(limit.limit)", property, isMet: true)])
      } else {
        groups.append([Setting(.hugetlb, "\(file).limit_in_bytes", "\(limit.limit)", property, hint: hint)])
        groups.append([
          Setting(.hugetlb, "\(file).rsvd.limit_in_bytes", "\(limit.limit)", property, isMet: true)
        ])
      }
    }
    return groups
  }

  /// Spec: config-linux.md#rdma
  private func rdmaSettings() throws(RuntimeError) -> [[Setting]] {
    var groups: [[Setting]] = []
    for (device, limit) in (rdma ?? [:]).sorted(by: { $0.key < $1.key }) {
      var value = device
      if let handles = limit.hcaHandles { value += " hca_handle=\(handles)" }
      if let objects = limit.hcaObjects { value += " hca_object=\(objects)" }
      if limit.hcaHandles == nil, limit.hcaObjects == nil {
        throw RuntimeError(
          .invalidConfig,
          "/linux/resources/rdma/\(device) must set hcaHandles, hcaObjects or both"
        )
      }
      groups.append([Setting(.rdma, "rdma.max", value, "rdma.\(device)")])
    }
    return groups
  }

  /// Spec: config-linux.md#unified
  private func unifiedSettings() throws(RuntimeError) -> [[Setting]] {
    var groups: [[Setting]] = []
    for (file, value) in (unified ?? [:]).sorted(by: { $0.key < $1.key }) {
      try Self.checkFileName(file, "unified")
      groups.append([
        Setting(
          cgroup2: file,
          value,
          "unified.\(file)",
          hint: "on this host cgroup v1 has most controllers, which 'unified' cannot set"
        )
      ])
    }
    return groups
  }

  /// A name from the configuration becomes part of a path.
  private static func checkFileName(_ name: String, _ property: String) throws(RuntimeError) {
    if name.isEmpty || name.utf8.contains(UInt8(ascii: "/")) || name.utf8.contains(0) || name.utf8.first == 46
    {
      throw RuntimeError(
        .invalidConfig,
        "/linux/resources/\(property) contains '\(name)', which names no control file"
      )
    }
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
