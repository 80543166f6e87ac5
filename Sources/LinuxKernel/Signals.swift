internal import CLinux
internal import Glibc
public import RuntimeErrors

/// Signals as descriptors and by name. signal(7)
public enum Signal {
  /// Restores every signal's default action and an empty mask.
  public static func resetAll() {
    linux_reset_signals()
  }

  /// Lets the signals that end a process end this one, also as the first of a pid namespace, where the
  /// kernel ignores those that have no handler. Exits with 128 + n.
  public static func dieOfTermination() {
    linux_die_of_termination()
  }

  /// Blocks all signals; they arrive on the descriptor instead. signalfd(2)
  public static func descriptor() throws(RuntimeError) -> Descriptor {
    Descriptor(owning: CInt(try check(linux_signal_descriptor(), "signalfd4")))
  }

  /// The next signal that waits on a descriptor from `descriptor()`.
  ///
  /// - Returns: Its number, or nil if none waits.
  public static func next(_ descriptor: CInt) -> CInt? {
    let number = linux_next_signal(descriptor)
    return number > 0 ? CInt(number) : nil
  }

  /// A signal from what people write: `9`, `KILL`, `SIGKILL`, `sigkill`, `RTMIN+3`.
  ///
  /// - Returns: Its number, or nil if there is no such signal.
  public static func number(_ text: String) -> CInt? {
    if let number = CInt(text) { return (0...64).contains(number) ? number : nil }
    var name = text.uppercased()
    if name.hasPrefix("SIG") { name.removeFirst(3) }
    if let number = realtime(name) { return number }
    let aliases = ["CLD": SIGCHLD, "IOT": SIGABRT, "POLL": SIGIO]
    if let number = aliases[name] { return number }
    for number in 1..<CInt(32) {
      if let known = linux_signal_name(number), String(cString: known) == name { return number }
    }
    return nil
  }

  /// `RTMIN`, `RTMIN+n`, `RTMAX` and `RTMAX-n`; the C library keeps two for itself.
  private static func realtime(_ name: String) -> CInt? {
    let lowest: CInt = 34
    let highest: CInt = 64
    if name == "RTMIN" { return lowest }
    if name == "RTMAX" { return highest }
    if name.hasPrefix("RTMIN+"), let offset = CInt(name.dropFirst(6)), offset >= 0 {
      return lowest + offset <= highest ? lowest + offset : nil
    }
    if name.hasPrefix("RTMAX-"), let offset = CInt(name.dropFirst(6)), offset >= 0 {
      return highest - offset >= lowest ? highest - offset : nil
    }
    return nil
  }
}
