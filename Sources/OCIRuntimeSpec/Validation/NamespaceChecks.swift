internal import JSON

extension Namespace {
  /// Whether an existing namespace is joined, not a new one made. Spec: config-linux.md#namespaces
  public var isJoined: Bool { path?.isEmpty == false }
}

extension LinuxConfig {
  /// Spec: config-linux.md#namespaces
  func checkNamespaces(_ report: inout Report) {
    let namespaces = namespaces ?? []
    for (index, namespace) in namespaces.enumerated() {
      report.require(
        !namespaces[..<index].contains { $0.type == namespace.type },
        "/linux/namespaces/\(index)/type",
        "there is another \(namespace.type.rawValue) namespace before"
      )
      if let path = namespace.path, !path.isEmpty {
        report.requireAbsolutePath(path, "/linux/namespaces/\(index)/path")
      }
    }
  }

  /// Offsets can be set only before a time namespace has its first process.
  ///
  /// Spec: config-linux.md#offset-for-time-namespace
  func checkTimeOffsets(_ report: inout Report) {
    guard let timeOffsets, !timeOffsets.isEmpty else { return }
    if namespace(.time)?.isJoined ?? true {
      report.fault(
        "/linux/timeOffsets",
        "needs a new time namespace in /linux/namespaces",
        becauseOf: "/linux/namespaces"
      )
    }
    for (clock, offset) in timeOffsets.sorted(by: { $0.key < $1.key }) {
      let pointer = "/linux/timeOffsets" + JSONPointer.step(clock)
      report.require(
        clock == "monotonic" || clock == "boottime",
        pointer,
        "\(quoted(clock)) is not a clock with an offset, expected \"monotonic\" or \"boottime\""
      )
      if let nanosecs = offset.nanosecs, nanosecs >= 1_000_000_000 {
        report.fault("\(pointer)/nanosecs", "found \(nanosecs), expected less than 1000000000")
      }
    }
  }
}
