public import ContainerStore
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

/// Adds a process to a container.
public enum Exec {
  /// Runs a program in a container's namespaces and cgroups.
  ///
  /// - Returns: The program's exit status, 128 + n for signal n; 0 at once if detached.
  /// - Throws: `invalidState` if the container is stopped or paused. No process is left behind.
  public static func process(
    in id: ContainerID, options: ExecOptions, store: Store, log: EventLog
  ) throws(RuntimeError) -> Int32 {
    // First of all: what is opened here takes the numbers that the caller left free.
    try CreateOptions.requireDescriptors(options.preservedDescriptors)
    let directory = try store.open(id)
    let record = try directory.requireRecord()
    let identity = try requireLife(directory, record, options)
    do throws(RuntimeError) {
      return try add(options, to: directory, record, identity, log)
    } catch {
      throw identity.explaining(error, in: id)
    }
  }

  private static func add(
    _ options: ExecOptions, to directory: ContainerDirectory, _ record: ContainerRecord,
    _ identity: InitIdentity, _ log: EventLog
  ) throws(RuntimeError) -> Int32 {
    let config = try directory.readConfig()
    let linux = config.linux ?? LinuxConfig()
    let configuration = try ExecConfiguration(options, configured: config.process, warn: log.warn)
    try requireTerminal(configuration, options)

    var process = try ProcessPlan(
      configuration.process, origin: configuration.file + ": ", linux: linux,
      seccomp: try linux.seccomp.map { (seccomp) throws(RuntimeError) in
        SeccompFilter(compiled: try directory.readFilter(), from: seccomp)
      })
    process.preservedDescriptors = options.preservedDescriptors
    process.keepsKeyring = record.keepsKeyring == true
    let proc = try HostProc()
    let plan = try ExecPlan(
      process, container: directory.id, identity: identity, record: record, linux: linux, options: options,
      proc: proc)
    let addition = Addition(
      plan, options: options, proc: proc, interruption: try Interruption(), log: log)
    var proxy: TerminalProxy?
    // Whatever happens, the caller's terminal leaves raw mode.
    defer { proxy?.close() }
    do throws(RuntimeError) {
      try addition.spawn()
      try addition.awaitReadiness()
      if let terminal = addition.terminal.take() { proxy = TerminalProxy(terminal: terminal.release()) }
      try addition.finish(record, of: directory.id)
    } catch {
      addition.undo()
      throw error
    }
    if options.isDetached { return 0 }
    return try Attendance(
      pid: addition.pid, process: addition.process?.number ?? -1,
      signals: addition.interruption.signals.number, proxy: proxy
    ).wait()
  }

  private static func requireLife(
    _ directory: ContainerDirectory, _ record: ContainerRecord, _ options: ExecOptions
  ) throws(RuntimeError) -> InitIdentity {
    let status = try ContainerStatus.of(directory, record.outline)
    guard let identity = record.outline.initProcess, status != .stopped, status != .creating else {
      throw RuntimeError(
        .notRunning,
        "container not running: cannot exec in container \(directory.id) that is \(status.rawValue)")
    }
    let isPaused = status == .paused || status == .created && ContainerStatus.isFrozen(record.outline)
    if isPaused, !options.ignoresPause {
      throw RuntimeError(
        .invalidState, "cannot exec in a paused container: \(directory.id)",
        hint: "resume it, or give --ignore-paused to let the process wait until somebody does")
    }
    return identity
  }

  private static func requireTerminal(
    _ configuration: ExecConfiguration, _ options: ExecOptions
  ) throws(RuntimeError) {
    let hasTerminal = configuration.process.terminal == true
    if hasTerminal, options.consoleSocket == nil, options.isDetached {
      throw RuntimeError(
        .invalidArgument, "a terminal needs --console-socket with --detach",
        hint: "without it nobody would hold the other end once exec returned")
    }
    if !hasTerminal, options.consoleSocket != nil {
      throw RuntimeError(
        .invalidArgument, "--console-socket is given, but the process has no terminal", hint: "give --tty")
    }
  }
}

extension InitIdentity {
  /// What an error of work in the container means if its init process has ended meanwhile.
  func explaining(_ error: RuntimeError, in id: ContainerID) -> RuntimeError {
    guard [.systemCall, .initProcessFailed].contains(error.code),
      error.errno == .noSuchProcess || condition != .alive
    else { return error }
    return RuntimeError(.notRunning, "container not running: \(id) has ended meanwhile")
  }
}
