internal import CLinux
internal import Glibc
public import RuntimeErrors

/// Protocols with ports.
public enum PortProtocol: String, Sendable, CaseIterable {
  /// Transmission Control Protocol.
  case tcp
  /// User Datagram Protocol.
  case udp
}

extension Kernel {
  /// socket(2) and bind(2): takes a port of this network namespace while the descriptor is open.
  ///
  /// - Parameters:
  ///   - address: An IPv4 address in the order of the network; 0.0.0.0 for all.
  /// - Throws: EADDRINUSE if another socket has it, EADDRNOTAVAIL if the address is not the host's.
  public static func takePort(
    _ port: UInt16, _ portProtocol: PortProtocol, address host: [UInt8]
  ) throws(RuntimeError) -> Descriptor {
    let kind = portProtocol == .tcp ? SOCK_STREAM : SOCK_DGRAM
    let type = Int(kind.rawValue) | Int(SOCK_CLOEXEC.rawValue)
    let socket = Descriptor(owning: CInt(try check(raw(__NR_socket, Int(AF_INET), type, 0), "socket")))
    if portProtocol == .tcp {
      // Connections that linger from an earlier listener do not keep the port; listeners do.
      var isOn: CInt = 1
      let size = MemoryLayout<CInt>.size
      let option = Int(SO_REUSEADDR)
      try check(
        raw(__NR_setsockopt, Int(socket.number), Int(SOL_SOCKET), option, address(&isOn), size), "setsockopt")
    }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    withUnsafeMutableBytes(of: &name.sin_addr) { $0.copyBytes(from: host) }
    let size = MemoryLayout<sockaddr_in>.size
    try check(raw(__NR_bind, Int(socket.number), address(&name), size), "bind")
    return socket
  }
}
