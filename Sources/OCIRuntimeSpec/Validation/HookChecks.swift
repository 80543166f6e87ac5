extension Hooks {
  /// Spec: config.md#posix-platform-hooks
  func check(_ report: inout Report) {
    report.check(prestart, "/hooks/prestart")
    report.check(createRuntime, "/hooks/createRuntime")
    report.check(createContainer, "/hooks/createContainer")
    report.check(startContainer, "/hooks/startContainer")
    report.check(poststart, "/hooks/poststart")
    report.check(poststop, "/hooks/poststop")
  }
}

extension Report {
  /// All kinds of hooks have the same form. Spec: config.md#posix-platform-hooks
  fileprivate mutating func check(_ hooks: [Hook]?, _ pointer: String) {
    for (index, hook) in (hooks ?? []).enumerated() {
      let pointer = "\(pointer)/\(index)"
      requireAbsolutePath(hook.path, "\(pointer)/path")
      requireArguments(hook.args ?? [], environment: hook.env ?? [], pointer)
      if let timeout = hook.timeout, timeout <= 0 {
        fault("\(pointer)/timeout", "found \(timeout), expected a number of seconds above 0")
      }
    }
  }
}
