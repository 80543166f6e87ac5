internal import ContainerRuntime
internal import Glibc
internal import RuntimeErrors

/// What a service manager such as systemd says in the environment.
enum ServiceManager {
  /// Where it waits for the program's readiness. sd_notify(3)
  ///
  /// - Throws: `invalidArgument` for a text that is no address.
  static var notifySocket: String? {
    get throws(RuntimeError) {
      guard let address = variable("NOTIFY_SOCKET"), !address.isEmpty else { return nil }
      guard address.utf8.count > 1, address.hasPrefix("/") || address.hasPrefix("@") else {
        throw RuntimeError(
          .invalidArgument, "NOTIFY_SOCKET \"\(address)\": neither an absolute path nor @ and a name")
      }
      return address
    }
  }

  /// The descriptors that it hands to this process. sd_listen_fds(3)
  static var activation: SocketActivation? {
    guard let pid = variable("LISTEN_PID"), Int32(pid) == getpid(),
      let text = variable("LISTEN_FDS"), let count = Int(text), count > 0, count < 10_000
    else { return nil }
    return SocketActivation(count: count, names: variable("LISTEN_FDNAMES"))
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
