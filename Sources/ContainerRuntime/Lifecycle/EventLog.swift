public import RuntimeErrors

/// Where operations report what is no error.
public struct EventLog {
  /// Gets what a careful person should know.
  public let warn: (String) -> Void
  /// Gets the steps of an operation; the text is made only if somebody reads it.
  public let debug: (() -> String) -> Void

  /// Gets the failure of a process that has no caller to throw it to.
  public let fail: (RuntimeError) -> Void

  /// A log that passes everything on.
  public init(
    warn: @escaping (String) -> Void, debug: @escaping (() -> String) -> Void,
    fail: @escaping (RuntimeError) -> Void = { _ in }
  ) {
    self.warn = warn
    self.debug = debug
    self.fail = fail
  }
}
