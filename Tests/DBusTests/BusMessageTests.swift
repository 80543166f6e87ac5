import Testing

@testable import DBus

@Suite("messages of D-Bus")
struct BusMessageTests {
  /// With a value of every kind, nested and empty ones too.
  private var message: BusMessage {
    var message = BusMessage(.call)
    (message.serial, message.path, message.interface) = (7, "/org/x", "org.x.Manager")
    (message.member, message.destination) = ("Start", "org.x")
    message.body = [
      .string("nämé"), .byte(1), .boolean(true), .int32(-5), .uint32(.max), .int64(-6), .uint64(.max),
      .objectPath("/a"), .signature("a(sv)"), .strings([]), .bytes([1, 2, 3]),
      .array(
        of: "(sv)",
        [
          .structure([.string("A"), .variant(.array(of: "(st)", []))]),
          .structure([.string("B"), .variant(.array(of: "u", [.uint32(9)]))]),
        ]),
      .variant(.structure([.byte(3), .uint64(4)])),
    ]
    return message
  }

  @Test("what is written can be read again")
  func roundTrip() throws {
    let bytes = message.bytes
    #expect(BusMessage.length(bytes) == bytes.count)
    #expect(BusMessage(bytes) == message)
  }

  @Test("the specification's example of a call stands byte for byte")
  func layout() {
    var hello = BusMessage(.call)
    (hello.serial, hello.path, hello.member) = (1, "/a", "Hi")
    #expect(
      hello.bytes == [
        0x6c, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 27, 0, 0, 0,
        1, 1, 0x6f, 0, 2, 0, 0, 0, 0x2f, 0x61, 0, 0, 0, 0, 0, 0,
        3, 1, 0x73, 0, 2, 0, 0, 0, 0x48, 0x69, 0, 0, 0, 0, 0, 0,
      ])
  }

  @Test("a message in the other order of bytes is understood")
  func bigEndian() throws {
    let bytes: [UInt8] =
      [0x42, 2, 0, 1, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0, 15]
      + [5, 1, 0x75, 0, 0, 0, 0, 7, 8, 1, 0x67, 0, 1, 0x75, 0, 0] + [0, 0, 1, 2]
    let message = try #require(BusMessage(bytes))
    #expect(message.kind == .answer && message.serial == 9 && message.answered == 7)
    #expect(message.body == [.uint32(258)] && BusMessage.length(bytes) == bytes.count)
  }

  @Test("cut off or changed messages are refused or understood, and nothing is read outside")
  func damaged() {
    let whole = message.bytes
    for count in 0..<whole.count { #expect(BusMessage(Array(whole.prefix(count))) == nil) }
    for index in whole.indices {
      for byte in [0, 1, 0x28, 0x61, 0x7f, 0xff] as [UInt8] {
        var changed = whole
        changed[index] = byte
        _ = BusMessage(changed)
        _ = BusMessage.length(changed)
      }
    }
  }

  @Test(
    "signatures without an end, and deep ones, are refused",
    arguments: [
      "(", "a", "a(", "a{s", ")", "?", String(repeating: "(", count: 200),
      String(repeating: "a", count: 200) + "y",
    ])
  func signatures(_ signature: String) {
    var reader = BusReader([UInt8](repeating: 0, count: 64), isBigEndian: false)
    #expect(reader.read(signature) == nil)
  }
}
