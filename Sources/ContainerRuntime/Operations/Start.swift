public import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors

/// Spec: runtime.md#start
public enum Start {
  /// Lets a created container run its program.
  ///
  /// - Throws: `invalidState` if it is not created. After a failed hook the container is destroyed.
  public static func container(_ id: ContainerID, store: Store, log: EventLog) throws(RuntimeError) {
    let directory = try store.openLocked(id)
    let record = try directory.requireRecord()
    let status = try ContainerStatus.of(directory, record)
    log.debug { "status: \(status.rawValue)" }
    guard status == .created else {
      throw RuntimeError(
        .invalidState, "cannot start a container that is not created: \(id) is \(status.rawValue)")
    }
    guard record.hasProcess else {
      throw RuntimeError(
        .invalidConfig, "config.json: /process is missing: nothing to start (config.md#process)")
    }
    let starting = Starting(id: id.text, record: record, log: log)
    do throws(RuntimeError) {
      let call = try directory.connectToInit()
      try starting.proceed(on: call.number)
      log.debug { "the init process has executed its program" }
      try directory.stopAwaitingStart()
      try starting.runPoststartHooks()
    } catch {
      if error.code == .hookFailed { try Delete.destroy(directory, record, log: log) }
      throw error
    }
  }
}

/// The time between the order to start and the running program.
struct Starting {
  let id: String
  let record: ContainerRecord
  let log: EventLog

  /// Lets the init process go on, and waits until it has executed its program, which closes its end of
  /// the line.
  ///
  /// - Throws: What the init process reports.
  func proceed(on line: CInt) throws(RuntimeError) {
    let agent = try callAgent()
    try Kernel.send([Channel.Kind.proceed.rawValue], to: line)
    var isExecuting = false
    while true {
      var message = try Kernel.receive(from: line, limit: 64 * 1024)
      guard let first = message.bytes.first, let kind = Channel.Kind(rawValue: first) else {
        if isExecuting { return }
        throw RuntimeError(.initProcessFailed, "the init process was killed before it ran the program")
      }
      let payload = Array(message.bytes.dropFirst())
      switch kind {
      case .failed: throw CarriedError.decode(payload)
      case .warning: log.warn(String(decoding: payload, as: UTF8.self))
      case .executing: isExecuting = true
      case .installingFilter:
        guard let process = record.initProcess, let memory = message.descriptor.take() else { return }
        try agent?.handOver(from: memory.number, of: process, line: line, state: state(.created))
      default: throw RuntimeError(.initProcessFailed, "the init process sent a message out of turn")
      }
    }
  }

  private func callAgent() throws(RuntimeError) -> SeccompAgent? {
    guard let listener = record.seccompListener else { return nil }
    return try SeccompAgent(listener)
  }

  private func state(_ status: State.Status) -> State {
    State(
      ociVersion: SpecVersion.current, id: id, status: status, pid: record.initProcess?.pid,
      bundle: record.bundle, annotations: record.annotations)
  }

  /// Step 9 of the lifecycle. Spec: config.md#poststart
  func runPoststartHooks() throws(RuntimeError) {
    guard let hooks = record.poststart, !hooks.isEmpty else { return }
    try HookRunner(event: "poststart", state: state(.running), workingDirectory: record.bundle).run(hooks)
  }
}
