internal import JSON

extension IntelRdt {
  /// Spec: config-linux.md#intelrdt
  func check(_ report: inout Report) {
    let pointer = "/linux/intelRdt"
    if let closID, !closID.isEmpty, closID != "/" {
      let isName =
        closID != "." && closID != ".." && !closID.utf8.contains(UInt8(ascii: "/")) && closID.isOneLine
      report.require(
        isName && closID.utf8.count <= KernelLimits.pathComponent,
        "\(pointer)/closID",
        "\(quoted(closID)) is not the name of a directory, nor \"/\""
      )
    }
    if let l3CacheSchema, !l3CacheSchema.hasPrefix("L3:") || !l3CacheSchema.isOneLine {
      report.warning(
        "\(pointer)/l3CacheSchema",
        "\(quoted(l3CacheSchema)) should be one line that starts with \"L3:\""
      )
    }
    if let memBwSchema, !memBwSchema.hasPrefix("MB:") || !memBwSchema.isOneLine {
      report.fault(
        "\(pointer)/memBwSchema",
        "found \(quoted(memBwSchema)), expected one line that starts with \"MB:\""
      )
    }
    for (index, line) in (schemata ?? []).enumerated() where !line.isOneLine {
      report.fault("\(pointer)/schemata/\(index)", "found \(quoted(line)), expected one line")
    }
  }
}

extension String {
  fileprivate var isOneLine: Bool { !utf8.contains(UInt8(ascii: "\n")) }
}
