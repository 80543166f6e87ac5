internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// The standard streams of a container's program: pipes or a terminal of its own, never descriptors of the host.
final class ProgramStreams {
  /// What the runtime hands to the program.
  private(set) var inner: (input: CInt, output: CInt, errors: CInt) = (-1, -1, -1)
  private var relays: [Relay] = []
  /// That of the standard error.
  private var errors: Relay?
  private let log: LogWriter?
  private let isAttached: Bool
  private var terminal: CInt?
  private var original: TerminalSettings?

  /// - Parameters:
  ///   - isAttached: Whether the other ends are this process's own streams.
  ///   - terminal: Whether the program has a terminal, which comes later.
  ///   - log: Gets what the program writes.
  init(isAttached: Bool, terminal: Bool, log: LogWriter?) throws(RuntimeError) {
    self.isAttached = isAttached
    self.log = log
    let null = try Kernel.open("/dev/null", flags: O_RDWR).release()
    inner = (null, null, null)
    // What nobody takes goes nowhere: at a pipe without a reader the program would end.
    if terminal || !isAttached && log == nil { return }
    if isAttached {
      let pipe = try ends(try Kernel.makePipe())
      inner.input = pipe.reading
      relays.append(Relay(from: 0, ownsSource: false, to: pipe.writing, closesTarget: true))
    }
    inner.output = try outgoing("stdout", to: 1)
    inner.errors = try outgoing("stderr", to: 2)
    errors = relays.last
  }

  private func ends(_ pair: consuming DescriptorPair) throws(RuntimeError) -> (reading: CInt, writing: CInt) {
    let reading = try Kernel.duplicate(pair.first.number).release()
    return (reading, pair.takeSecond().release())
  }

  private func outgoing(_ name: String, to own: CInt) throws(RuntimeError) -> CInt {
    let pipe = try ends(try Kernel.makePipe())
    let log = log
    relays.append(
      Relay(from: pipe.reading, ownsSource: true, to: isAttached ? own : nil) { log?.append($0, from: name) })
    return pipe.writing
  }

  /// Closes the program's ends, which it has by now.
  func closeInner() {
    for number in Set([inner.input, inner.output, inner.errors]) where number >= 0 { close(number) }
    inner = (-1, -1, -1)
  }

  /// Takes over the outer end of the program's terminal. The own one goes into raw mode.
  func adopt(terminal: consuming Descriptor) {
    let number = terminal.release()
    self.terminal = number
    let log = log
    if isAttached {
      original = Terminal.settings(of: 0)
      if let original { Terminal.apply(original.raw, to: 0) }
      adoptSize()
      relays.append(Relay(from: 0, ownsSource: false, to: number))
    }
    relays.append(
      Relay(from: number, ownsSource: false, to: isAttached ? 1 : nil) { log?.append($0, from: "stdout") })
  }

  /// The program's terminal gets the size of the own one.
  func adoptSize() {
    if isAttached, let terminal { Terminal.copySize(from: 0, to: terminal) }
  }

  /// What to wait for.
  var awaited: [Readiness] { relays.map(\.awaited) }

  /// Goes on after a wait.
  func serve(_ readiness: ArraySlice<Readiness>) {
    for (relay, readiness) in zip(relays, readiness) { relay.serve(readiness) }
  }

  /// Whether the runtime's words on the standard error are the program's to say: not if its log has them.
  func pass(errors areWanted: Bool) {
    if areWanted { errors?.passOn() } else { errors?.discard() }
  }

  /// Waits for the runtime, which may say much on these streams. Signals that end a process go to it. What comes on the
  /// standard error waits for `pass(errors:)`.
  ///
  /// - Parameters:
  ///   - child: The runtime; its descriptor is closed.
  ///   - signals: Where signals come; nil if they are not this process's affair.
  /// - Returns: Its exit status.
  func wait(
    for child: (pid: Int32, descriptor: CInt), _ signals: CInt?
  ) throws(RuntimeError) -> Int32 {
    closeInner()
    errors?.hold()
    defer { close(child.descriptor) }
    while true {
      var awaited =
        [Readiness(child.descriptor, input: true), Readiness(signals ?? -1, input: true)] + awaited
      try Kernel.wait(for: &awaited, milliseconds: -1)
      if awaited[0].hasInput { return try Kernel.wait(for: child.pid) }
      serve(awaited.dropFirst(2))
      while awaited[1].hasInput, let signal = signals.flatMap(Signal.next) {
        if Signal.ending.contains(signal) { try? Kernel.signal(pid: child.pid, signal) }
      }
    }
  }

  /// Passes on the last words, and gives the own terminal its settings back.
  ///
  /// - Parameters:
  ///   - signals: A signal that ends processes ends the wait for a slow reader.
  /// - Returns: Why something that the program wrote could not be passed on, if it was not the reader that left.
  @discardableResult
  func finish(_ signals: CInt?) -> RuntimeError? {
    // The first is the input, if there is one.
    let outgoing = relays.dropFirst(isAttached ? 1 : 0)
    for relay in outgoing { drain(relay, signals) }
    if let original { Terminal.apply(original, to: 0) }
    original = nil
    return outgoing.lazy.compactMap(\.failure).first?.adding(context: "passing on what the command wrote")
  }

  /// Passes on what a stream still has, to its end or until nothing comes at once.
  private func drain(_ relay: Relay, _ signals: CInt?) {
    while relay.isOpen {
      var awaited = [relay.awaited, Readiness(signals ?? -1, input: true)]
      guard (try? Kernel.wait(for: &awaited, milliseconds: awaited[0].wantsOutput ? -1 : 0)) != nil else {
        return
      }
      while awaited[1].hasInput, let signal = signals.flatMap(Signal.next) {
        if Signal.ending.contains(signal) { return }
      }
      guard awaited.contains(where: { $0.hasInput || $0.hasRoom }) else { return }
      relay.serve(awaited[0])
    }
  }
}
