internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// What people read on standard error: text, or one JSON object a line.
struct Messages {
  /// Which of the two.
  let format: LogFormat

  /// Messages in one of the two forms.
  init(_ format: LogFormat) {
    self.format = format
  }

  /// An error, with its hint; the only place that prints one.
  func failure(_ error: RuntimeError) {
    switch format {
    case .json: write(level: "error", error.description, code: error.code.rawValue, hint: error.hint)
    case .text:
      let hint = error.hint.map { "\n  hint: \(printable($0))" } ?? ""
      Messages.write("\(Messages.name(Style.red)) \(Messages.lines(error.description))\(hint)\n")
    }
  }

  /// What a careful person should know, and no error.
  func warning(_ text: String) {
    switch format {
    case .json: write(level: "warning", text)
    case .text: Messages.write("\(Messages.name(Style.yellow)) \(Messages.lines(text))\n")
    }
  }

  /// How far long work is.
  func progress(_ text: String) {
    switch format {
    case .json: write(level: "info", text)
    case .text: Messages.write(Messages.lines(text) + "\n")
    }
  }

  private func write(level: String, _ message: String, code: String? = nil, hint: String? = nil) {
    var fields = ["level": level, "msg": message]
    fields["code"] = code
    fields["hint"] = hint
    Messages.write(
      String(decoding: JSONWriter(escapesUnprintable: true).encode(fields), as: UTF8.self) + "\n")
  }

  /// Text of images may hold control characters; line ends are the program's own.
  private static func lines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
      .joined(separator: "\n")
  }

  private static func name(_ style: Style) -> String { style.on("swbox:", descriptor: 2) }

  /// Nobody can be told of a failed write to standard error.
  static func write(_ text: String) {
    try? Kernel.writeAll(2, Array(text.utf8), name: "standard error")
  }
}

/// A colour, where the reader is a terminal and has not said no to colours.
///
/// https://no-color.org
enum Style: String {
  case bold = "1"
  case red = "31"
  case green = "32"
  case yellow = "33"

  /// The text, coloured if `descriptor` is a terminal with colours.
  func on(_ text: String, descriptor: CInt) -> String {
    Style.isWanted(descriptor) ? "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" : text
  }

  private static func isWanted(_ descriptor: CInt) -> Bool {
    guard isatty(descriptor) == 1 else { return false }
    if let refusal = getenv("NO_COLOR"), refusal.pointee != 0 { return false }
    return getenv("TERM").map { String(cString: $0) } != "dumb"
  }
}
