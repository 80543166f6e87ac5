import RuntimeErrors
import Testing

@testable import ContainerRuntime

/// The bytes are those that protoc makes of the same text.
@Suite("messages to and from CRIU")
struct CriuMessageTests {
  private func bytes(_ write: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    write(&writer)
    return writer.bytes
  }

  @Test("numbers take seven bits a byte, and text is preceded by its length")
  func fields() {
    #expect(bytes { $0.put(1, Int32(150)) } == [0x08, 0x96, 0x01])
    #expect(bytes { $0.put(2, "testing") } == [0x12, 0x07] + Array("testing".utf8))
    #expect(bytes { $0.put(68, "a") } == [0xa2, 0x04, 0x01, 0x61])
    #expect(bytes { $0.put(3, true) } == [0x18, 0x01])
    #expect(bytes { $0.put(4, false) } == [0x20, 0x00])
    #expect(bytes { $0.put(38, UInt32(0x4000_0000)) } == [0xb0, 0x02, 0x80, 0x80, 0x80, 0x80, 0x04])
    #expect(bytes { $0.put(5, nil as String?) } == [])
  }

  @Test("a negative number has ten bytes")
  func negative() {
    let minusOne: [UInt8] = [0x08] + Array(repeating: 0xff, count: 9) + [0x01]
    #expect(bytes { $0.put(1, Int32(-1)) } == minusOne)
    var reader = WireReader(minusOne[...])
    #expect((try? reader.next())??.value.int32 == -1)
  }

  @Test("messages are nested with their length")
  func nested() {
    let message = bytes { $0.put(11) { $0.put(2, Int32(150)) } }
    #expect(message == [0x5a, 0x03, 0x10, 0x96, 0x01])
  }

  @Test("requests have the kind first, then the options")
  func requests() {
    #expect(CriuRequest.version.message() == [0x08, 0x0a, 0x20, 0x01])
    #expect(CriuRequest.features.message() == [0x08, 0x09, 0x20, 0x01, 0x2a, 0x04, 0x08, 0x01, 0x10, 0x01])
    #expect(CriuRequest.notified(success: true) == [0x08, 0x06, 0x18, 0x01])
    #expect(CriuRequest.notified(success: false) == [0x08, 0x06, 0x18, 0x00])
    var options = CriuOptions(imageDirectory: 5, workDirectory: 6, logFile: "x")
    options.settings.tcpEstablished = true
    options.settings.cgroupsMode = .strict
    options.external = ["mnt[/a]:/b"]
    let message = CriuRequest.dump.message(options)
    #expect(message.starts(with: [0x08, 0x01, 0x12]))
    let expected: [[UInt8]] = [
      [0x08, 0x05], [0x28, 0x01], [0x52, 0x01, 0x78], [0x60, 0x01], [0x88, 0x01, 0x06], [0x90, 0x02, 0x05],
      [0xaa, 0x02, 0x0a] + Array("mnt[/a]:/b".utf8),
    ]
    for field in expected { #expect(message.contains(field), "\(field)") }
  }

  @Test("responses are read, and unknown fields passed over")
  func responses() throws {
    let notification = try CriuResponse([
      0x08, 0x06, 0x10, 0x01, 0x2a, 0x06, 0x0a, 0x02, 0x68, 0x69, 0x10, 0x2a,
    ])
    #expect(notification.kind == .notify && notification.success)
    #expect(notification.event == "hi" && notification.pid == 42)
    let restored = try CriuResponse([0x08, 0x02, 0x10, 0x01, 0x22, 0x03, 0x08, 0xe8, 0x07])
    #expect(restored.kind == .restore && restored.pid == 1000)
    let failed = try CriuResponse([0x08, 0x01, 0x10, 0x00, 0x38, 0x03, 0x58, 0x00, 0xfa, 0x3e, 0x01, 0x00])
    #expect(failed.kind == .dump && !failed.success && failed.errno == 3)
    let version = try CriuResponse([0x08, 0x0a, 0x10, 0x01, 0x52, 0x06, 0x08, 0x04, 0x10, 0x01, 0x20, 0x01])
    #expect(version.version == 40101)
    let features = try CriuResponse([0x08, 0x09, 0x10, 0x01, 0x42, 0x04, 0x08, 0x00, 0x10, 0x01])
    #expect(!features.tracksMemory && features.hasLazyPages)
  }

  @Test(
    "damaged messages are errors",
    arguments: [[0x08], [0x2a, 0x05, 0x01], [0x0f, 0x01], [0x80], Array(repeating: 0xff, count: 12)]
      as [[UInt8]])
  func damaged(bytes: [UInt8]) {
    #expect(throws: RuntimeError.self) { try CriuResponse(bytes) }
  }

  @Test("a page server is an address and a port")
  func pageServer() {
    #expect(PageServer("10.0.0.1:27")?.address == "10.0.0.1")
    #expect(PageServer("[::1]:27")?.address == "::1")
    #expect(PageServer("host:65535")?.port == 65535)
    for text in ["host", ":1", "host:", "host:65536", "::1", "a:b", "host:-1"] {
      #expect(PageServer(text) == nil, "\(text)")
    }
  }
}
