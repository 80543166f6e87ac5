internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// Waiting for the init process: passes signals and the terminal's bytes on, and buries orphans.
struct Attendance {
  let pid: Int32
  let process: CInt
  let signals: CInt
  let proxy: TerminalProxy?
  /// The line between the program and its service manager.
  var readiness: ReadinessProxy?

  /// - Returns: The exit status, 128 + n for signal n.
  func wait() throws(RuntimeError) -> Int32 {
    var status: Int32?
    while status == nil {
      let inputs = proxy?.inputs ?? []
      let watched = [signals, process] + inputs + (readiness.map { [$0.socket.number] } ?? [])
      let ready = try Kernel.waitForInput(watched, milliseconds: -1)
      proxy?.serve(zip(inputs, ready.dropFirst(2)).filter(\.1).map(\.0))
      // A manager that has gone away is no reason to end the container.
      if readiness != nil, ready[watched.count - 1] { _ = try? readiness?.pass() }
      if ready[0] { handleSignals() }
      if ready[1] { status = try Kernel.wait(for: pid) }
    }
    while Kernel.reapOne() != nil {}
    proxy?.drain()
    return status ?? 0
  }

  private func handleSignals() {
    while let signal = Signal.next(signals) {
      switch signal {
      case SIGCHLD: reapOrphans()
      case SIGWINCH where proxy != nil: proxy?.adoptSize()
      case SIGURG: break
      default: try? Kernel.signal(process, signal)
      }
    }
  }

  /// Children that are not the init process; that one is waited for by its descriptor.
  private func reapOrphans() {
    while let orphan = Kernel.exitedChild(), orphan != pid { _ = try? Kernel.wait(for: orphan) }
  }
}
