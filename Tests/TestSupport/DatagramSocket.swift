internal import Foundation

/// A service that takes datagrams, such as a journal.
public final class DatagramSocket {
  /// Where it is bound.
  public let path: String
  private let number: CInt

  /// A socket in `directory`, in a place short enough for sockaddr_un.
  public init(in directory: String, named name: String) throws {
    path = directory + "/" + name
    number = try checked(socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket")
    try checked(DatagramSocket.with(path) { bind(number, $0, $1) }, "binding \(path)")
  }

  /// A socket that sends to it; the caller closes it.
  public func connect() throws -> CInt {
    let sender = try checked(
      socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket")
    try checked(DatagramSocket.with(path) { Glibc.connect(sender, $0, $1) }, "connecting to \(path)")
    return sender
  }

  private static func with(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  deinit {
    close(number)
    unlink(path)
  }

  /// All datagrams that have come.
  public func received() -> [[UInt8]] {
    var datagrams: [[UInt8]] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = recv(number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count >= 0 else { return datagrams }
      datagrams.append(Array(buffer.prefix(count)))
    }
  }
}

extension Command {
  /// The same command on a host of its own where a file lies at `place`: in a private mount namespace, which
  /// nobody else sees.
  ///
  /// - Parameters:
  ///   - mounted: A directory above `place`, which is empty there but for /dev/null.
  public func onHost(with file: String, at place: String, mounted: String) -> Command {
    var command = self
    command.program = "unshare"
    let script = """
      mount -t tmpfs swrun-test $3 && mkdir -p ${2%/*} && touch $2 && mount --bind $1 $2 || exit 99
      test $3 != /dev || mknod -m 666 /dev/null c 1 3 || exit 99
      shift 3; exec "$@"
      """
    command.arguments =
      ["--mount", "--propagation", "private", "sh", "-c", script, "sh", file, place, mounted, program]
      + arguments
    return command
  }
}
