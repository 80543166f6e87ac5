public import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors

/// `create`, `start`, wait and `delete` in one.
public enum Run {
  /// Runs a container.
  ///
  /// - Parameters:
  ///   - keepsContainer: Leave the stopped container for a later `delete`.
  ///   - isSubreaper: Become the parent of processes that the container's processes leave behind.
  /// - Returns: The program's exit status, 128 + n for signal n; 0 at once if detached.
  public static func container(
    _ id: ContainerID, bundlePath: String, options: CreateOptions, keepsContainer: Bool, isSubreaper: Bool,
    store: Store, log: EventLog
  ) throws(RuntimeError) -> Int32 {
    if isSubreaper, !options.isDetached { try Kernel.control(.childSubreaper, 1) }
    let created = try Create.container(
      id, bundlePath: bundlePath, options: options, store: store, log: log)
    let construction = created.construction
    let readiness = created.readinessProxy()
    if options.isDetached {
      try created.start()
      guard let process = construction.process?.number else { return 0 }
      try construction.directory.unlock()
      try readiness?.awaitReadiness(of: process)
      return 0
    }
    return try created.attend(keepsContainer: keepsContainer, readiness: readiness) {
      () throws(RuntimeError) in
      try created.start()
    }
  }
}

extension CreatedContainer {
  /// The line between the program and its service manager, before the program runs.
  func readinessProxy() -> ReadinessProxy? {
    construction.record.readinessProxy(
      construction.directory, manager: construction.plan.options.notifySocket, pid: construction.pid,
      warn: construction.log.warn)
  }

  /// Waits for the container's end, passes signals and the terminal's bytes on, and deletes it.
  ///
  /// - Parameters:
  ///   - readiness: The line between the program and its service manager, if it has one.
  ///   - start: Lets its program run.
  /// - Returns: The program's exit status, 128 + n for signal n.
  func attend(
    keepsContainer: Bool, readiness: ReadinessProxy? = nil, start: () throws(RuntimeError) -> Void = {}
  ) throws(RuntimeError) -> Int32 {
    var proxy: TerminalProxy?
    if let terminal = construction.terminal.take() {
      proxy = TerminalProxy(terminal: terminal.release())
    }
    // Whatever happens, the caller's terminal leaves raw mode.
    defer { proxy?.close() }
    try start()
    // Others may signal or delete the container while this waits.
    try construction.directory.unlock()
    let status = try Attendance(
      pid: construction.pid, process: construction.process?.number ?? -1,
      signals: construction.interruption.signals.number, proxy: proxy, readiness: readiness
    ).wait()
    if !keepsContainer { try delete() }
    return status
  }

  /// Deletes the container, whose init process is gone, unless somebody else did.
  func delete() throws(RuntimeError) {
    switch try construction.directory.lock(within: 30_000_000) {
    case .held: break
    case .gone: return
    case .busy: throw construction.directory.busy()
    }
    let destruction = Destruction(
      id: construction.plan.id, record: construction.record, cgroups: construction.cgroups,
      log: construction.log)
    try destruction.remove()
    destruction.runPoststopHooks()
    try construction.directory.remove()
  }
}
