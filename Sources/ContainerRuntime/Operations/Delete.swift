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
  ///   - force: Kill it first if it lives, and pass over what is not there.
  /// - Throws: `invalidState` if it is not stopped.
  public static func container(
    _ id: ContainerID, force: Bool, store: Store, log: EventLog
  ) throws(RuntimeError) {
    let directory: ContainerDirectory
    do {
      directory = try store.openLocked(id)
    } catch let error where force && error.code == .containerNotFound {
      return
    }
    let record: ContainerRecord?
    do {
      record = try directory.read()
    } catch let error where force && error.code == .damagedState {
      log.warn("\(error)")
      return try directory.remove()
    }
    guard let record else { return try directory.remove() }
    var status = try ContainerStatus.of(directory, record)
    if status != .stopped, !force, try endsSoon(record) { status = .stopped }
    log.debug { "status: \(status.rawValue)" }
    guard status == .stopped || force else {
      throw RuntimeError(
        .invalidState, "cannot delete container \(id) that is not stopped: \(status.rawValue)",
        hint: "--force kills it first")
    }
    try destroy(directory, record, log: log)
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
    guard let process = try record.initProcess?.open() else { return true }
    return try Kernel.waitForInput([process.number], milliseconds: 100)[0]
  }

  private static let longestDeath: CInt = 10_000

  /// Kills the init process and waits until it is gone. A pid namespace goes with it.
  private static func stop(_ record: ContainerRecord) throws(RuntimeError) {
    guard let identity = record.initProcess, let process = try identity.open() else { return }
    try? record.cgroup?.makeManager().thaw()
    try Kernel.signal(process.number, SIGKILL)
    guard try Kernel.waitForInput([process.number], milliseconds: longestDeath)[0] else {
      throw RuntimeError(
        .invalidState,
        "the init process \(identity.pid) did not end within \(longestDeath / 1000) s of SIGKILL",
        hint: "it may wait in the kernel, for a disk or a network file system")
    }
  }
}
