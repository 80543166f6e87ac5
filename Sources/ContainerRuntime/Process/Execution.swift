internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// The last steps: closing the host, limits, filter, execve(2).
extension ContainerProcess {
  /// Closes all that the runtime opened on the host, and all that it inherited and should not pass on.
  ///
  /// Close-on-exec would be too late: the image names the program, and `/proc/self/fd/3/../bin/sh` is
  /// looked up while the descriptors are open.
  func closeHost(keeping listener: CInt? = nil) throws(RuntimeError) {
    var first = 3 + CInt(plan.preservedDescriptors)
    for kept in [channel.socket.number, listener].compactMap(\.self).sorted() {
      try Kernel.closeRange(from: first, to: kept - 1)
      first = kept + 1
    }
    try Kernel.closeRange(from: first)
  }

  /// Limits, system call filter, program.
  ///
  /// In this order: the runtime itself need not fit into the limits, nor pass the filter. Behind the filter
  /// nothing may be allocated or freed, and the only call is execve(2).
  func execute(_ program: Program?) throws(RuntimeError) {
    guard let program, let process = plan.process else {
      throw RuntimeError(
        .invalidConfig, "config.json: /process is missing: nothing to start (config.md#process)")
    }
    try passDescriptorsOn()
    let handover = try announceProgram(program)
    Signal.resetAll()
    for (index, limit) in (process.rlimits ?? []).enumerated() {
      try during(plan.place("rlimits/\(index)")) { () throws(RuntimeError) in
        try Kernel.setLimit(limit.type.number, soft: limit.soft, hard: limit.hard)
      }
    }
    try installFilter(handover)
    do {
      try Kernel.execute(program.path, program.arguments, program.environment)
    } catch {
      handover?.leave(errno: error.errno?.rawValue ?? EPERM)
      throw Program.explain(error.errno, program.path, isFiltered: handover != nil)
    }
  }

  /// `--preserve-fds`: everything else is close-on-exec from birth.
  private func passDescriptorsOn() throws(RuntimeError) {
    for number in 0..<CInt(plan.preservedDescriptors) {
      try Kernel.setCloseOnExec(3 + number, false)
    }
  }

  /// From here on the end of the line means that the program runs; before it means that this process died.
  ///
  /// - Returns: Memory for words with the runtime, where a filter may stop this process from sending any.
  private func announceProgram(_ program: Program) throws(RuntimeError) -> Handover? {
    let handover = plan.seccomp == nil ? nil : try Handover()
    do throws(RuntimeError) {
      try channel.send(
        .executing, Array(program.path.utf8), descriptors: handover.map { [$0.memory] } ?? [])
    } catch let error where error.errno == .brokenPipe {
      // A runtime that was killed after its order: the order holds.
    }
    return handover
  }

  /// Puts the filter over everything that follows: the last capabilities and execve(2).
  private func installFilter(_ handover: Handover?) throws(RuntimeError) {
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
    if filter.notifies, handover?.offer(CInt(status)) == false {
      throw RuntimeError(.initProcessFailed, "nobody took the filter's listener")
    }
  }
}
