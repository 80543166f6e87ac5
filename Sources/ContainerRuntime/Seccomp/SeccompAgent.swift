internal import ContainerStore
internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The program that decides on SCMP_ACT_NOTIFY calls. Spec: config-linux.md#the-container-process-state
enum SeccompAgent {
  /// Fetches the listener of a process that is installing its filter, and sends it to the agent.
  ///
  /// - Parameters:
  ///   - number: The descriptor's number in that process.
  static func handOver(
    _ listener: ContainerRecord.SeccompListener, state: State, of process: InitIdentity, number: CInt
  ) throws(RuntimeError) {
    try during("seccomp agent at \(listener.path)") { () throws(RuntimeError) in
      guard let opened = try process.open() else {
        throw RuntimeError(.initProcessFailed, "the init process is gone")
      }
      let descriptor = try fetch(number, of: opened.number, pid: process.pid)
      let message = ContainerProcessState(
        ociVersion: SpecVersion.current, fds: ["seccompFd"], pid: process.pid, metadata: listener.metadata,
        state: state)
      let socket = try Kernel.connect(to: listener.path, .stream)
      try Kernel.sendAll(JSONWriter().encode(message), descriptor: descriptor.number, to: socket.number)
    }
  }

  private static let attempts = 5000
  private static let pause: UInt32 = 1000

  /// The process announces the listener before it exists, because it cannot speak afterwards.
  private static func fetch(
    _ number: CInt, of process: CInt, pid: Int32
  ) throws(RuntimeError) -> Descriptor {
    for _ in 0..<attempts {
      if let link = try? Kernel.readLink("/proc/\(pid)/fd/\(number)", at: Directory.working),
        link == "anon_inode:seccomp notify"
      {
        return try Kernel.copyDescriptor(number, of: process)
      }
      if try Kernel.waitForInput([process], milliseconds: 0)[0] { break }
      usleep(pause)
    }
    throw RuntimeError(.initProcessFailed, "the init process installed no filter")
  }
}
