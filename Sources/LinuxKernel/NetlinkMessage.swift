internal import CLinux
public import RuntimeErrors

/// One message of netlink(7): a header, and what it says.
///
/// Only whole messages and attributes come out of `parse`: every length is checked against what is there,
/// and no address is computed from one.
public struct NetlinkMessage: Sendable, Equatable {
  /// NLMSG_* below 16, else the family's own, such as RTM_NEWLINK.
  public var type: UInt16
  /// NLM_F_*
  public var flags: UInt16
  /// An answer has its request's.
  public var sequence: UInt32
  /// What follows the header.
  public var payload: [UInt8]

  private static let headerSize = 16

  /// A message that says `payload`.
  public init(type: UInt16, flags: UInt16, sequence: UInt32, payload: [UInt8]) {
    self.type = type
    self.flags = flags
    self.sequence = sequence
    self.payload = payload
  }

  /// The bytes to send; the sender's port is 0, which lets the kernel fill it in.
  public var encoded: [UInt8] {
    nativeBytes(UInt32(NetlinkMessage.headerSize + payload.count)) + nativeBytes(type) + nativeBytes(flags)
      + nativeBytes(sequence) + nativeBytes(UInt32(0)) + payload
  }

  /// Takes apart what one recvmsg(2) brought.
  ///
  /// - Throws: `systemCall` if a length is impossible.
  public static func parse(_ bytes: [UInt8]) throws(RuntimeError) -> [NetlinkMessage] {
    var messages: [NetlinkMessage] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard
        let length = rest.integer(at: 0, UInt32.self).map(Int.init),
        length >= headerSize, length <= rest.count,
        let type = rest.integer(at: 4, UInt16.self), let flags = rest.integer(at: 6, UInt16.self),
        let sequence = rest.integer(at: 8, UInt32.self)
      else { throw damagedNetlink("a message of \(rest.count) bytes") }
      messages.append(
        NetlinkMessage(
          type: type,
          flags: flags,
          sequence: sequence,
          payload: Array(rest.prefix(length).dropFirst(headerSize))
        )
      )
      rest = rest.dropFirst(aligned(length))
    }
    return messages
  }

  /// How a request ended, if this message says so.
  public struct Outcome: Sendable, Equatable {
    /// 0 for success.
    public var errno: CInt
    /// The kernel's own words, NLMSGERR_ATTR_MSG.
    public var words: String?
  }

  /// The end of the answers: NLMSG_ERROR, which also acknowledges, or NLMSG_DONE after a dump.
  ///
  /// - Returns: nil if this is an answer itself.
  public var outcome: Outcome? {
    get throws(RuntimeError) {
      guard CInt(type) == NLMSG_ERROR || CInt(type) == NLMSG_DONE else { return nil }
      // A dump that ended well may say nothing at all.
      guard let code = payload[...].integer(at: 0, Int32.self) else {
        if CInt(type) == NLMSG_DONE { return Outcome(errno: 0) }
        throw damagedNetlink("an acknowledgment of \(payload.count) bytes")
      }
      var outcome = Outcome(errno: code == Int32.min ? Int32.max : -code)
      guard CInt(flags) & NLM_F_ACK_TLVS != 0 else { return outcome }
      let attributes = try NetlinkAttribute.parse(payload.dropFirst(sizeBeforeAttributes))
      let words = attributes.first { $0.type == UInt16(NLMSGERR_ATTR_MSG.rawValue) }
      outcome.words = words?.text
      return outcome
    }
  }

  /// NLMSG_ERROR repeats the request: its header, and unless it is capped also what it said.
  private var sizeBeforeAttributes: Int {
    guard CInt(type) == NLMSG_ERROR else { return 4 }
    if CInt(flags) & NLM_F_CAPPED != 0 { return 4 + NetlinkMessage.headerSize }
    return 4 + aligned(payload[...].integer(at: 4, UInt32.self).map(Int.init) ?? 0)
  }
}

/// A named value in a message. netlink(7), struct nlattr
public struct NetlinkAttribute: Sendable, Equatable {
  /// Without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER.
  public var type: UInt16
  /// Without padding.
  public var value: [UInt8]

  private static let headerSize = 4

  /// An attribute of bytes.
  public init(_ type: UInt16, _ value: [UInt8]) {
    self.type = type
    self.value = value
  }

  /// An attribute that is a number.
  public init(_ type: UInt16, _ value: some FixedWidthInteger) {
    self.init(type, nativeBytes(value))
  }

  /// An attribute that is text, which ends with a zero byte.
  public init(_ type: UInt16, _ text: String) {
    self.init(type, Array(text.utf8) + [0])
  }

  /// The value as text, up to the first zero byte.
  public var text: String { String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) }

  /// The value as a number of the machine's byte order; nil if it is too short.
  public func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
    value[...].integer(at: 0, Number.self)
  }

  /// The bytes to send, padded to four.
  public var encoded: [UInt8] {
    let length = NetlinkAttribute.headerSize + value.count
    return nativeBytes(UInt16(length)) + nativeBytes(type) + value
      + [UInt8](repeating: 0, count: aligned(length) - length)
  }

  /// Takes a list of attributes apart.
  ///
  /// - Throws: `systemCall` if a length is impossible.
  public static func parse(_ bytes: ArraySlice<UInt8>) throws(RuntimeError) -> [NetlinkAttribute] {
    var attributes: [NetlinkAttribute] = []
    var rest = bytes
    while !rest.isEmpty {
      guard
        let length = rest.integer(at: 0, UInt16.self).map(Int.init),
        let type = rest.integer(at: 2, UInt16.self),
        length >= headerSize, length <= rest.count
      else { throw damagedNetlink("an attribute of \(rest.count) bytes") }
      attributes.append(NetlinkAttribute(type & 0x3fff, Array(rest.prefix(length).dropFirst(headerSize))))
      rest = rest.dropFirst(aligned(length))
    }
    return attributes
  }
}

/// Messages and attributes begin at multiples of four bytes.
private func aligned(_ length: Int) -> Int { (length + 3) & ~3 }

/// The kernel sent something that is no message.
func damagedNetlink(_ what: String) -> RuntimeError {
  RuntimeError(.systemCall, "netlink: the kernel's answer is damaged: \(what)")
}

/// A number's bytes in the machine's order, which netlink uses.
func nativeBytes(_ number: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: number) { Array($0) }
}

extension ArraySlice<UInt8> {
  /// A number in the machine's byte order.
  ///
  /// - Parameters:
  ///   - offset: From the beginning of the slice.
  /// - Returns: nil if it is not there as a whole.
  func integer<Number: FixedWidthInteger>(at offset: Int, _: Number.Type) -> Number? {
    let bytes = dropFirst(offset).prefix(MemoryLayout<Number>.size)
    guard bytes.count == MemoryLayout<Number>.size else { return nil }
    var number: Number = 0
    Swift.withUnsafeMutableBytes(of: &number) { $0.copyBytes(from: bytes) }
    return number
  }
}
