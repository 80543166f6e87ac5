/// Descriptors that a service manager hands through the runtime to the container's program. sd_listen_fds(3)
public struct SocketActivation: Sendable, Equatable {
  /// How many, from 3 on.
  public var count: Int
  /// `$LISTEN_FDNAMES`, if the manager named them.
  public var names: String?

  /// `count` descriptors.
  public init(count: Int, names: String?) {
    self.count = count
    self.names = names
  }

  /// The program's variables.
  ///
  /// - Parameters:
  ///   - pid: The program's, as itself sees it.
  func environment(pid: Int32) -> [String] {
    ["LISTEN_FDS=\(count)", "LISTEN_PID=\(pid)"] + (names.map { ["LISTEN_FDNAMES=\($0)"] } ?? [])
  }
}
