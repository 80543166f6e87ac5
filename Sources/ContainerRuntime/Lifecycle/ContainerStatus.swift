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
    _ directory: ContainerDirectory, _ outline: ContainerOutline?
  ) throws(RuntimeError) -> State.Status {
    guard let outline, let process = outline.initProcess, outline.isComplete else {
      // A `create` at work holds the lock; one that was killed does not.
      return directory.isLockedByAnother ? .creating : .stopped
    }
    guard process.condition == .alive else { return .stopped }
    // Also before its start a container can be paused.
    if isFrozen(outline) { return .paused }
    return try isAwaitingStart(directory) ? .created : .running
  }

  /// Whether the init process still listens for `start`: it stops when it executes its program, also if
  /// `start` was killed before it could remove the socket.
  private static func isAwaitingStart(_ directory: ContainerDirectory) throws(RuntimeError) -> Bool {
    guard directory.awaitsStart else { return false }
    return try directory.initListens()
  }

  /// Whether its processes are stopped by the freezer.
  static func isFrozen(_ outline: ContainerOutline) -> Bool {
    guard let file = outline.freezer, let state = try? Kernel.readControl(file) else { return false }
    return state != "0" && state != "THAWED"
  }
}

extension ContainerDirectory {
  /// The container's record.
  ///
  /// - Throws: `containerNotFound` if there is none, `invalidState` if there is none yet.
  func requireRecord() throws(RuntimeError) -> ContainerRecord {
    if let record = try read() { return record }
    if isLockedByAnother {
      throw RuntimeError(.invalidState, "container \(id) is being created")
    }
    throw RuntimeError(.containerNotFound, "container \(id) does not exist")
  }
}
