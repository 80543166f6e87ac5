/// Where operations report what is no error.
public struct EventLog {
  /// Gets what a careful person should know.
  public let warn: (String) -> Void
  /// Gets the steps of an operation; the text is made only if somebody reads it.
  public let debug: (() -> String) -> Void

  /// A log that passes everything on.
  public init(warn: @escaping (String) -> Void, debug: @escaping (() -> String) -> Void) {
    self.warn = warn
    self.debug = debug
  }
}
