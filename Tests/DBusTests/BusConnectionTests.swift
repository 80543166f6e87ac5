import Foundation
import RuntimeErrors
import Testing

@testable import DBus

/// A bus of a test's own.
private final class PrivateBus {
  let address: String
  private let daemon = Process()
  private let directory: URL

  static let program = ["/usr/bin/dbus-daemon", "/bin/dbus-daemon"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "swrun-bus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    address = "unix:path=\(directory.path)/bus"
    daemon.executableURL = URL(filePath: try #require(PrivateBus.program))
    daemon.arguments = ["--session", "--nofork", "--nopidfile", "--address=\(address)"]
    daemon.standardError = FileHandle.nullDevice
    try daemon.run()
    let socket = directory.path + "/bus"
    for _ in 0..<500 where !FileManager.default.fileExists(atPath: socket) { usleep(10_000) }
  }

  /// Stops answering.
  func freeze() { kill(daemon.processIdentifier, SIGSTOP) }

  deinit {
    kill(daemon.processIdentifier, SIGKILL)
    daemon.waitUntilExit()
    try? FileManager.default.removeItem(at: directory)
  }
}

@Suite(
  "a line to a message bus",
  .enabled(if: PrivateBus.program != nil, "dbus-daemon is not installed"))
struct BusConnectionTests {
  private let bus: PrivateBus

  init() throws { bus = try PrivateBus() }

  private func call(
    _ connection: BusConnection, _ member: String, _ body: [BusValue] = []
  ) throws -> [BusValue] {
    try connection.call(
      "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", member, body)
  }

  @Test("calls are answered, and signals wait until they are asked for")
  func answers() throws {
    let connection = try BusConnection(address: bus.address, milliseconds: 10_000)
    #expect(try call(connection, "NameHasOwner", [.string("org.freedesktop.DBus")]) == [.boolean(true)])
    _ = try call(connection, "AddMatch", [.string("type='signal',member='NameOwnerChanged'")])
    #expect(try call(connection, "RequestName", [.string("org.swrun.Test"), .uint32(0)]) == [.uint32(1)])
    let values = try connection.awaitSignal("NameOwnerChanged", for: "the name") {
      $0.first?.text == "org.swrun.Test"
    }
    #expect(values.count == 3)
  }

  @Test("a refusal has the name that the other side gives")
  func refusal() throws {
    let connection = try BusConnection(address: bus.address, milliseconds: 10_000)
    #expect { try call(connection, "NoSuchMethod") } throws: {
      "\($0)".contains("NoSuchMethod: org.freedesktop.DBus.Error.UnknownMethod")
    }
  }

  @Test("a bus that does not answer is given up at the deadline, with what was waited for")
  func frozen() throws {
    let connection = try BusConnection(address: bus.address, milliseconds: 300)
    bus.freeze()
    #expect { try call(connection, "ListNames") } throws: { error in
      (error as? RuntimeError)?.code == .timedOut && "\(error)".contains("the answer to ListNames")
    }
    #expect { try BusConnection(address: bus.address, milliseconds: 300) } throws: { error in
      (error as? RuntimeError)?.code == .timedOut && "\(error)".contains("its greeting")
    }
  }

  @Test(
    "no bus, and an address that is none, are errors",
    arguments: [
      ("unix:path=/nowhere/bus", "/nowhere/bus"), ("tcp:host=x", "no unix:path="), ("", "no unix:path="),
    ])
  func missing(_ address: String, _ text: String) {
    #expect { try BusConnection(address: address, milliseconds: 300) } throws: { "\($0)".contains(text) }
  }
}
