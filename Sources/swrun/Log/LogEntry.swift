internal import Glibc
internal import JSON
internal import LinuxKernel
internal import Logging

/// A message, with what the forms of a log make of it.
struct LogEntry {
  let level: Logger.Level
  let message: String
  /// `code` and `hint` of an error, by key.
  let details: [(key: String, value: String)]
  private let time = TimeOfDay.now

  init(level: Logger.Level, message: String, details: [(key: String, value: String)]) {
    self.level = level
    self.message = message
    self.details = details
  }

  /// One JSON object in a line, with the members of logrus.
  var json: String {
    var fields = ["level": level.rawValue, "msg": message, "time": now]
    for (key, value) in details { fields[key] = value }
    return String(decoding: JSONWriter().encode(fields), as: UTF8.self) + "\n"
  }

  /// `time="…" level=warning msg="…"`
  var text: String {
    let start = "time=\(LogEntry.quoted(now)) level=\(level.rawValue) msg=\(LogEntry.quoted(message))"
    return start + pairs + "\n"
  }

  /// ` code="…" hint="…"`
  var pairs: String { details.map { " \($0.key)=\(LogEntry.quoted($0.value))" }.joined() }

  /// The line in one of the two forms.
  func line(_ format: LogFormat) -> String { format == .json ? json : text }

  /// The priority of syslog(3).
  var severity: CInt {
    switch level {
    case .trace, .debug: LOG_DEBUG
    case .info: LOG_INFO
    case .notice: LOG_NOTICE
    case .warning: LOG_WARNING
    case .error: LOG_ERR
    case .critical: LOG_CRIT
    }
  }

  /// The time of this place as `format` of strftime(3) writes it.
  func localTime(_ format: String) -> String {
    var time = time.seconds
    var parts = tm()
    localtime_r(&time, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let length = strftime(&buffer, buffer.count, format, &parts)
    return String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private var now: String { time.text() }

  private static func quoted(_ text: String) -> String {
    String(decoding: JSONWriter().encode(text), as: UTF8.self)
  }
}
