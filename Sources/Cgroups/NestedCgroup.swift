public import RuntimeErrors

/// A cgroup below the container's, for a process of `exec`: `[CONTROLLER:]PATH`.
public struct NestedCgroup: Sendable, Equatable {
  /// The one controller whose hierarchy is meant; nil for all.
  let controller: Controller?
  /// Relative to the container's cgroup.
  let path: String

  /// Parses the text of `--cgroup`.
  ///
  /// - Throws: `invalidArgument` for an unknown controller.
  public init(_ text: String) throws(RuntimeError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 {
      guard let controller = Controller(rawValue: String(parts[0])) else {
        throw RuntimeError(.invalidArgument, "--cgroup \"\(text)\": no controller is named \"\(parts[0])\"")
      }
      self.controller = controller
    } else {
      controller = nil
    }
    let below = parts[parts.count - 1].split(separator: "/").joined(separator: "/")
    path = below.isEmpty ? "." : below
  }
}
