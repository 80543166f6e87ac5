internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

extension InitProcess {
  /// Puts the filter over everything that follows: the last capabilities and execve(2).
  ///
  /// - Parameters:
  ///   - handover: What `announceListener` returned.
  func installFilter(_ handover: Handover?) throws(RuntimeError) {
    guard let filter = plan.seccomp else { return }
    let status = filter.program.withUnsafeBytes { Kernel.installFilter($0, flags: filter.flags) }
    guard status >= 0 else {
      var error = RuntimeError(systemCall: "seccomp", errno: Errno(rawValue: CInt(-status)))
      if error.errno == .invalidArgument, filter.flags != 0 {
        error.hint = "a flag of linux.seccomp.flags may be newer than this kernel"
      }
      throw error.adding(context: "config.json: /linux/seccomp")
    }
    // From here on every system call is the filter's to refuse.
    if handover?.offer(CInt(status)) == false {
      throw RuntimeError(.initProcessFailed, "nobody took the filter's listener")
    }
  }

  /// Tells the runtime that it will have to fetch the filter's listener. This process cannot send it:
  /// the filter may stop that call, too.
  ///
  /// - Returns: nil if nobody listens to this filter.
  func announceListener() throws(RuntimeError) -> Handover? {
    guard plan.seccomp?.notifies == true else { return nil }
    let handover = try Handover()
    let line = prepared.startRequest ?? channel.socket.number
    try Kernel.send([Channel.Kind.installingFilter.rawValue], descriptors: [handover.memory], to: line)
    return handover
  }
}
