internal import Logging
internal import RuntimeErrors

/// Passes messages on to the log. A log that fails is told of once, and costs no message.
struct LogSink: LogHandler {
  private let stream: LogStream
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.warning

  init(_ stream: LogStream) {
    self.stream = stream
  }

  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let details = (event.metadata ?? [:]).map { (key: $0.key, value: "\($0.value)") }
    stream.write(
      LogEntry(
        level: event.level, message: "\(event.message)", details: details.sorted { $0.key < $1.key }))
  }
}

/// An open log, and whether its failure is known. The program has one thread.
final class LogStream: @unchecked Sendable {
  private let output: any LogOutput
  private var hasFailed = false

  init(_ output: any LogOutput) {
    self.output = output
  }

  /// Its descriptor.
  var number: CInt { output.number }

  /// Writes a message; to standard error if that fails. Errors are told there anyway.
  func write(_ entry: LogEntry) {
    do throws(RuntimeError) {
      try output.write(entry)
    } catch {
      if !hasFailed { StandardErrorLog.write("\(Program.name): --log: \(error)\n") }
      hasFailed = true
      if entry.level < .error { StandardErrorLog.write(entry.text) }
    }
  }
}
