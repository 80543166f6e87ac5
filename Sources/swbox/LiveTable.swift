internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// What is looked at again and again until somebody has seen enough.
///
/// On a terminal the table is written over the last one, at the place where it was begun, and stays there at the end;
/// elsewhere one follows the other.
final class LiveTable {
  private let isTerminal = isatty(1) == 1
  private var shown = 0

  init() throws(RuntimeError) {
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
}

/// The time between two looks, in which alone signals are heard: so the cursor comes back.
struct LookPause: ~Copyable {
  private let signals: Descriptor

  init() throws(RuntimeError) { signals = try Signal.descriptor() }

  /// Waits for the next look.
  ///
  /// Signals that ask for nothing do not shorten it: each look has children, whose ends are told of.
  ///
  /// - Parameters:
  ///   - endsOnResize: Whether it also ends when the terminal has another size.
  /// - Returns: false if a signal asked for the end.
  func wait(milliseconds: CInt, endsOnResize: Bool = false) throws(RuntimeError) -> Bool {
    let end = ContinuousClock.now + .milliseconds(milliseconds)
    while true {
      var isResized = false
      while let signal = Signal.next(signals.number) {
        if [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(signal) { return false }
        if signal == SIGWINCH { isResized = true }
      }
      let left = end - .now
      if left <= .zero || isResized && endsOnResize { return true }
      // Rounded up, or the last millisecond would be one without rest.
      _ = try Kernel.waitForInput([signals.number], milliseconds: CInt(left / .milliseconds(1)) + 1)
    }
  }
}
