internal import CLinux
internal import Glibc
public import RuntimeErrors

/// What is awaited of a descriptor, and what came. poll(2)
public struct Readiness: Sendable, Equatable {
  /// A negative one is passed over.
  public var descriptor: CInt
  /// Whether input is awaited.
  public var wantsInput: Bool
  /// Whether room for output is awaited.
  public var wantsOutput: Bool
  /// Whether something can be read, or has ended.
  public private(set) var hasInput = false
  /// Whether something can be written, or nobody reads any more.
  public private(set) var hasRoom = false

  /// Awaits input, or room for output.
  public init(_ descriptor: CInt, input: Bool = false, output: Bool = false) {
    self.descriptor = descriptor
    wantsInput = input
    wantsOutput = output
  }

  fileprivate var request: pollfd {
    let events = (wantsInput ? POLLIN : 0) | (wantsOutput ? POLLOUT : 0)
    // Nothing awaited: a line that hung up would otherwise be told of without end.
    return pollfd(fd: events == 0 ? -1 : descriptor, events: Int16(events), revents: 0)
  }

  fileprivate mutating func take(_ events: CInt) {
    let end = POLLHUP | POLLERR | POLLNVAL
    hasInput = wantsInput && events & (POLLIN | end) != 0
    hasRoom = wantsOutput && events & (POLLOUT | end) != 0
  }
}

extension Kernel {
  /// poll(2)
  ///
  /// - Parameters:
  ///   - awaited: Gets what came.
  ///   - milliseconds: How long to wait; -1 for ever.
  public static func wait(for awaited: inout [Readiness], milliseconds: CInt) throws(RuntimeError) {
    var requests = awaited.map(\.request)
    let count = retrying { raw(__NR_poll, address(&requests), requests.count, Int(milliseconds)) }
    try check(count, "poll")
    for index in awaited.indices { awaited[index].take(CInt(requests[index].revents)) }
  }

  /// pipe2(2): the first end is read, the second written.
  public static func makePipe() throws(RuntimeError) -> DescriptorPair {
    var ends: (CInt, CInt) = (-1, -1)
    try check(raw(__NR_pipe2, address(&ends), Int(O_CLOEXEC)), "pipe2")
    return DescriptorPair(ends)
  }

  /// One write(2).
  ///
  /// - Returns: How many bytes went; nil if nobody reads any more.
  public static func writeSome(_ descriptor: CInt, _ bytes: ArraySlice<UInt8>) throws(RuntimeError) -> Int? {
    let count = bytes.withUnsafeBytes { part in
      retrying { raw(__NR_write, Int(descriptor), address(part.baseAddress), part.count) }
    }
    if count == Int(-EPIPE) || count == Int(-EIO) { return nil }
    if count == Int(-EAGAIN) { return 0 }
    return try check(count, "write")
  }
}
