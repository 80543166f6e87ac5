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
    try wait(forAny: [descriptor], milliseconds: milliseconds)[0]
  }

  /// Waits until any of `descriptors` can be read.
  ///
  /// - Returns: Which of them can.
  func wait(forAny descriptors: [CInt], milliseconds: CInt = -1) throws(RuntimeError) -> [Bool] {
    while true {
      let ready = try Kernel.waitForInput(descriptors + [signals.number], milliseconds: milliseconds)
      let isInterrupted = ready[descriptors.count]
      if isInterrupted { try look() }
      if !isInterrupted || ready.dropLast().contains(true) { return Array(ready.dropLast()) }
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
