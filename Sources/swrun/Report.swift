internal import ArgumentParser
internal import ContainerRuntime
internal import Glibc
internal import Logging
internal import RuntimeErrors

/// How failures and warnings reach the caller: the log file, standard error, or both.
enum Report {
  /// Where operations report what is no error.
  static func log(_ global: GlobalSettings) -> EventLog {
    EventLog(
      warn: { logger(global).warning("\($0)") },
      debug: { text in
        if global.debug { logger(global).debug("\(text())") }
      })
  }

  /// Prints a failure, once: to the log, and as plain text to standard error if the log is a file.
  static func failure(_ error: RuntimeError, _ global: GlobalSettings) {
    if global.log != nil || global.logFormat == .json {
      var metadata: Logger.Metadata = ["code": "\(error.code.rawValue)"]
      if let hint = error.hint { metadata["hint"] = "\(hint)" }
      logger(global).error("\(error.description)", metadata: metadata)
    }
    if global.log != nil || global.logFormat == .text {
      var text = "swrun: \(error.description)\n"
      if let hint = error.hint { text += "  hint: \(hint)\n" }
      LogSink.writeToStandardError(text)
    }
  }

  /// Prints what is wrong with the command line, or the help that was asked for. Exits with 1 or 0.
  static func usage(_ error: any Error) -> Never {
    let status = Swrun.exitCode(for: error)
    let text = Swrun.fullMessage(for: error)
    if status == .success {
      print(text)
      exit(0)
    }
    LogSink.writeToStandardError("swrun: \(text)\n")
    exit(1)
  }

  private static func logger(_ global: GlobalSettings) -> Logger {
    let sink = LogSink(path: global.log, format: global.logFormat)
    var logger = Logger(label: "swrun") { _ in sink }
    logger.logLevel = global.debug ? .debug : .warning
    return logger
  }
}
