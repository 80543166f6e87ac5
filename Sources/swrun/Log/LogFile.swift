internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// A log file, to which others may append, too: one message, one line, one write(2).
final class LogFile: LogOutput {
  private let path: String
  private let format: LogFormat
  private let file: Descriptor

  /// Opens the file, or makes it.
  init(_ path: String, _ format: LogFormat, above first: CInt) throws(RuntimeError) {
    self.path = path
    self.format = format
    file = try Kernel.open(path, flags: O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY, mode: 0o644)
      .moved(above: first)
  }

  var number: CInt { file.number }

  func write(_ entry: LogEntry) throws(RuntimeError) {
    try Kernel.appendWhole(file.number, Array(entry.line(format).utf8), name: path)
  }
}

/// Standard error, where nobody can be told of a failed write.
final class StandardErrorLog: LogOutput {
  private let format: LogFormat

  init(_ format: LogFormat) { self.format = format }

  var number: CInt { 2 }

  func write(_ entry: LogEntry) { StandardErrorLog.write(entry.line(format)) }

  /// Writes text as it is.
  static func write(_ text: String) {
    try? Kernel.writeAll(2, Array(text.utf8), name: "standard error")
  }
}
