extension LinuxConfig {
  /// Spec: config-linux.md#user-namespace-mappings
  func checkMappings(_ report: inout Report) {
    checkMappings(uidMappings ?? [], "/linux/uidMappings", &report)
    checkMappings(gidMappings ?? [], "/linux/gidMappings", &report)
  }

  private func checkMappings(_ mappings: [IDMapping], _ pointer: String, _ report: inout Report) {
    report.requireMappings(mappings, pointer)
    if let user = namespace(.user) {
      // A joined namespace brings its mappings along.
      report.require(
        !mappings.isEmpty || user.isJoined,
        pointer,
        "is missing, a new user namespace needs it"
      )
    } else {
      report.require(
        mappings.isEmpty,
        pointer,
        "needs a user namespace in /linux/namespaces",
        becauseOf: "/linux/namespaces"
      )
    }
  }
}

extension Report {
  /// Records what the kernel refuses in a mapping. Spec: config-linux.md#user-namespace-mappings
  mutating func requireMappings(_ mappings: [IDMapping], _ pointer: @autoclosure () -> String) {
    require(
      mappings.count <= KernelLimits.mappingLines,
      pointer(),
      "has \(mappings.count) ranges, the kernel takes \(KernelLimits.mappingLines)"
    )
    for (index, mapping) in mappings.enumerated() {
      require(mapping.size > 0, "\(pointer())/\(index)/size", "found 0, expected at least 1")
      requireIDs(mapping.containerID, mapping.size, "\(pointer())/\(index)/containerID")
      requireIDs(mapping.hostID, mapping.size, "\(pointer())/\(index)/hostID")
    }
    requireNoOverlap(mappings, by: { $0.containerID }, named: "container", pointer())
    requireNoOverlap(mappings, by: { $0.hostID }, named: "host", pointer())
  }

  private mutating func requireIDs(_ first: UInt32, _ size: UInt32, _ pointer: @autoclosure () -> String) {
    require(
      UInt64(first) + UInt64(size) <= UInt32.max,
      pointer(),
      "\(size) IDs from \(first) on go beyond the highest ID"
    )
  }

  private mutating func requireNoOverlap(
    _ mappings: [IDMapping],
    by first: (IDMapping) -> UInt32,
    named name: String,
    _ pointer: @autoclosure () -> String
  ) {
    guard mappings.count > 1 else { return }
    let order = mappings.indices.sorted { first(mappings[$0]) < first(mappings[$1]) }
    for (left, right) in zip(order, order.dropFirst()) {
      let end = UInt64(first(mappings[left])) + UInt64(mappings[left].size)
      if end > UInt64(first(mappings[right])) {
        fault(
          pointer(),
          "the ranges \(min(left, right)) and \(max(left, right)) have \(name) IDs in common"
        )
      }
    }
  }
}
