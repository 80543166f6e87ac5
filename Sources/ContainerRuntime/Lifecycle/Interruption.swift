internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// Signals that ask the runtime to stop while it makes a container.
///
/// They are held back, so that none falls between two steps, and looked at whenever the runtime waits:
/// then what was made so far is undone.
final class Interruption {
  /// Readable when a signal waits. signalfd(2)
  let signals: Descriptor

  init() throws(RuntimeError) {
    signals = try Signal.descriptor()
  }

  /// Waits until `descriptor` can be read.
  ///
  /// - Returns: false if it could not within the time.
  /// - Throws: `interrupted` if SIGHUP, SIGINT, SIGQUIT or SIGTERM came first.
  func wait(for descriptor: CInt, milliseconds: CInt = -1) throws(RuntimeError) -> Bool {
    while true {
      let ready = try Kernel.waitForInput([descriptor, signals.number], milliseconds: milliseconds)
      if ready[1] { try look() }
      if ready[0] { return true }
      if !ready[1] { return false }
    }
  }

  private func look() throws(RuntimeError) {
    while let signal = Signal.next(signals.number) {
      if [SIGHUP, SIGINT, SIGQUIT, SIGTERM].contains(signal) {
        throw RuntimeError(.interrupted, "interrupted by signal \(signal)")
      }
    }
  }
}
