internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// `--pid-file`
enum PidFile {
  /// Writes a pid, so that a reader sees the whole number or no file.
  static func write(_ pid: Int32, to path: String) throws(RuntimeError) {
    try during("--pid-file") { () throws(RuntimeError) in
      let temporary = path + ".swrun-\(getpid())"
      let file = try Kernel.open(
        temporary, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
      do throws(RuntimeError) {
        try Kernel.writeAll(file.number, Array("\(pid)".utf8), name: temporary)
        try Kernel.rename(temporary, to: path, at: Directory.working)
      } catch {
        try? Kernel.remove(temporary, at: Directory.working)
        throw error
      }
    }
  }
}

/// `--pidfd-socket`
enum PidfdSocket {
  /// Sends a pidfd with the container's ID.
  ///
  /// - Parameters:
  ///   - path: AF_UNIX socket of the caller's.
  static func send(_ process: CInt, of container: String, to path: String) throws(RuntimeError) {
    try during("--pidfd-socket") { () throws(RuntimeError) in
      let socket = try Kernel.connect(to: path, .stream)
      try Kernel.send(Array(container.utf8), descriptors: [process], to: socket.number)
    }
  }
}
