internal import CLinux
internal import Glibc
public import RuntimeErrors

/// A line to a part of the kernel that has to do with networks: its devices and routing tables, rtnetlink(7),
/// or packet filters.
///
/// It belongs to the network namespace that the process was in when it was made, and stays there.
public final class NetlinkSocket {
  private let descriptor: Descriptor
  private var sequence: UInt32 = 0

  /// The kernel's parts of a dump are at most 32 KiB.
  private static let largestPart = 64 * 1024
  /// What all answers to one request may sum up to.
  private static let largestAnswer = 16 << 20
  private static let mostRepetitions = 8

  /// What a line leads to.
  public enum Family: CInt, Sendable {
    /// NETLINK_ROUTE
    case route = 0
    /// NETLINK_NETFILTER
    case netfilter = 12
  }

  /// socket(2) with AF_NETLINK; errors bring the kernel's words along, NETLINK_EXT_ACK.
  public init(_ family: Family = .route) throws(RuntimeError) {
    let type = Int(SOCK_RAW.rawValue) | Int(SOCK_CLOEXEC.rawValue)
    let number = raw(__NR_socket, Int(AF_NETLINK), type, Int(family.rawValue))
    descriptor = Descriptor(owning: CInt(try check(number, "socket", "netlink \(family)")))
    for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK] {
      var isOn: CInt = 1
      let size = MemoryLayout<CInt>.size
      let status = raw(
        __NR_setsockopt,
        Int(descriptor.number),
        Int(SOL_NETLINK),
        Int(option),
        address(&isOn),
        size
      )
      try check(status, "setsockopt", "netlink \(family)")
    }
  }

  /// Sends a request and waits until it is done.
  ///
  /// - Parameters:
  ///   - type: RTM_*
  ///   - flags: NLM_F_* beyond NLM_F_REQUEST and NLM_F_ACK.
  ///   - name: The request, for messages.
  /// - Returns: The answers, none for most requests.
  @discardableResult
  func request(
    _ type: Int,
    flags: Int32 = 0,
    _ payload: [UInt8],
    name: @autoclosure () -> String
  ) throws(RuntimeError) -> [NetlinkMessage] {
    try send(type, flags: flags | NLM_F_ACK, payload)
    return try awaitOutcome(name: name()).answers
  }

  /// Sends a request for a list, again if it changed while the kernel read it out.
  ///
  /// - Returns: All parts of it.
  func list(
    _ type: Int,
    _ payload: [UInt8],
    name: @autoclosure () -> String
  ) throws(RuntimeError) -> [NetlinkMessage] {
    for _ in 0..<NetlinkSocket.mostRepetitions {
      try send(type, flags: NLM_F_DUMP, payload)
      let (answers, isConsistent) = try awaitOutcome(name: name())
      if isConsistent { return answers }
    }
    throw RuntimeError(.systemCall, "netlink: \(name()): the list changes faster than it can be read")
  }

  private func send(_ type: Int, flags: Int32, _ payload: [UInt8]) throws(RuntimeError) {
    sequence += 1
    let message = NetlinkMessage(
      type: UInt16(type),
      flags: UInt16(flags | NLM_F_REQUEST),
      sequence: sequence,
      payload: payload
    )
    try Kernel.send(message.encoded, to: descriptor.number)
  }

  private func awaitOutcome(
    name: @autoclosure () -> String
  ) throws(RuntimeError) -> (answers: [NetlinkMessage], isConsistent: Bool) {
    var answers: [NetlinkMessage] = []
    var size = 0
    var isConsistent = true
    while true {
      for message in try NetlinkMessage.parse(try receive()) where message.sequence == sequence {
        if CInt(message.flags) & NLM_F_DUMP_INTR != 0 { isConsistent = false }
        if let outcome = try message.outcome {
          if outcome.errno == 0 { return (answers, isConsistent) }
          var error = failure(-Int(outcome.errno), "netlink", name())
          error.message = outcome.words ?? ""
          throw error
        }
        size += message.payload.count
        guard size <= NetlinkSocket.largestAnswer else { throw damagedNetlink("\(name()) has no end") }
        answers.append(message)
      }
    }
  }

  /// recvfrom(2)
  ///
  /// - Returns: One part of the kernel's answer; what other processes send is passed over.
  private func receive() throws(RuntimeError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: NetlinkSocket.largestPart)
    while true {
      var sender = sockaddr_nl()
      var senderSize = socklen_t(MemoryLayout<sockaddr_nl>.size)
      let count = bytes.withUnsafeMutableBytes { buffer in
        retrying {
          // With MSG_TRUNC the kernel tells the true size of a part that was cut.
          raw(
            __NR_recvfrom,
            Int(descriptor.number),
            address(buffer.baseAddress),
            buffer.count,
            Int(MSG_TRUNC),
            address(&sender),
            address(&senderSize)
          )
        }
      }
      try check(count, "recvfrom", "netlink")
      guard count <= bytes.count else { throw damagedNetlink("a part of \(count) bytes") }
      guard sender.nl_pid == 0 else { continue }
      bytes.removeLast(bytes.count - count)
      return bytes
    }
  }
}
