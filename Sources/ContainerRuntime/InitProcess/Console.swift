internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

extension InitProcess {
  /// Makes the container's terminal, and puts it at /dev/console. Spec: config.md#process
  mutating func openTerminal() throws(RuntimeError) {
    guard process.plan.hasTerminal else { return }
    try process.openTerminal(in: tree.rootfs)
    if let terminal = process.terminal?.number { try mountConsole(terminal) }
  }

  /// Spec: config-linux.md#default-devices: the terminal is bind mounted to /dev/console.
  private func mountConsole(_ peer: CInt) throws(RuntimeError) {
    try during("mounting /dev/console") { () throws(RuntimeError) in
      let dev = try tree.rootfs.makeDirectory("/dev")
      if try Kernel.stat("console", at: dev.number) == nil {
        try Kernel.makeNode("console", at: dev.number, mode: UInt32(S_IFREG) | 0o600, device: 0)
      }
      let target = try Kernel.open("console", at: dev.number, flags: OpenFlags.path | O_NOFOLLOW)
      guard try Kernel.stat(target.number).st_mode & S_IFMT != S_IFLNK else {
        throw RuntimeError(.hostileRootfs, "the image has a symbolic link there")
      }
      let copy = try Kernel.cloneMount("", at: peer, recursive: false)
      try Kernel.attach(copy.number, to: target.number)
    }
  }
}
