internal import Cgroups
public import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

/// Spec: runtime.md#kill
public enum Kill {
  /// Sends a signal to the container's init process, or to all its processes.
  ///
  /// - Parameters:
  ///   - signal: A number; 0 only asks whether there is a process.
  ///   - all: Every process in the container's cgroups, also after the init process is gone.
  /// - Throws: `notRunning` if there is no process to signal.
  public static func container(
    _ id: ContainerID, signal: CInt, all: Bool, store: Store, log: EventLog
  ) throws(RuntimeError) {
    // Without the lock: a signal must get through to a container whose hook hangs in `start`.
    let directory = try store.open(id)
    let record = try directory.requireRecord()
    if all, let manager = try record.cgroup?.makeManager() {
      log.debug { "signal \(signal) to all processes of the container's cgroups" }
      guard try !manager.processes().isEmpty else { throw notRunning(id) }
      return try manager.killAll(signal: signal)
    }
    // The kernel ends a pid namespace with its init process.
    guard !all || (signal == SIGKILL && record.hasPIDNamespace) else {
      throw RuntimeError(.unsupported, "--all needs cgroups, and \(id) was created without")
    }
    let status = try ContainerStatus.of(directory, record.outline)
    guard status != .stopped, status != .creating, let process = try record.outline.initProcess?.open() else {
      throw notRunning(id, status)
    }
    log.debug { "\(status.rawValue): signal \(signal) to the init process" }
    do {
      try Kernel.signal(process.number, signal)
    } catch let error where error.errno == .noSuchProcess {
      throw notRunning(id)
    }
    // A frozen process of cgroup v1 would die only when it is thawed.
    if signal == SIGKILL, status == .paused { try record.requireCgroups().thaw() }
  }

  /// Spec: runtime.md#kill: neither created nor running
  private static func notRunning(_ id: ContainerID, _ status: State.Status = .stopped) -> RuntimeError {
    RuntimeError(.notRunning, "container not running: \(id) is \(status.rawValue)")
  }
}
