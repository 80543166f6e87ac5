internal import ContainerStore
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// The runtime's side of a process's last steps: from `proceed` to its program.
struct ProgramStart: ~Copyable {
  private let agent: SeccompAgent?
  private let log: EventLog

  /// Calls the agent of the system call filter, if it has one: nothing has begun if that fails.
  init(_ listener: ContainerRecord.SeccompListener?, log: EventLog) throws(RuntimeError) {
    if let listener { agent = try SeccompAgent(listener) } else { agent = nil }
    self.log = log
  }

  /// Lets the process go on, and waits until it has executed its program, which closes its end of the line.
  ///
  /// - Parameters:
  ///   - process: A descriptor of it.
  ///   - state: For the agent; its pid is the process's.
  /// - Throws: What the process reports, or `initProcessFailed` if it died.
  func proceed(
    on line: borrowing Channel, process: CInt, pid: Int32, state: State
  ) throws(RuntimeError) {
    try line.send(.proceed)
    var path: String?
    var memory: Descriptor?
    while var packet = try line.receive() {
      switch packet.kind {
      case .failed: throw CarriedError.decode(packet.payload)
      case .warning: log.warn(String(decoding: packet.payload, as: UTF8.self))
      case .executing:
        path = String(decoding: packet.payload, as: UTF8.self)
        memory = packet.descriptor.take()
        if let memory = memory?.number {
          try agent?.handOver(from: memory, of: process, pid: pid, line: line.socket.number, state: state)
        }
      default: throw RuntimeError(.initProcessFailed, "the process sent a message out of turn")
      }
    }
    guard let path else {
      throw RuntimeError(.initProcessFailed, "the process was killed before it ran the program")
    }
    // A filter may have stopped it from telling that execve(2) failed.
    guard let memory = memory?.number else { return }
    let errno = try Handover.errno(in: memory)
    if errno != 0 {
      throw Program.explain(Errno(rawValue: errno), path, isFiltered: true)
    }
  }
}
