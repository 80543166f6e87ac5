internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// What a process does while a program runs that the runtime left to it: it passes on streams and signals.
struct ProgramWatch {
  /// Signals that a person or a service manager sends to end or to tell something.
  private static let passedOn: Set<CInt> = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT, SIGABRT,
  ]

  /// The program, a child of this process.
  let pid: Int32
  let streams: ProgramStreams
  /// All signals come by this descriptor.
  let signals: CInt

  /// Waits for the program's end.
  ///
  /// - Returns: Its exit status, 128 + n for signal n.
  func untilEnd() throws(RuntimeError) -> Int32 {
    while true {
      // Also before the first wait: the signal of its end may have come and gone with another.
      if let status = reap() { return status }
      var awaited = [Readiness(signals, input: true)] + streams.awaited
      try Kernel.wait(for: &awaited, milliseconds: -1)
      streams.serve(awaited.dropFirst())
      while awaited[0].hasInput, let signal = Signal.next(signals) {
        if signal == SIGWINCH { streams.adoptSize() }
        // It may have ended meanwhile: then its end is what comes next.
        if ProgramWatch.passedOn.contains(signal) { try? Kernel.signal(pid: pid, signal) }
      }
    }
  }

  /// Buries what has ended: the program, and what the runtime left.
  private func reap() -> Int32? {
    var found: Int32?
    while let child = Kernel.reapOne() {
      if child.pid == pid { found = child.status }
    }
    return found
  }
}
