extension Hooks {
  /// Spec: config.md#posix-platform-hooks
  func check(_ report: inout Report) {
    let kinds = [
      ("prestart", prestart), ("createRuntime", createRuntime), ("createContainer", createContainer),
      ("startContainer", startContainer), ("poststart", poststart), ("poststop", poststop),
    ]
    for case (let kind, let hooks?) in kinds {
      for (index, hook) in hooks.enumerated() {
        let pointer = "/hooks/\(kind)/\(index)"
        report.requireAbsolutePath(hook.path, "\(pointer)/path")
        report.requireArguments(hook.args ?? [], environment: hook.env ?? [], pointer)
        if let timeout = hook.timeout, timeout <= 0 {
          report.fault("\(pointer)/timeout", "found \(timeout), expected a number of seconds above 0")
        }
      }
    }
  }
}
