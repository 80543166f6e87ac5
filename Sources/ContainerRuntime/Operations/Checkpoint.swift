internal import Cgroups
public import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors

/// `checkpoint`: saves a container's processes, for `Restore`.
public enum Checkpoint {
  /// Saves a running or paused container.
  ///
  /// Without `leavesRunning` its processes end with that, and the container is deleted.
  ///
  /// - Throws: `criuFailed`, and the container goes on as before.
  public static func container(
    _ id: ContainerID, options: CheckpointOptions, store: Store, log: EventLog
  ) throws(RuntimeError) {
    let directory = try store.openLocked(id)
    let record = try directory.requireRecord()
    let status = try ContainerStatus.of(directory, record.outline)
    guard status == .running || status == .paused, let identity = record.outline.initProcess else {
      throw RuntimeError(
        .notRunning, "container not running: \(id) is \(status.rawValue), and cannot be checkpointed")
    }
    let files = try CriuFiles(imagePath: options.imagePath, workPath: options.workPath, isNew: true)
    if let parent = options.parentPath { try files.requireParent(parent) }
    let saving = try Saving(options, record: record, config: try directory.readConfig(), files: files)
    try saving.describe(identity.pid, files)
    do throws(RuntimeError) {
      try saving.run(interruption: try Interruption(), log: log)
    } catch {
      // CRIU thaws what it froze, unless it was killed.
      if status == .running { try? record.cgroup?.makeManager().thaw() }
      throw error.citing(log: Saving.logFile, in: files.work.number, path: files.workPath)
    }
    if saving.leavesRunning { return }
    try Delete.destroy(directory, record, log: log)
  }
}
