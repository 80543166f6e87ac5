internal import Cgroups
public import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors

/// Spec: runtime.md#delete
public enum Delete {
  /// Removes a stopped container.
  ///
  /// - Parameters:
  ///   - force: Kill it first if it lives, interrupt a command that works on it, and pass over what is not
  ///     there.
  /// - Throws: `invalidState` if it is not stopped.
  public static func container(
    _ id: ContainerID, force: Bool, store: Store, log: EventLog
  ) throws(RuntimeError) {
    let directory: ContainerDirectory
    do {
      directory = try force ? seize(id, store, log) : store.openLocked(id)
    } catch let error where force && error.code == .containerNotFound {
      return
    }
    guard directory.hasRecord else { return try removeRemains(directory, store) }
    let record: ContainerRecord
    do {
      record = try directory.requireRecord()
    } catch let error where force && error.code == .damagedState {
      return try removeDamaged(directory, error, log)
    }
    var status = try ContainerStatus.of(directory, record.outline)
    if status != .stopped, !force, try endsSoon(record) { status = .stopped }
    log.debug { "status: \(status.rawValue)" }
    guard status == .stopped || force else {
      throw RuntimeError(
        .invalidState, "cannot delete container \(id) that is not stopped: \(status.rawValue)",
        hint: "--force kills it first")
    }
    try destroy(directory, record, log: log)
  }

  /// Takes the lock also from a command whose hook hangs.
  private static func seize(
    _ id: ContainerID, _ store: Store, _ log: EventLog
  ) throws(RuntimeError) -> ContainerDirectory {
    let directory = try store.open(id)
    var outcome = try directory.lock()
    // The init process is gone: perhaps somebody deletes the container, which is let finish for a while.
    if outcome == .busy, try hasEnded(directory) { outcome = try directory.lock(within: longestDestruction) }
    // `create` and `start` undo what they did when they are told to end; a delete can be repeated.
    for signal in [SIGTERM, SIGKILL] where outcome == .busy {
      log.debug { "signal \(signal) to the command that holds container \(id)" }
      try directory.signalHolder(signal)
      outcome = try directory.lock(within: longestUndoing)
    }
    switch outcome {
    case .held: return directory
    case .gone: throw store.notFound(id)
    case .busy: throw directory.busy()
    }
  }

  private static let longestUndoing: UInt32 = 5_000_000
  private static let longestDestruction: UInt32 = 8_000_000

  private static func hasEnded(_ directory: ContainerDirectory) throws(RuntimeError) -> Bool {
    guard let record = try? directory.read(), record.outline.isComplete else { return false }
    return try record.outline.initProcess?.open() == nil
  }

  /// A directory without a record: of a `create` that was killed before it made anything, or not ours.
  private static func removeRemains(
    _ directory: ContainerDirectory, _ store: Store
  ) throws(RuntimeError) {
    guard try directory.holdsOnlyOwnFiles() else { throw store.notFound(directory.id) }
    try directory.remove()
  }

  /// Without its record nobody knows a container's processes and cgroups; a boot ends them all.
  private static func removeDamaged(
    _ directory: ContainerDirectory, _ error: RuntimeError, _ log: EventLog
  ) throws(RuntimeError) {
    guard directory.isOfEarlierBoot else {
      throw error.hinting(
        "its processes and cgroups may still be there: end and remove them, then the state directory")
    }
    log.warn("\(error); it is of an earlier boot, so only the state directory is left to remove")
    try directory.remove()
  }

  /// Ends what runs, undoes `create`, runs the poststop hooks, and forgets the container.
  ///
  /// Steps 12 and 13 of runtime.md#lifecycle.
  static func destroy(
    _ directory: ContainerDirectory, _ record: ContainerRecord, log: EventLog
  ) throws(RuntimeError) {
    try stop(record)
    let destruction = Destruction(
      id: directory.id.text, record: record, cgroups: try record.cgroup?.makeManager(), log: log)
    log.debug { "cgroups to remove: \((record.cgroup?.directories ?? []).map(\.hostPath))" }
    try destruction.remove()
    destruction.runPoststopHooks()
    log.debug { "removing the state directory" }
    try directory.remove()
  }

  /// A process that was just killed is there for a moment longer: `kill`, then `delete` must work.
  private static func endsSoon(_ record: ContainerRecord) throws(RuntimeError) -> Bool {
    guard let process = try record.outline.initProcess?.open() else { return true }
    return try Kernel.waitForInput([process.number], milliseconds: 100)[0]
  }

  private static let usualDeath: CInt = 200
  private static let longestDeath: CInt = 10_000

  /// Kills the init process and waits until it is gone. A pid namespace goes with it.
  private static func stop(_ record: ContainerRecord) throws(RuntimeError) {
    guard let identity = record.outline.initProcess, let process = try identity.open() else { return }
    let cgroups = try record.cgroup?.makeManager()
    try? cgroups?.thaw()
    try Kernel.signal(process.number, SIGKILL)
    if try Kernel.waitForInput([process.number], milliseconds: usualDeath)[0] { return }
    // The container may have frozen processes of its own, for which its init process has to wait.
    try? cgroups?.thawAll()
    guard try Kernel.waitForInput([process.number], milliseconds: longestDeath)[0] else {
      throw RuntimeError(
        .invalidState,
        "the init process \(identity.pid) did not end within \(longestDeath / 1000) s of SIGKILL",
        hint: "it may wait in the kernel, for a disk or a network file system")
    }
  }
}
