internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// sd_notify(3) between the container's program and the service manager that started the runtime.
///
/// The program has a socket of its own, in a directory that is mounted for it. What it says there goes on to
/// the manager in the runtime's name, with the program's pid as the manager sees it.
final class ReadinessProxy {
  /// Where the container finds the socket's directory.
  static let directory = "/run/notify"
  /// Where the program finds the socket.
  static let socketPath = directory + "/" + ContainerDirectory.notifySocketName

  /// The program's messages. unix(7)
  let socket: Descriptor
  private let manager: Descriptor
  private let pid: Int32
  private static let mostBytes = 64 * 1024

  /// Opens both ends.
  ///
  /// - Parameters:
  ///   - manager: `$NOTIFY_SOCKET`: an absolute path, or `@` and an abstract name; it may be anything else.
  ///   - pid: The container's init process.
  init(_ directory: ContainerDirectory, manager: String, pid: Int32) throws(RuntimeError) {
    self.pid = pid
    guard manager.utf8.count > 1, manager.hasPrefix("/") || manager.hasPrefix("@") else {
      throw RuntimeError(
        .invalidArgument, "NOTIFY_SOCKET \"\(manager)\": neither an absolute path nor @ and a name")
    }
    self.manager = try during("NOTIFY_SOCKET") { () throws(RuntimeError) in
      try Kernel.connect(to: manager, .datagrams)
    }
    // Any user of the container may have to tell that it is ready.
    let mask = Kernel.setFileModeMask(0)
    defer { Kernel.setFileModeMask(mask) }
    socket = try directory.listenForNotifications()
  }

  /// Waits until the program says that it is ready, or ends.
  ///
  /// - Parameters:
  ///   - process: A descriptor of the init process.
  func awaitReadiness(of process: CInt) throws(RuntimeError) {
    while true {
      let ready = try Kernel.waitForInput([socket.number, process], milliseconds: -1)
      if ready[0] {
        if try pass() { return }
      } else if ready[1] {
        return
      }
    }
  }

  /// Passes one message on.
  ///
  /// - Returns: Whether it says that the program is ready.
  @discardableResult
  func pass() throws(RuntimeError) -> Bool {
    let message = try Kernel.receive(from: socket.number, limit: ReadinessProxy.mostBytes)
    var lines = message.bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
    let isReady = lines.contains(Array("READY=1".utf8))
    // A pid of the container's pid namespace is another process's outside.
    lines.removeAll { $0.starts(with: "MAINPID=".utf8) }
    if isReady { lines.append(Array("MAINPID=\(pid)".utf8)) }
    if lines.isEmpty { return isReady }
    try Kernel.send(Array(lines.joined(separator: [UInt8(ascii: "\n")])), to: manager.number)
    return isReady
  }
}
