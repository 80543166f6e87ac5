internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// systemd's journal, by its native protocol: a datagram of fields for each message.
///
/// https://systemd.io/JOURNAL_NATIVE_PROTOCOL
final class JournalLog: LogOutput {
  private static let path = "/run/systemd/journal/socket"
  private let identifier: String
  private let socket: Descriptor

  /// Connects to the journal.
  init(_ identifier: String, above first: CInt) throws(RuntimeError) {
    self.identifier = identifier
    socket = try .service("journald", at: JournalLog.path, above: first)
  }

  var number: CInt { socket.number }

  func write(_ entry: LogEntry) throws(RuntimeError) {
    var fields = [
      ("MESSAGE", entry.message), ("PRIORITY", "\(entry.severity)"), ("SYSLOG_IDENTIFIER", identifier),
      ("SYSLOG_PID", "\(getpid())"),
    ]
    fields += entry.details.map { ("SWRUN_" + $0.key.uppercased(), $0.value) }
    try Kernel.send(fields.flatMap { JournalLog.field($0.0, $0.1) }, to: socket.number)
  }

  /// `NAME=value`; a value with line ends has its length before it instead, as 64 bits, little-endian.
  static func field(_ name: String, _ value: String) -> [UInt8] {
    let end = UInt8(ascii: "\n")
    guard value.utf8.contains(end) else { return Array("\(name)=\(value)\n".utf8) }
    let length = UInt64(value.utf8.count)
    return name.utf8 + [end] + (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + value.utf8 + [
      end
    ]
  }
}
