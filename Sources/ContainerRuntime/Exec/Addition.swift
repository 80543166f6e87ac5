internal import Cgroups
internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A process that is being added to a container, seen from the runtime's process.
final class Addition {
  let plan: ExecPlan
  let interruption: Interruption
  private let options: ExecOptions
  private let proc: HostProc
  private let log: EventLog
  private var channel: Channel?
  /// Tells the pid of the process that is added; until then `pid` is that of the one in between.
  private var announcement: Channel?
  /// The process: its pid, and a descriptor that keeps meaning it.
  var pid: Int32 = 0
  var process: Descriptor?
  /// The runtime's end of the process's terminal, when it stays to hold it.
  var terminal: Descriptor?

  init(
    _ plan: ExecPlan, options: ExecOptions, proc: HostProc, interruption: Interruption, log: EventLog
  ) {
    self.plan = plan
    self.options = options
    self.proc = proc
    self.interruption = interruption
    self.log = log
  }

  /// Clones the process.
  func spawn() throws(RuntimeError) {
    let pair = try Kernel.makeSocketPair(.packets)
    let announcement = try Kernel.makeSocketPair(.packets)
    switch try Kernel.clone(0, into: plan.cgroups.cloneTarget) {
    case .child:
      ExecProcess.run(
        plan, channel: Channel(socket: pair.takeSecond()),
        announcement: Channel(socket: announcement.takeSecond()), proc: proc)
    case .parent(let pid, let process):
      self.pid = pid
      self.process = consume process
      channel = Channel(socket: pair.takeFirst())
      self.announcement = Channel(socket: announcement.takeFirst())
    }
  }

  /// Waits until the process could execute its program.
  func awaitReadiness() throws(RuntimeError) {
    while true {
      guard let line = channel?.socket.number else { return }
      _ = try interruption.wait(for: line)
      guard var packet = try channel?.receive() else {
        try adoptClone()
        let status = try Kernel.wait(for: pid)
        pid = 0
        throw RuntimeError(
          .initProcessFailed,
          status > 128
            ? "the process was killed by signal \(status - 128)" : "the process ended with status \(status)")
      }
      switch packet.kind {
      case .ready: return try adoptClone()
      case .needsCgroups:
        try plan.manager?.adopt(pid)
        try channel?.send(.proceed)
      case .failed: throw CarriedError.decode(packet.payload)
      case .console: terminal = packet.descriptor.take()
      case .warning: log.warn(String(decoding: packet.payload, as: UTF8.self))
      default: throw RuntimeError(.initProcessFailed, "the process sent a message out of turn")
      }
    }
  }

  /// The process in between has ended, or is about to: from here on its clone is the process, if there is one.
  private func adoptClone() throws(RuntimeError) {
    guard let announcement = announcement.take(), let packet = try announcement.receive(),
      let clone = Int32(String(decoding: packet.payload, as: UTF8.self))
    else { return }
    _ = try? Kernel.wait(for: pid)
    // A child of this process: nobody else gets its pid before it is waited for.
    pid = clone
    process = try Kernel.openProcess(clone)
    log.debug { "process: pid \(clone)" }
    // The only property of its scheduler that a clone does not have from its parent.
    if let scheduler = plan.process.process?.scheduler, scheduler.flags?.contains(.resetOnFork) == true {
      try during(plan.process.place("scheduler")) { () throws(RuntimeError) in
        try Kernel.setScheduler(SchedulerAttributes(scheduler), of: clone)
      }
    }
  }

  /// Tells everybody who asked for the process, and lets it execute its program.
  func finish(_ record: ContainerRecord, of id: ContainerID) throws(RuntimeError) {
    guard let process = process?.number, let channel = channel.take() else { return }
    if let path = options.pidFile { try PidFile.write(pid, to: path) }
    if let path = options.pidfdSocket { try PidfdSocket.send(process, of: id.text, to: path) }
    let listener = plan.process.seccomp?.notifies == true ? record.seccompListener : nil
    try ProgramStart(listener, log: log).proceed(
      on: channel, process: process, pid: pid, state: record.state(id, .running))
  }

  /// Ends the process, and the one in between, after an error. In a paused container it cannot do anything any more, and is gone
  /// when that is resumed.
  func undo() {
    let hasClone = announcement != nil
    if end(), hasClone {
      try? adoptClone()
      end()
    }
  }

  /// - Returns: Whether the process is gone.
  @discardableResult
  private func end() -> Bool {
    guard let process = process?.number, pid > 0 else { return true }
    try? Kernel.signal(process, SIGKILL)
    guard let ended = try? Kernel.waitForInput([process], milliseconds: Addition.longestDeath), ended[0]
    else { return false }
    _ = try? Kernel.wait(for: pid)
    return true
  }

  private static let longestDeath: CInt = 1000
}
