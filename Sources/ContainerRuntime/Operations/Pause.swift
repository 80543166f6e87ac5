internal import Cgroups
public import ContainerStore
internal import Glibc
internal import OCIRuntimeSpec
public import RuntimeErrors

/// `pause`: all processes of a container stand still until `Resume`.
public enum Pause {
  /// Freezes a created or running container.
  ///
  /// - Throws: `notRunning` if it is stopped, or paused already.
  public static func container(_ id: ContainerID, store: Store) throws(RuntimeError) {
    let directory = try store.openLocked(id)
    let record = try directory.requireRecord()
    let status = try ContainerStatus.of(directory, record.outline)
    guard status == .running || status == .created else {
      throw RuntimeError(.notRunning, "container not running: \(id) is \(status.rawValue)")
    }
    let manager = try record.requireCgroups()
    if record.cgroup?.isShared == true, try manager.processes().contains(getpid()) {
      throw RuntimeError(
        .invalidState, "the runtime itself is in the container's cgroup, and would stop with it",
        hint: "give the container a linux.cgroupsPath of its own")
    }
    try manager.freeze()
    // The last process may have ended just before.
    guard record.outline.initProcess?.condition == .alive else {
      try manager.thaw()
      throw RuntimeError(.notRunning, "container not running: \(id) is stopped")
    }
  }
}

/// `resume`: the opposite of `Pause`.
public enum Resume {
  /// Thaws a paused container.
  ///
  /// - Throws: `invalidState` if it is not paused.
  public static func container(_ id: ContainerID, store: Store) throws(RuntimeError) {
    let directory = try store.openLocked(id)
    let record = try directory.requireRecord()
    let status = try ContainerStatus.of(directory, record.outline)
    guard status == .paused else {
      throw RuntimeError(.invalidState, "container not paused: \(id) is \(status.rawValue)")
    }
    try record.requireCgroups().thaw()
  }
}

extension ContainerRecord {
  /// The manager of the container's cgroups.
  ///
  /// - Throws: `unsupported` if it has none.
  func requireCgroups() throws(RuntimeError) -> any CgroupManager {
    guard let cgroup else {
      if mayMakeNoCgroups == true {
        throw RuntimeError(
          .unsupported, "the container has no cgroups: its user had no right to make any",
          hint: "with cgroup v2 and systemd, --cgroup-manager=systemd makes them for users, too")
      }
      throw RuntimeError(
        .unsupported, "the container has no cgroups: it was made with --cgroup-manager=disabled")
    }
    return try cgroup.makeManager()
  }
}
