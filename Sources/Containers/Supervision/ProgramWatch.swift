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
    var killing: CInt?
    while true {
      // Also before the first wait: the signal of its end may have come and gone with another.
      if let status = reap() { return killing.flatMap { status == 128 + SIGKILL ? 128 + $0 : nil } ?? status }
      var awaited = [Readiness(signals, input: true)] + streams.awaited
      try Kernel.wait(for: &awaited, milliseconds: -1)
      streams.serve(awaited.dropFirst())
      while awaited[0].hasInput, let signal = Signal.next(signals) {
        if signal == SIGWINCH { streams.adoptSize() }
        guard ProgramWatch.passedOn.contains(signal) else { continue }
        let isDeaf = Signal.ending.contains(signal) && isDeaf(to: signal)
        if isDeaf { killing = signal }
        // It may have ended meanwhile: then its end is what comes next.
        try? Kernel.signal(pid: pid, isDeaf ? SIGKILL : signal)
      }
    }
  }

  /// Whether a signal would end any other process, but not this one: as the first of a pid namespace it gets none for
  /// which it has no handler. pid_namespaces(7)
  private func isDeaf(to signal: CInt) -> Bool {
    guard let text = try? Kernel.readText("/proc/\(pid)/status") else { return false }
    func value(_ name: String) -> Substring? {
      text.split(separator: "\n").first { $0.hasPrefix(name + ":") }?.split { $0 == " " || $0 == "\t" }.last
    }
    guard value("NSpid") == "1" else { return false }
    let handled = ["SigCgt", "SigIgn"].compactMap { value($0).flatMap { UInt64($0, radix: 16) } }
    return handled.count == 2 && handled.allSatisfy { $0 >> UInt64(signal - 1) & 1 == 0 }
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

extension Signal {
  /// What a person sends to end a process that does nothing about it.
  static let ending: Set<CInt> = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]
}
