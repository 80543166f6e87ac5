internal import Cgroups
internal import ContainerStore
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// What a container is doing, told from the record and from the kernel. Spec: runtime.md#state
enum ContainerStatus {
  /// The container's state machine: creating, created, running (or paused), stopped.
  static func of(
    _ directory: ContainerDirectory, _ record: ContainerRecord?
  ) throws(RuntimeError) -> State.Status {
    guard let record, let process = record.initProcess, record.isComplete else {
      // A `create` at work holds the lock; one that was killed does not.
      return directory.isLockedByAnother ? .creating : .stopped
    }
    guard process.condition == .alive else { return .stopped }
    // Also before its start a container can be paused.
    if isFrozen(record) { return .paused }
    return try isAwaitingStart(directory) ? .created : .running
  }

  /// Whether the init process still listens for `start`: it stops when it executes its program, also if
  /// `start` was killed before it could remove the socket.
  private static func isAwaitingStart(_ directory: ContainerDirectory) throws(RuntimeError) -> Bool {
    guard directory.awaitsStart else { return false }
    return try directory.initListens()
  }

  private static func isFrozen(_ record: ContainerRecord) -> Bool {
    guard let manager = try? record.cgroup?.makeManager() else { return false }
    return (try? manager.isFrozen) == true
  }
}

extension ContainerDirectory {
  /// The record of a container that `create` finished.
  func requireRecord() throws(RuntimeError) -> ContainerRecord {
    guard let record = try read() else {
      throw RuntimeError(
        .invalidState, "container \(id) was never completely created",
        hint: "delete --force removes what is left")
    }
    return record
  }
}
