internal import Glibc
internal import JSON
internal import LinuxKernel
internal import Logging
internal import RuntimeErrors

/// Writes log lines as runc does, so that clients can read them: one line, one write(2), appended.
struct LogSink: LogHandler {
  /// A file, or nil for standard error.
  let path: String?
  let format: LogFormat
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.warning

  init(path: String?, format: LogFormat) {
    self.path = path
    self.format = format
  }

  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var fields = ["level": event.level == .warning ? "warning" : event.level.rawValue]
    fields["msg"] = "\(event.message)"
    fields["time"] = LogSink.now()
    for (key, value) in event.metadata ?? [:] { fields[key] = "\(value)" }
    write(format == .json ? LogSink.json(fields) : LogSink.text(fields))
  }

  private static func json(_ fields: [String: String]) -> String {
    String(decoding: JSONWriter().encode(fields), as: UTF8.self) + "\n"
  }

  /// `time="…" level=warning msg="…"`
  private static func text(_ fields: [String: String]) -> String {
    var rest = fields
    let first = ["time", "level", "msg"].compactMap { key in rest.removeValue(forKey: key).map { (key, $0) } }
    let pairs = first + rest.sorted { $0.key < $1.key }
    return pairs.map { key, value in
      key == "level"
        ? "level=\(value)" : "\(key)=" + String(decoding: JSONWriter().encode(value), as: UTF8.self)
    }.joined(separator: " ") + "\n"
  }

  private func write(_ line: String) {
    guard let path else { return LogSink.writeToStandardError(line) }
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW
    guard let file = try? Kernel.open(path, flags: flags, mode: 0o644) else {
      return LogSink.writeToStandardError(line)
    }
    try? Kernel.writeAll(file.number, Array(line.utf8), name: path)
  }

  /// Whoever cannot be told of a failed write cannot be told that either.
  static func writeToStandardError(_ text: String) {
    try? Kernel.writeAll(2, Array(text.utf8), name: "standard error")
  }

  private static func now() -> String {
    var time = time(nil)
    var parts = tm()
    gmtime_r(&time, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    let length = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
