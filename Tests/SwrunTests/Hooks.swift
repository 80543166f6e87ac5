import OCIRuntimeSpec

/// Hooks of one kind, each a line of shell on the host.
func hooks(_ kind: WritableKeyPath<Hooks, [Hook]?>, _ lines: String...) -> Hooks {
  var hooks = Hooks()
  hooks.add(kind, lines)
  return hooks
}

extension Hooks {
  /// Adds hooks of one kind, each a line of shell.
  mutating func add(_ kind: WritableKeyPath<Hooks, [Hook]?>, _ lines: [String], timeout: Int? = nil) {
    let added = lines.map { line in
      var hook = Hook(path: "/bin/sh")
      hook.args = ["sh", "-c", line]
      hook.timeout = timeout
      return hook
    }
    self[keyPath: kind] = (self[keyPath: kind] ?? []) + added
  }
}
