internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

extension InitProcess {
  /// Puts the filter over everything that follows: the last capabilities and execve(2).
  func installFilter() throws(RuntimeError) {
    guard let filter = plan.seccomp else { return }
    if filter.notifies { try announceListener() }
    let status = filter.program.withUnsafeBytes { Kernel.installFilter($0, flags: filter.flags) }
    guard status >= 0 else {
      var error = RuntimeError(systemCall: "seccomp", errno: Errno(rawValue: CInt(-status)))
      if error.errno == .invalidArgument, filter.flags != 0 {
        error.hint = "a flag of linux.seccomp.flags may be newer than this kernel"
      }
      throw error.adding(context: "config.json: /linux/seccomp")
    }
  }

  /// The agent must have the listener before the first call waits for it, and this process may soon be
  /// unable to send anything: the runtime fetches it by the number that the kernel will give it.
  private func announceListener() throws(RuntimeError) {
    let next = try Kernel.duplicate(0).number
    let packet = [UInt8](String(next).utf8)
    if let gate = prepared.startRequest {
      try Kernel.send([Channel.Kind.installingFilter.rawValue] + packet, to: gate)
    } else {
      try channel.send(.installingFilter, packet)
    }
  }
}
