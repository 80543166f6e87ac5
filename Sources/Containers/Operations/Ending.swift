internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors

/// Signals, and the end of containers.
extension ContainerCatalog {
  /// How long a supervisor may take for what follows the end of its container, in microseconds.
  private static let patience: UInt32 = 30_000_000

  /// Sends a signal to a container's first process.
  ///
  /// - Throws: `notRunning` if it has none.
  public func signal(_ container: Container, _ signal: CInt) throws(RuntimeError) {
    let observation = try observe(container)
    guard [.running, .paused, .unsupervised].contains(observation.status) else {
      throw RuntimeError(
        .notRunning, "container \(container.record.name) is \(observation.status.rawValue), not running")
    }
    try runtime(of: container.record).kill(container.id, signal)
  }

  /// Asks a container to end, and kills it if it does not.
  ///
  /// - Parameters:
  ///   - seconds: How long it has.
  /// - Returns: false if it was not running.
  public func stop(_ container: Container, seconds: UInt32) throws(RuntimeError) -> Bool {
    let observation = try observe(container)
    guard [.running, .paused, .unsupervised].contains(observation.status) else {
      return observation.status == .starting ? try kill(container) : false
    }
    let runtime = runtime(of: container.record)
    if observation.status == .paused { try runtime.perform(["resume", container.id]) }
    let signal = Signal.number(container.record.stopSignal) ?? SIGTERM
    // It may end at any moment; then there is nothing more to ask.
    if seconds > 0, (try? runtime.kill(container.id, signal)) != nil {
      var patience = Patience(microseconds: min(seconds, 4000) * 1_000_000)
      repeat { if try hasEnded(container) { return true } } while patience.wait()
    }
    return try kill(container)
  }

  /// Kills a container, and waits until its end is written down.
  private func kill(_ container: Container) throws(RuntimeError) -> Bool {
    let runtime = runtime(of: container.record)
    var patience = Patience(microseconds: ContainerCatalog.patience)
    repeat {
      _ = try? runtime.kill(container.id, SIGKILL)
      if try hasEnded(container) { return true }
    } while patience.wait()
    throw RuntimeError(.timedOut, "container \(container.record.name) does not end")
  }

  /// Whether it has ended, and its supervisor, if there is one, is done with it.
  private func hasEnded(_ container: Container) throws(RuntimeError) -> Bool {
    if try container.isHeld() { return false }
    guard try Kernel.stat(container.id, at: root.number) != nil else { return true }
    return [.exited, .lost].contains(try observe(container).status)
  }

  /// Waits for the end of a container.
  ///
  /// - Returns: Its exit status; nil if nobody wrote that down, or the container is gone.
  public func wait(for container: Container) throws(RuntimeError) -> Int32? {
    try container.waitUntilFree()
    var patience = Patience(microseconds: .max)
    // Without a supervisor only looking helps.
    while try Kernel.stat(container.id, at: root.number) != nil,
      try observe(container).status == .unsupervised
    {
      _ = patience.wait()
    }
    return try container.progress().exitCode
  }

  /// Removes a container with all that was made for it.
  ///
  /// - Parameters:
  ///   - force: Whether it is killed if it runs.
  public func remove(_ container: Container, force: Bool) throws(RuntimeError) {
    let observation = try observe(container)
    if ![.exited, .lost].contains(observation.status) {
      guard force else {
        throw RuntimeError(
          .invalidState, "container \(container.record.name) is \(observation.status.rawValue)",
          hint: "`swbox stop` ends it; `swbox rm --force` kills it")
      }
      _ = try kill(container)
    } else {
      // Its end is written down; its supervisor may still be at work.
      try container.waitUntilFree()
    }
    guard try container.hold() else {
      if try Kernel.stat(container.id, at: root.number) == nil { return }
      throw RuntimeError(
        .invalidState, "container \(container.record.name) is being removed by another process")
    }
    if try Kernel.stat(container.id, at: root.number) != nil { try clear(container) }
  }

  /// Removes a container that this process holds.
  func clear(_ container: Container) throws(RuntimeError) {
    NetworkAttachment(container, owner: key).detach { _ in }
    let runtime = runtime(of: container.record)
    if try Kernel.stat("\(runtime.root)/\(container.id)", at: Directory.working) != nil {
      try runtime.delete(container.id)
    }
    try remove(container)
  }
}
