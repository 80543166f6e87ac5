internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

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
    try send(signal, to: container)
  }

  /// By the runtime; where that has lost what it knew, to the process that was written down.
  private func send(_ signal: CInt, to container: Container) throws(RuntimeError) {
    let runtime = runtime(of: container.record)
    if try !runtime.knows(container.id), let process = try container.progress().openProcess() {
      return try Kernel.signal(process.number, signal)
    }
    try runtime.kill(container.id, signal)
  }

  /// Kills a container, and waits until its end is written down.
  fileprivate func kill(_ container: Container) throws(RuntimeError) {
    var patience = Patience(microseconds: ContainerCatalog.patience)
    repeat {
      _ = try? send(SIGKILL, to: container)
      if try hasEnded(container) { return }
    } while patience.wait()
    throw RuntimeError(.timedOut, "container \(container.record.name) does not end")
  }

  /// Whether it has ended, and its supervisor, if there is one, is done with it.
  fileprivate func hasEnded(_ container: Container) throws(RuntimeError) -> Bool {
    if try container.isHeld() { return false }
    guard try Kernel.stat(container.id, at: root.number) != nil else { return true }
    return [.exited, .lost].contains(try observe(container).status)
  }

  /// Waits for the end of a container.
  ///
  /// - Returns: Its exit status; nil if nobody wrote that down, or the container is gone.
  public func wait(for container: Container) throws(RuntimeError) -> Int32? {
    try container.waitUntilFree()
    // In place, and without a supervisor, its first process is all that there is to wait for.
    while let pid = try firstProcess(of: container) {
      let process: Descriptor
      do throws(RuntimeError) {
        process = try Kernel.openProcess(pid)
      } catch let error where error.errno == .noSuchProcess {
        continue
      }
      // As long as that is its pid nobody else can have had it.
      guard try firstProcess(of: container) == pid else { continue }
      _ = try Kernel.waitForInput([process.number], milliseconds: -1)
    }
    return try container.progress().exitCode
  }

  /// The pid of a container's first process; nil if it has none any more, or is gone.
  private func firstProcess(of container: Container) throws(RuntimeError) -> Int32? {
    try observe([container]).first?.pid
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
      try kill(container)
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
    if try runtime.knows(container.id) {
      try runtime.delete(container.id)
    } else if let process = try container.progress().openProcess() {
      try Kernel.signal(process.number, SIGKILL)
      _ = try Kernel.waitForInput([process.number], milliseconds: CInt(ContainerCatalog.patience / 1000))
    }
    try remove(container)
  }
}

/// Asking containers to end: all of them first, then each is waited for until the same moment.
public struct Stopping {
  private let catalog: ContainerCatalog
  private let seconds: UInt32
  private let end: ContinuousClock.Instant
  private var asked: Set<String> = []

  /// - Parameters:
  ///   - seconds: How long they have from now on.
  public init(_ catalog: ContainerCatalog, seconds: UInt32) {
    self.catalog = catalog
    self.seconds = seconds
    end = .now + .seconds(seconds)
  }

  /// Asks one. What fails here fails again in `finish`, or it has ended by itself.
  public mutating func ask(_ container: Container) {
    guard seconds > 0, let observation = try? catalog.observe(container),
      [.running, .paused, .unsupervised].contains(observation.status)
    else { return }
    let runtime = catalog.runtime(of: container.record)
    if observation.status == .paused { try? runtime.perform(["resume", container.id]) }
    let signal = Signal.number(container.record.stopSignal) ?? SIGTERM
    if (try? runtime.kill(container.id, signal)) != nil { asked.insert(container.id) }
  }

  /// Waits for the end of one, and kills it if that does not come in time.
  public func finish(_ container: Container) throws(RuntimeError) {
    if asked.contains(container.id) {
      var patience = Patience(microseconds: .max)
      repeat { if try catalog.hasEnded(container) { return } } while .now < end && patience.wait()
    }
    guard ![.exited, .lost].contains(try catalog.observe(container).status) else { return }
    try catalog.kill(container)
  }
}
