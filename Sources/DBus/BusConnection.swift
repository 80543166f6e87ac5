internal import Glibc
internal import LinuxKernel
public import RuntimeErrors

/// A line to a message bus over its socket: calls and their answers, one at a time, and signals.
///
/// systemd is asked for little, a handful of calls with plain values. So this is less than a library: no
/// threads, no objects of its own, no descriptors in messages; and it can be part of a static program.
/// Every wait has one deadline, and an error names what was waited for.
public final class BusConnection {
  private let socket: Descriptor
  private let address: String
  private let deadline: Int
  private let patience: Int
  private var buffer: [UInt8] = []
  private var serial: UInt32 = 0
  private var signals: [BusMessage] = []

  /// Connects and says hello.
  ///
  /// - Parameters:
  ///   - address: A list such as `unix:path=/run/dbus/system_bus_socket`.
  ///   - milliseconds: For all that is done with this connection.
  public init(address: String, milliseconds: Int) throws(RuntimeError) {
    self.address = address
    patience = milliseconds
    deadline = Kernel.monotonicMilliseconds() + milliseconds
    socket = try Kernel.connect(to: try BusConnection.path(in: address), .stream)
    try authenticate()
    _ = try call(
      "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", [])
  }

  /// D-Bus specification, server addresses
  private static func path(in address: String) throws(RuntimeError) -> String {
    for one in address.split(separator: ";") where one.hasPrefix("unix:") {
      for entry in one.dropFirst(5).split(separator: ",") where entry.hasPrefix("path=") {
        return String(entry.dropFirst(5))
      }
    }
    throw RuntimeError(.unsupported, "the bus address \"\(address)\" has no unix:path=")
  }

  /// D-Bus specification, authentication protocol: the kernel tells the bus who calls.
  ///
  /// The bus asks for the user's ID and gets none: in a user namespace it is another than the bus knows.
  private func authenticate() throws(RuntimeError) {
    try send(Array("\0AUTH EXTERNAL\r\n".utf8))
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: buffer[..<end], as: UTF8.self)
        buffer.removeFirst(end + 1)
        if line.hasPrefix("DATA") {
          try send(Array("DATA\r\n".utf8))
          continue
        }
        guard line.hasPrefix("OK ") else {
          throw RuntimeError(.unsupported, "the bus at \(address) refuses this user: \(line)")
        }
        return try send(Array("BEGIN\r\n".utf8))
      }
      try receive(for: "its greeting")
    }
  }

  /// Calls a method and waits for the answer.
  ///
  /// - Throws: `busFailure`'s name in the message, if the other side refuses.
  public func call(
    _ destination: String, _ path: String, _ interface: String, _ member: String, _ body: [BusValue]
  ) throws(RuntimeError) -> [BusValue] {
    serial += 1
    var message = BusMessage(.call)
    (message.destination, message.path, message.interface, message.member) = (
      destination, path, interface, member
    )
    (message.serial, message.body) = (serial, body)
    try send(message.bytes)
    while true {
      let answer = try next(for: "the answer to \(member)")
      if answer.kind == .signal { signals.append(answer) }
      guard answer.answered == serial else { continue }
      if answer.kind == .answer { return answer.body }
      if answer.kind == .failure {
        let text = answer.body.first?.text ?? ""
        throw RuntimeError(.systemCall, "\(member): \(answer.failureName ?? "unknown failure"): \(text)")
      }
    }
  }

  /// Waits for a signal.
  ///
  /// - Parameters:
  ///   - isMeant: Gets the values of each signal with the name.
  ///   - purpose: What is waited for, for the error at the deadline.
  public func awaitSignal(
    _ member: String, for purpose: String, where isMeant: ([BusValue]) -> Bool
  ) throws(RuntimeError) -> [BusValue] {
    while true {
      while !signals.isEmpty {
        let signal = signals.removeFirst()
        if signal.member == member, isMeant(signal.body) { return signal.body }
      }
      let message = try next(for: purpose)
      if message.kind == .signal { signals.append(message) }
    }
  }

  private func next(for purpose: String) throws(RuntimeError) -> BusMessage {
    while true {
      if buffer.count >= BusMessage.fixedSize {
        guard let length = BusMessage.length(buffer) else { throw damaged() }
        if buffer.count >= length {
          guard let message = BusMessage(Array(buffer.prefix(length))) else { throw damaged() }
          buffer.removeFirst(length)
          return message
        }
      }
      try receive(for: purpose)
    }
  }

  private func damaged() -> RuntimeError {
    RuntimeError(.systemCall, "the bus at \(address) sent something that is no message")
  }

  private func send(_ bytes: [UInt8]) throws(RuntimeError) {
    try Kernel.writeAll(socket.number, bytes, name: address)
  }

  private func receive(for purpose: String) throws(RuntimeError) {
    let left = deadline - Kernel.monotonicMilliseconds()
    guard left > 0, try Kernel.waitForInput([socket.number], milliseconds: CInt(clamping: left))[0] else {
      throw RuntimeError(
        .timedOut, "the bus at \(address) did not give \(purpose) within \(patience / 1000) s",
        hint: "is it running, and is systemd? `busctl status` asks them")
    }
    let bytes = try Kernel.read(socket.number, most: 64 * 1024)
    if bytes.isEmpty { throw RuntimeError(.systemCall, "the bus at \(address) closed the connection") }
    buffer += bytes
  }
}
