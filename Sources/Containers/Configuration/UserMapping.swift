internal import JSON
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The IDs of a container's user namespace.
///
/// Spec (runtime): config-linux.md#user-namespace-mappings
struct UserMapping {
  /// User IDs.
  let users: [IDMapping]
  /// Group IDs.
  let groups: [IDMapping]

  /// Those of a container; nil if it has no user namespace of its own.
  init?(_ options: RunOptions) throws(RuntimeError) {
    guard let userns = options.userns else { return nil }
    try self.init(userns)
  }

  /// - Parameters:
  ///   - text: `HOST:SIZE`: the container's IDs from 0 on are the host's from HOST on.
  init(_ text: String) throws(RuntimeError) {
    let parts = text.split(separator: ":").map { UInt32($0) }
    guard parts.count == 2, let host = parts[0], let size = parts[1], size > 0,
      !host.addingReportingOverflow(size).overflow
    else {
      throw RuntimeError(
        .invalidArgument, "--userns: found \(quoted(text)), expected auto, or HOST:SIZE such as 100000:65536")
    }
    users = [IDMapping(containerID: 0, hostID: host, size: size)]
    groups = users
  }
}
