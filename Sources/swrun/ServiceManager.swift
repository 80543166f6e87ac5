internal import ContainerRuntime
internal import Glibc

/// What a service manager such as systemd says in the environment.
enum ServiceManager {
  /// Where it waits for the program's readiness, unless that is left over or no address. sd_notify(3)
  static var notifySocket: String? {
    variable("NOTIFY_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
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
