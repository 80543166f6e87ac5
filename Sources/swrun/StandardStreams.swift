internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// The descriptors that the caller gave.
enum StandardStreams {
  /// Those of 0, 1 and 2 that the caller had closed. One thread.
  nonisolated(unsafe) private static var closed: [CInt] = []

  /// Opens the null device for each of 0, 1 and 2 that is closed, or a file of the runtime's would take
  /// its place; and marks all others close-on-exec, so that no hook and no container inherits them.
  ///
  /// Ignores SIGPIPE: a reader who went away is an error of that write, and no reason to leave work undone.
  static func secure() throws(RuntimeError) {
    closed = []
    signal(SIGPIPE, SIG_IGN)
    for number in CInt(0)...2 where fcntl(number, F_GETFD) < 0 {
      // Not for writing: output that nobody gets must not look like success.
      let null = try Kernel.open("/dev/null", flags: O_RDONLY)
      // The lowest free number is this one.
      try Kernel.setCloseOnExec(null.release(), false)
      closed.append(number)
    }
    try Kernel.closeRange(from: 3, onlyMark: true)
  }

  /// A container's program may write to what the caller closed, and nobody gets it.
  static func openForProgram() throws(RuntimeError) {
    for number in closed {
      let null = try Kernel.open("/dev/null", flags: O_RDWR)
      try Kernel.duplicate(null.number, as: number)
    }
  }
}
