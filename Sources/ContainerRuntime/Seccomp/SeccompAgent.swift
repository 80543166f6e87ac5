internal import ContainerStore
internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A call to the program that decides on SCMP_ACT_NOTIFY calls: one for each filter.
///
/// Spec: config-linux.md#seccomp
struct SeccompAgent: ~Copyable {
  private let listener: ContainerRecord.SeccompListener
  private let socket: Descriptor

  /// Calls the agent: before the process starts, so that nothing has begun if there is none.
  init(_ listener: ContainerRecord.SeccompListener) throws(RuntimeError) {
    self.listener = listener
    socket = try during(SeccompAgent.place(listener)) { () throws(RuntimeError) in
      try Kernel.connect(to: listener.path, .stream)
    }
  }

  /// Fetches the listener of a process that is installing its filter, and sends it to the agent. After
  /// an error the process is killed: nobody would answer it.
  ///
  /// - Parameters:
  ///   - memory: Where the process offers the listener.
  ///   - process: A descriptor of it.
  ///   - line: Has input if the process fails or ends before.
  borrowing func handOver(
    from memory: CInt,
    of process: CInt,
    pid: Int32,
    line: CInt,
    state: State
  ) throws(RuntimeError) {
    do throws(RuntimeError) {
      guard let descriptor = try fetch(from: memory, of: process, line: line) else { return }
      let message = ContainerProcessState(
        ociVersion: SpecVersion.current,
        fds: ["seccompFd"],
        pid: pid,
        metadata: listener.metadata,
        state: state
      )
      let bytes = JSONWriter().encode(message)
      try Kernel.sendAll(bytes, descriptor: descriptor.number, to: socket.number)
      try Handover.accept(in: memory)
    } catch {
      try? Kernel.signal(process, SIGKILL)
      throw error.adding(context: SeccompAgent.place(listener))
    }
  }

  /// - Returns: nil if the process has something else to say.
  private borrowing func fetch(
    from memory: CInt,
    of process: CInt,
    line: CInt
  ) throws(RuntimeError) -> Descriptor? {
    while true {
      let hasSpoken = try Kernel.waitForInput([line], milliseconds: 0)[0]
      let number = try Handover.offered(in: memory)
      if number > 0 { return try Kernel.copyDescriptor(number, of: process) }
      if hasSpoken { return nil }
      usleep(SeccompAgent.pause)
    }
  }

  private static let pause: UInt32 = 100

  private static func place(_ listener: ContainerRecord.SeccompListener) -> String {
    "config.json: /linux/seccomp/listenerPath: the agent at \(listener.path)"
  }
}
