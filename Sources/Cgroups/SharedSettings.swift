internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Settings that have the same form in both versions of cgroups.
extension Resources {
  /// Spec: config-linux.md#huge-page-limits
  func hugepageSettings(onCgroup2: Bool) throws(RuntimeError) -> [[Setting]] {
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
  func rdmaSettings(onCgroup2: Bool = false) throws(RuntimeError) -> [[Setting]] {
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
      groups.append([
        onCgroup2
          ? Setting(cgroup2: "rdma.max", value, "rdma.\(device)")
          : Setting(.rdma, "rdma.max", value, "rdma.\(device)")
      ])
    }
    return groups
  }

  /// Spec: config-linux.md#unified
  ///
  /// - Parameters:
  ///   - isWhole: Whether all controllers are on cgroup2.
  func unifiedSettings(isWhole: Bool = false) throws(RuntimeError) -> [[Setting]] {
    var groups: [[Setting]] = []
    for (file, value) in (unified ?? [:]).sorted(by: { $0.key < $1.key }) {
      try Self.checkFileName(file, "unified")
      let hint = isWhole ? nil : "on this host cgroup v1 has most controllers, which 'unified' cannot set"
      // Most files take one line a write.
      for line in value.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.isEmpty, !value.isEmpty { continue }
        groups.append([
          Setting(cgroup2: file, String(line), "unified.\(file)", hint: hint)
        ])
      }
    }
    return groups
  }

  /// A name from the configuration becomes part of a path.
  private static func checkFileName(_ name: String, _ property: String) throws(RuntimeError) {
    // These move or stop processes, and limit nothing.
    let actions = ["procs", "threads", "kill", "freeze", "type", "subtree_control"].map { "cgroup.\($0)" }
    if actions.contains(name) {
      throw RuntimeError(.invalidConfig, "/linux/resources/\(property) contains '\(name)', which is no limit")
    }
    if name.isEmpty || name.utf8.contains(UInt8(ascii: "/")) || name.utf8.contains(0) || name.utf8.first == 46
    {
      throw RuntimeError(
        .invalidConfig,
        "/linux/resources/\(property) contains '\(name)', which names no control file"
      )
    }
  }
}
