internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// What is looked at again and again until somebody has seen enough.
///
/// On a terminal the table is written over the last one, at the place where it was begun, and stays there at the end;
/// elsewhere one follows the other. Signals are only heard between two looks, so that the cursor comes back.
final class LiveTable {
  private let signals: Descriptor
  private let isTerminal = isatty(1) == 1
  private var shown = 0

  init() throws(RuntimeError) {
    signals = try Signal.descriptor()
    if isTerminal { try Output.write("\u{1b}[?25l") }
  }

  deinit {
    if isTerminal { try? Output.write("\u{1b}[?25h") }
  }

  /// Writes the table anew.
  func show(_ titles: [String], _ rows: [[String]]) throws(RuntimeError) {
    guard isTerminal else { return try Output.write(table: titles, rows) }
    let size = Terminal.size(of: 1) ?? (rows: 24, columns: 80)
    // A line that breaks, or a table that scrolls, would not be found again.
    let lines = Output.lines(table: titles, rows, width: size.columns - 1).prefix(max(1, size.rows - 1))
    let start = shown > 0 ? "\u{1b}[\(shown)A\r" : ""
    shown = lines.count
    try Output.write(start + "\u{1b}[J" + lines.map { $0 + "\n" }.joined())
  }

  /// Waits for the next look.
  ///
  /// - Returns: false if a signal asked for the end.
  func wait(milliseconds: CInt) throws(RuntimeError) -> Bool {
    guard try Kernel.waitForInput([signals.number], milliseconds: milliseconds)[0] else { return true }
    while let signal = Signal.next(signals.number) {
      if [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(signal) { return false }
    }
    return true
  }
}
