import OCIRuntimeSpec

/// The kinds of hooks, in the order of the lifecycle.
enum HookKind: String, CaseIterable, Sendable {
  case prestart, createRuntime, createContainer, startContainer, poststart, poststop

  /// Where the configuration has them.
  var path: WritableKeyPath<Hooks, [Hook]?> {
    switch self {
    case .prestart: \.prestart
    case .createRuntime: \.createRuntime
    case .createContainer: \.createContainer
    case .startContainer: \.startContainer
    case .poststart: \.poststart
    case .poststop: \.poststop
    }
  }

  /// Whether they run in the container's namespaces.
  var isInContainer: Bool { self == .createContainer || self == .startContainer }
}

/// Hooks of one kind, each a line of shell.
func hooks(_ kind: HookKind, _ lines: String..., timeout: Int? = nil) -> Hooks {
  var hooks = Hooks()
  hooks.add(kind, lines, timeout: timeout)
  return hooks
}

extension Hooks {
  /// Adds hooks of one kind, each a line of shell.
  mutating func add(_ kind: HookKind, _ lines: [String], timeout: Int? = nil) {
    let added = lines.map { line in
      var hook = Hook(path: "/bin/sh")
      hook.args = ["sh", "-c", line]
      hook.timeout = timeout
      return hook
    }
    self[keyPath: kind.path] = (self[keyPath: kind.path] ?? []) + added
  }
}
