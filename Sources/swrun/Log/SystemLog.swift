internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// The syslog service of this host: a datagram in the form of RFC 3164 for each message.
final class SystemLog: LogOutput {
  private let identifier: String
  private let format: LogFormat
  private let socket: Descriptor

  /// Connects to the service.
  init(_ identifier: String, _ format: LogFormat, above first: CInt) throws(RuntimeError) {
    self.identifier = identifier
    self.format = format
    socket = try .service("syslog", at: "/dev/log", above: first)
  }

  var number: CInt { socket.number }

  /// The header has the time and the level, so the text form leaves them out.
  func write(_ entry: LogEntry) throws(RuntimeError) {
    let text =
      format == .json
      ? String(entry.json.dropLast())
      : entry.message + entry.pairs
    let time = entry.localTime("%b %e %H:%M:%S")
    let header = "<\(LOG_USER | entry.severity)>\(time) \(identifier)[\(getpid())]: "
    try Kernel.send(Array(SystemLog.oneLine(header + text).utf8), to: socket.number)
  }

  /// Services write a datagram as a line of a file: what a message quotes must not begin another one.
  static func oneLine(_ text: String) -> String {
    String(decoding: text.utf8.map { $0 < 32 || $0 == 127 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
  }
}
