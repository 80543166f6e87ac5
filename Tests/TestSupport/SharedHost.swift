internal import Foundation

extension Command {
  /// The same command on a host of its own whose mounts are all shared, as systemd leaves them: in a new
  /// mount namespace, which nobody else sees.
  ///
  /// - Parameters:
  ///   - before: Shell commands on that host before this one.
  ///   - after: Shell commands on that host after this one.
  public func onSharedHost(before: String = ":", after: String = ":") -> Command {
    var command = self
    command.program = "unshare"
    let script = "\(before); \"$@\"; status=$?; \(after); exit $status"
    command.arguments = ["--mount", "--propagation", "shared", "sh", "-c", script, "sh", program] + arguments
    return command
  }
}

extension Runtime {
  /// The lines of a copy of mountinfo, without the mounts of tests that run beside this one.
  public func mounts(inCopy file: String) -> [Substring] {
    File.text(file).split(separator: "\n").filter { $0.contains(tag) || !$0.contains("/tmp/") }
  }
}
