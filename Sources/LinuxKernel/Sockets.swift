internal import CLinux
internal import Glibc
public import RuntimeErrors

/// Kinds of AF_UNIX sockets.
public enum SocketKind: Sendable {
  /// SOCK_STREAM: bytes.
  case stream
  /// SOCK_SEQPACKET: messages that keep their borders.
  case packets
  /// SOCK_DGRAM: messages to a service.
  case datagrams

  var number: CInt {
    switch self {
    case .stream: CInt(SOCK_STREAM.rawValue)
    case .packets: CInt(SOCK_SEQPACKET.rawValue)
    case .datagrams: CInt(SOCK_DGRAM.rawValue)
    }
  }
}

extension Kernel {
  /// socketpair(2)
  public static func makeSocketPair(_ kind: SocketKind) throws(RuntimeError) -> DescriptorPair {
    var ends: (CInt, CInt) = (-1, -1)
    let type = Int(kind.number) | Int(SOCK_CLOEXEC.rawValue)
    try check(raw(__NR_socketpair, Int(AF_UNIX), type, 0, address(&ends)), "socketpair")
    return DescriptorPair(ends)
  }

  /// socket(2) and connect(2)
  ///
  /// - Parameters:
  ///   - isPatient: Whether to wait while the listener's queue is full; else that is EAGAIN.
  public static func connect(
    to path: String, _ kind: SocketKind, isPatient: Bool = true
  ) throws(RuntimeError) -> Descriptor {
    let type = kind.number | (isPatient ? 0 : CInt(SOCK_NONBLOCK.rawValue))
    return Descriptor(owning: CInt(try check(linux_unix_connect(path, type), "connect", path)))
  }

  /// socket(2), bind(2) and, but for datagrams, listen(2)
  ///
  /// - Parameters:
  ///   - path: At most 107 bytes; `/proc/self/fd/N/name` reaches longer ones.
  public static func listen(on path: String, _ kind: SocketKind) throws(RuntimeError) -> Descriptor {
    Descriptor(owning: CInt(try check(linux_unix_listen(path, kind.number), "bind", path)))
  }

  /// accept4(2)
  public static func accept(_ listener: CInt) throws(RuntimeError) -> Descriptor {
    let number = retrying { raw(__NR_accept4, Int(listener), 0, 0, Int(SOCK_CLOEXEC.rawValue)) }
    return Descriptor(owning: CInt(try check(number, "accept4")))
  }

  /// sendmsg(2) with SCM_RIGHTS; a peer that is gone is EPIPE, never a signal.
  ///
  /// - Parameters:
  ///   - descriptors: At most 8.
  public static func send(
    _ bytes: [UInt8], descriptors: [CInt] = [], to socket: CInt
  ) throws(RuntimeError) {
    let status = retrying { linux_send(socket, bytes, bytes.count, descriptors, CInt(descriptors.count)) }
    try check(status, "sendmsg")
  }

  /// sendmsg(2) until all is sent, the descriptor with the first part.
  public static func sendAll(
    _ bytes: [UInt8], descriptor: CInt, to socket: CInt
  ) throws(RuntimeError) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { rest in
        retrying {
          withUnsafePointer(to: descriptor) {
            linux_send(socket, rest.baseAddress, rest.count, $0, sent == 0 ? 1 : 0)
          }
        }
      }
      sent += try check(count, "sendmsg")
    }
  }

  /// recvmsg(2)
  ///
  /// - Parameters:
  ///   - limit: The largest message; a longer one is cut.
  /// - Returns: The bytes, empty at the end of the stream or after a reset, and a descriptor if one came along.
  public static func receive(from socket: CInt, limit: Int) throws(RuntimeError) -> Message {
    var number: CInt = -1
    var count: CInt = 1
    var received = 0
    // Only what arrives is touched: a page of zeros costs a fault.
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, length in
      received = retrying { linux_receive(socket, buffer.baseAddress, limit, &number, &count) }
      // A peer that ended with something unread: for the reader the stream is over.
      if received == Int(-ECONNRESET) { received = 0 }
      length = max(0, received)
    }
    try check(received, "recvmsg")
    return Message(bytes: bytes, descriptor: count == 1 ? Descriptor(owning: number) : nil)
  }

  /// setsockopt(2) SO_SNDTIMEO: a receiver that is slower than this is EAGAIN.
  public static func limitSending(_ socket: CInt, seconds: Int) throws(RuntimeError) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    let size = MemoryLayout<timeval>.size
    let option = Int(SO_SNDTIMEO)
    try check(
      raw(__NR_setsockopt, Int(socket), Int(SOL_SOCKET), option, address(&time), size), "setsockopt")
  }
}

/// What recvmsg(2) brought.
public struct Message: ~Copyable {
  /// The payload; empty at the end of the stream.
  public let bytes: [UInt8]
  /// The descriptor that came along.
  public var descriptor: Descriptor?
}
