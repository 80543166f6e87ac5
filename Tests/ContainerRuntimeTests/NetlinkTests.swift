import RuntimeErrors
import Testing

@testable import LinuxKernel

@Suite("netlink messages")
struct NetlinkTests {
  private static let newLink: UInt16 = 16
  private static let newAddress: UInt16 = 20
  private static let error: UInt16 = 2
  private static let done: UInt16 = 3
  private static let (capped, hasAttributes): (UInt16, UInt16) = (0x100, 0x200)

  private func message(_ type: UInt16, flags: UInt16 = 0, _ payload: [UInt8]) -> NetlinkMessage {
    NetlinkMessage(type: type, flags: flags, sequence: 7, payload: payload)
  }

  /// The end of a request that the kernel refused, with the request repeated in it.
  private func refusal(repeating request: [UInt8], flags: UInt16, words: String) -> NetlinkMessage {
    let attribute = NetlinkAttribute(1, words)
    return message(Self.error, flags: flags, nativeBytes(Int32(-17)) + request + attribute.encoded)
  }

  @Test func `several messages come out of one part as they went in`() throws {
    let messages = [message(16, [1, 2, 3]), message(20, flags: 2, []), message(3, [0, 0, 0, 0])]
    var bytes: [UInt8] = []
    for message in messages {
      bytes += message.encoded
      while bytes.count % 4 != 0 { bytes.append(0) }
    }
    #expect(try NetlinkMessage.parse(bytes) == messages)
    #expect(try NetlinkMessage.parse([]) == [])
  }

  @Test func `a length that cannot be is an error`() throws {
    let good = message(16, [1, 2, 3, 4]).encoded
    for length in [0, 1, 15, 21, .max] as [UInt32] {
      #expect(throws: RuntimeError.self) {
        try NetlinkMessage.parse(nativeBytes(length) + good.dropFirst(4))
      }
    }
    for count in 1..<good.count {
      #expect(throws: RuntimeError.self) { try NetlinkMessage.parse(Array(good.prefix(count))) }
    }
    for length in [0, 3, 9, .max] as [UInt16] {
      #expect(throws: RuntimeError.self) {
        try NetlinkAttribute.parse((nativeBytes(length) + [1, 0, 9, 9, 9, 9])[...])
      }
    }
  }

  @Test func `attributes are padded, and lose the flags of their type`() throws {
    let attributes = [NetlinkAttribute(3, "eth0"), NetlinkAttribute(28, UInt32(5)), NetlinkAttribute(1, [])]
    let bytes = attributes.flatMap(\.encoded)
    #expect(bytes.count == 12 + 8 + 4)
    #expect(try NetlinkAttribute.parse(bytes[...]) == attributes)
    #expect(attributes[0].text == "eth0" && attributes[1].number(UInt32.self) == 5)
    #expect(attributes[2].number(UInt32.self) == nil)
    #expect(try NetlinkAttribute.parse([4, 0, 1, 0x80]) == [NetlinkAttribute(1, [])])
  }

  @Test func `the outcome is the errno with the kernel's words`() throws {
    #expect(try message(16, []).outcome == nil)
    #expect(try message(Self.done, []).outcome == .init(errno: 0))
    #expect(try message(Self.done, nativeBytes(Int32(-4))).outcome == .init(errno: 4))
    #expect(throws: RuntimeError.self) { try message(Self.error, [1, 2]).outcome }
    #expect(try message(Self.error, nativeBytes(Int32.min)).outcome?.errno == .max)

    let request = message(19, [1, 2, 3, 4, 5, 6, 7, 8]).encoded
    let whole = refusal(repeating: request, flags: Self.hasAttributes, words: "No")
    let header = Array(request.prefix(16))
    let short = refusal(repeating: header, flags: Self.hasAttributes | Self.capped, words: "No")
    let silent = refusal(repeating: header, flags: Self.capped, words: "No")
    #expect(try whole.outcome == .init(errno: 17, words: "No"))
    #expect(try short.outcome == .init(errno: 17, words: "No"))
    #expect(try silent.outcome == .init(errno: 17))
  }

  private var link: [UInt8] {
    NetworkLink.payload(index: 9, setting: 8, [NetlinkAttribute(3, "eth0"), NetlinkAttribute(67, UInt8(1))])
  }

  private func address(_ label: String?, family: UInt8 = 2, flags: UInt32 = 0x80) -> [UInt8] {
    let local: [UInt8] =
      family == 2 ? [10, 0, 0, 1] : [0x20, 1, 0x0d, 0xb8] + Array(repeating: 0, count: 12)
    return [family, 24, UInt8(truncatingIfNeeded: flags), 0] + nativeBytes(Int32(9))
      + [NetlinkAttribute(1, local), NetlinkAttribute(2, local), NetlinkAttribute(8, flags)].flatMap(
        \.encoded
      )
      + (label.map { NetlinkAttribute(3, $0).encoded } ?? []) + NetlinkAttribute(6, [1, 2, 3, 4]).encoded
  }

  @Test func `a link says its number, name and nature`() throws {
    let link = try NetworkLink(payload: link)
    #expect(link.index == 9 && link.name == "eth0" && link.isLoopback && link.isImmovable)
    #expect(throws: RuntimeError.self) { try NetworkLink(payload: NetworkLink.payload(index: 9)) }
    #expect(throws: RuntimeError.self) { try NetworkLink(payload: [1, 2, 3]) }
  }

  @Test func `only permanent addresses of global scope move, without the kernel's own flags`() throws {
    var address = try NetworkAddress(payload: address("eth0", flags: 0x80 | 0x01 | 0x200))
    #expect(address.isPermanentAndGlobal && address.text == "10.0.0.1/24")
    let copy = try NetworkAddress(payload: address.payload)
    #expect(copy.flags == 0x200)
    #expect(copy.attributes == address.attributes && copy.attributes.count == 2)
    #expect(!copy.isPermanentAndGlobal)
    address.scope = 253
    #expect(!address.isPermanentAndGlobal)
    let newer = try NetworkAddress(payload: self.address(nil, family: 10))
    #expect(newer.goesBeforeOlder && newer.text == "2001:db8::/24" && newer.label == nil)
    #expect(throws: RuntimeError.self) { try NetworkAddress(payload: [2, 24, 0, 0]) }
  }

  @Test func `a label follows the device's name`() throws {
    let old = try NetworkLink(payload: link)
    var new = old
    (new.name, new.index) = ("container0", 4)
    func label(_ label: String?) throws -> String? {
      let moved = try NetworkAddress(payload: address(label)).on(new, insteadOf: old)
      #expect(moved.index == 4)
      return moved.label
    }
    #expect(try label("eth0") == "container0")
    #expect(try label("eth0:old") == "container0:old")
    #expect(try label("eth0:longer") == nil, "16 bytes do not fit")
    #expect(try label("other") == "other")
    #expect(try label("eth01") == "eth01")
    #expect(try label(nil) == nil)
    #expect(try label("far longer than a name can be") == nil)
  }

  @Test func `damaged messages are refused, not believed`() {
    var random = Noise(state: 88_172_645_463_325_252)
    let request = message(19, [1, 2, 3, 4]).encoded
    let seeds: [NetlinkMessage] = [
      message(Self.newLink, link), message(Self.newAddress, address("eth0:1")),
      refusal(repeating: request, flags: Self.hasAttributes, words: "Device is immovable"),
    ]
    for round in 0..<20_000 {
      var bytes = seeds[round % seeds.count].encoded
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: bytes.indices, using: &random)
        let extremes: [UInt8] = [0, 0x7f, 0xff]
        bytes[index] =
          extremes.randomElement(using: &random).flatMap {
            Bool.random(using: &random) ? $0 : nil
          } ?? UInt8.random(in: 0...255, using: &random)
      }
      if round % 5 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
      for message in (try? NetlinkMessage.parse(bytes)) ?? [] {
        _ = try? message.outcome
        _ = try? NetworkLink(payload: message.payload)
        let address = try? NetworkAddress(payload: message.payload)
        _ = address.map { NetlinkMessage(type: 20, flags: 0, sequence: 1, payload: $0.payload).encoded }
      }
    }
  }

  /// xorshift: the same numbers every time.
  private struct Noise: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }
}
