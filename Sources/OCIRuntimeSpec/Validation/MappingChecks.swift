extension LinuxConfig {
  /// Spec: config-linux.md#user-namespace-mappings
  func checkMappings(_ report: inout Report) {
    let lists = [("uidMappings", uidMappings ?? []), ("gidMappings", gidMappings ?? [])]
    let user = namespace(.user)
    for (key, mappings) in lists {
      report.requireMappings(mappings, "/linux/\(key)")
      if let user {
        // A joined namespace brings its mappings along.
        report.require(
          !mappings.isEmpty || user.isJoined,
          "/linux/\(key)",
          "is missing, a new user namespace needs it"
        )
      } else {
        report.require(
          mappings.isEmpty,
          "/linux/\(key)",
          "needs a user namespace in /linux/namespaces",
          becauseOf: "/linux/namespaces"
        )
      }
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
      for (key, first) in [("containerID", mapping.containerID), ("hostID", mapping.hostID)] {
        require(
          UInt64(first) + UInt64(mapping.size) <= UInt32.max,
          "\(pointer())/\(index)/\(key)",
          "\(mapping.size) IDs from \(first) on go beyond the highest ID"
        )
      }
    }
    requireNoOverlap(mappings, by: \.containerID, named: "container", pointer())
    requireNoOverlap(mappings, by: \.hostID, named: "host", pointer())
  }

  private mutating func requireNoOverlap(
    _ mappings: [IDMapping],
    by first: KeyPath<IDMapping, UInt32>,
    named name: String,
    _ pointer: @autoclosure () -> String
  ) {
    guard mappings.count > 1 else { return }
    let order = mappings.indices.sorted { mappings[$0][keyPath: first] < mappings[$1][keyPath: first] }
    for (left, right) in zip(order, order.dropFirst()) {
      let end = UInt64(mappings[left][keyPath: first]) + UInt64(mappings[left].size)
      if end > UInt64(mappings[right][keyPath: first]) {
        fault(
          pointer(),
          "the ranges \(min(left, right)) and \(max(left, right)) have \(name) IDs in common"
        )
      }
    }
  }
}
