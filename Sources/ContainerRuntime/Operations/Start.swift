public import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors

/// Spec: runtime.md#start
public enum Start {
  /// Lets a created container run its program.
  ///
  /// - Parameters:
  ///   - notifySocket: `$NOTIFY_SOCKET`, if a service manager waits for the program's readiness; then so does
  ///     this.
  /// - Throws: `invalidState` if it is not created. After a failed hook the container is destroyed.
  public static func container(
    _ id: ContainerID, notifySocket: String?, store: Store, log: EventLog
  ) throws(RuntimeError) {
    let directory = try store.openLocked(id)
    let record = try directory.requireRecord()
    let status = try ContainerStatus.of(directory, record.outline)
    log.debug { "status: \(status.rawValue)" }
    guard status == .created else {
      throw RuntimeError(
        .invalidState, "cannot start a container that is not created: \(id) is \(status.rawValue)")
    }
    guard record.hasProcess else {
      throw RuntimeError(
        .invalidConfig, "config.json: /process is missing: nothing to start (config.md#process)")
    }
    guard !ContainerStatus.isFrozen(record.outline) else {
      throw RuntimeError(.invalidState, "cannot start container \(id): its cgroup is frozen")
    }
    guard let identity = record.outline.initProcess, let process = try identity.open() else {
      throw RuntimeError(.notRunning, "container not running: \(id) is stopped")
    }
    let readiness = record.readinessProxy(
      directory, manager: notifySocket, pid: identity.pid, warn: log.warn)
    do throws(RuntimeError) {
      try ProgramStart(record.seccompListener, log: log).proceed(
        on: Channel(socket: try directory.connectToInit()), process: process.number, pid: identity.pid,
        state: record.state(id, .created))
      log.debug { "the init process has executed its program" }
      try directory.stopAwaitingStart()
      try record.runPoststartHooks(of: id)
    } catch {
      if error.code == .hookFailed { try Delete.destroy(directory, record, log: log) }
      throw error
    }
    guard let readiness else { return }
    // Others may signal or delete the container while this waits.
    try directory.unlock()
    try readiness.awaitReadiness(of: process.number)
  }
}

extension ContainerRecord {
  /// Step 9 of the lifecycle. Spec: config.md#poststart
  ///
  /// - Parameters:
  ///   - interruption: The command's own, if it has one: told to end, it ends the hook and its children.
  func runPoststartHooks(
    of id: ContainerID, interruption: Interruption? = nil
  ) throws(RuntimeError) {
    guard let hooks = poststart, !hooks.isEmpty else { return }
    var runner = HookRunner(event: "poststart", state: state(id, .running), workingDirectory: outline.bundle)
    if let interruption {
      runner.interruption = interruption
    } else {
      runner.interruption = try Interruption()
    }
    try runner.run(hooks)
  }

  /// Opens the line between the program and its service manager, if it has one. A manager that cannot be
  /// reached, of a variable that is left over, is no reason not to start the container.
  func readinessProxy(
    _ directory: ContainerDirectory, manager: String?, pid: Int32, warn: (String) -> Void
  ) -> ReadinessProxy? {
    guard hasNotifySocket == true, let manager else { return nil }
    do {
      return try ReadinessProxy(directory, manager: manager, pid: pid)
    } catch {
      warn("\(error): nobody is told when the container is ready")
      return nil
    }
  }

  /// The state that programs are told.
  func state(_ id: ContainerID, _ status: State.Status) -> State {
    State(
      ociVersion: outline.ociVersion, id: id.text, status: status, pid: outline.initProcess?.pid,
      bundle: outline.bundle, annotations: outline.annotations)
  }
}
