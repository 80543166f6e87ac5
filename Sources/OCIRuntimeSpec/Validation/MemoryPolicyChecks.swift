extension MemoryPolicy {
  /// Which modes take which nodes and flags is told by set_mempolicy(2).
  ///
  /// Spec: config-linux.md#memory-policy
  func check(_ report: inout Report) {
    report.requireIndexList(nodes, "/linux/memoryPolicy/nodes")
    checkNodes(&report)
    checkFlags(&report)
  }

  private var hasNodes: Bool { nodes?.isEmpty == false }

  private func checkNodes(_ report: inout Report) {
    switch mode {
    case .default, .local:
      report.require(!hasNodes, "/linux/memoryPolicy/nodes", "\(mode.rawValue) takes no nodes")
    case .bind, .interleave, .weightedInterleave, .preferredMany:
      report.require(hasNodes, "/linux/memoryPolicy/nodes", "\(mode.rawValue) needs at least one node")
    case .preferred:
      break
    }
  }

  private func checkFlags(_ report: inout Report) {
    let flags = flags ?? []
    let pointer = "/linux/memoryPolicy/flags"
    report.require(
      !(flags.contains(.staticNodes) && flags.contains(.relativeNodes)),
      pointer,
      "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other"
    )
    for (index, flag) in flags.enumerated() {
      let isAllowed =
        switch flag {
        case .numaBalancing: mode == .bind || mode == .preferredMany
        case .staticNodes, .relativeNodes: hasNodes || mode == .default
        }
      report.require(isAllowed, "\(pointer)/\(index)", "\(flag.rawValue) does not go with \(mode.rawValue)")
    }
  }
}
