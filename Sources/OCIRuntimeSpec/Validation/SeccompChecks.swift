extension Seccomp {
  /// Spec: config-linux.md#seccomp
  func check(_ report: inout Report) {
    let pointer = "/linux/seccomp"
    // The runtime itself could not go on until the agent has answered, and the agent waits for it.
    report.require(
      defaultAction != .notify,
      "\(pointer)/defaultAction",
      "SCMP_ACT_NOTIFY cannot be the default action"
    )
    report.requireErrno(defaultErrnoRet, of: defaultAction, "\(pointer)/defaultErrnoRet")
    for (index, rule) in (syscalls ?? []).enumerated() {
      rule.check(&report, "\(pointer)/syscalls/\(index)")
    }
    checkListener(&report, pointer)
  }

  private func checkListener(_ report: inout Report, _ pointer: String) {
    if let listenerPath, !listenerPath.isEmpty {
      return report.requireAbsolutePath(listenerPath, "\(pointer)/listenerPath")
    }
    report.require(
      listenerMetadata?.isEmpty ?? true,
      "\(pointer)/listenerMetadata",
      "needs a listenerPath",
      becauseOf: "\(pointer)/listenerPath"
    )
    for (index, rule) in (syscalls ?? []).enumerated() where rule.action == .notify {
      report.fault(
        "\(pointer)/syscalls/\(index)/action",
        "SCMP_ACT_NOTIFY needs a listenerPath",
        becauseOf: "\(pointer)/listenerPath"
      )
    }
  }
}

extension SeccompRule {
  /// Spec: config-linux.md#seccomp
  fileprivate func check(_ report: inout Report, _ pointer: String) {
    report.require(!names.isEmpty, "\(pointer)/names", "is empty, expected at least one system call")
    for (index, name) in names.enumerated() where name.isEmpty {
      report.fault("\(pointer)/names/\(index)", "is empty, expected a system call")
    }
    report.requireErrno(errnoRet, of: action, "\(pointer)/errnoRet")
    for (index, argument) in (args ?? []).enumerated() where argument.index > 5 {
      report.fault("\(pointer)/args/\(index)/index", "found \(argument.index), expected 0 to 5")
    }
  }
}

extension Report {
  /// Only two actions answer with a number; the kernel cuts it off where it doesn't fit.
  ///
  /// Spec: config-linux.md#seccomp
  fileprivate mutating func requireErrno(
    _ errno: UInt32?,
    of action: SeccompAction,
    _ pointer: @autoclosure () -> String
  ) {
    guard let errno else { return }
    switch action {
    case .errno: require(errno <= 4095, pointer(), "found \(errno), expected at most 4095")
    case .trace: require(errno <= UInt16.max, pointer(), "found \(errno), expected at most \(UInt16.max)")
    default: fault(pointer(), "\(action.rawValue) does not answer with an errno")
    }
  }
}
