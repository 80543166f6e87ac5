internal import ContainerRuntime
internal import Logging
internal import RuntimeErrors

/// How failures and warnings reach the caller: the log, standard error, or both.
struct Report {
  /// The log's descriptor, which must stay open; nil if that is standard error.
  let descriptor: CInt?
  private let logger: Logger
  private let format: LogFormat

  /// Opens the log.
  ///
  /// - Parameters:
  ///   - containerID: Names messages where `--log` does not.
  ///   - preserved: How many descriptors from 3 on are not the runtime's.
  /// - Throws: If the log cannot be opened.
  init(
    _ global: GlobalSettings, containerID: String? = nil, preserved: Int = 0
  ) throws(RuntimeError) {
    var output: any LogOutput = StandardErrorLog(global.logFormat)
    let target = LogTarget(global.log, containerID: containerID)
    if let target {
      output = try during("--log") { () throws(RuntimeError) in
        try target.open(global.logFormat, above: 3 + CInt(preserved))
      }
    }
    let stream = LogStream(output)
    descriptor = target == nil ? nil : stream.number
    format = global.logFormat
    var logger = Logger(label: "swrun") { _ in LogSink(stream) }
    logger.logLevel = global.debug ? .debug : .warning
    self.logger = logger
  }

  /// Whether standard error is for people.
  var showsText: Bool { descriptor != nil || format == .text }

  /// Where operations report what is no error.
  var log: EventLog {
    EventLog(warn: { logger.warning("\($0)") }, debug: { text in logger.debug("\(text())") })
  }

  /// The same, for an operation that may go on in a process without a caller.
  func log(failing fail: @escaping (RuntimeError) -> Void) -> EventLog {
    EventLog(warn: log.warn, debug: log.debug, fail: fail)
  }

  /// Prints a failure, once: to the log, and as plain text to standard error unless JSON goes there.
  func failure(_ error: RuntimeError) {
    if descriptor != nil || format == .json {
      var metadata: Logger.Metadata = ["code": "\(error.code.rawValue)"]
      if let hint = error.hint { metadata["hint"] = "\(hint)" }
      logger.error("\(error.description)", metadata: metadata)
    }
    if showsText { Report.plain(error) }
  }

  /// Prints a failure as text to standard error.
  static func plain(_ error: RuntimeError) {
    var text = "\(Program.name): \(error.description)\n"
    if let hint = error.hint { text += "  hint: \(hint)\n" }
    StandardErrorLog.write(text)
  }
}
