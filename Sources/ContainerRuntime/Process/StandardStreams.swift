internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The container's terminal and standard streams. Spec: config.md#process
extension ContainerProcess {
  /// Makes a pseudoterminal of the container's own devpts, and sends the other end away.
  mutating func openTerminal(in rootfs: borrowing Rootfs) throws(RuntimeError) {
    let main = try openPseudoterminal(in: rootfs)
    let peer = try LinuxKernel.Terminal.openPeer(of: main.number)
    if let size = plan.process?.consoleSize {
      try LinuxKernel.Terminal.setSize(
        main.number, rows: UInt16(clamping: size.height), columns: UInt16(clamping: size.width))
    }
    try Kernel.changeOwner(peer.number, uid: plan.process?.user?.uid ?? 0, gid: .max)
    try sendTerminal(main.number)
    terminal = consume peer
  }

  /// Opens /dev/pts/ptmx; the image must not put anything else there.
  private func openPseudoterminal(in rootfs: borrowing Rootfs) throws(RuntimeError) -> Descriptor {
    try during("opening a terminal") { () throws(RuntimeError) in
      let place = try rootfs.open("/dev/pts/ptmx")
      guard try Kernel.fileSystemMagic(place.number) == FileSystemMagic.devpts else {
        throw RuntimeError(
          .invalidConfig, "/dev/pts is not a devpts file system",
          hint: "a terminal needs a mount of type devpts at /dev/pts")
      }
      // What was looked at, not what the path may lead to by now.
      return try proc.open(
        "self/fd/\(place.number)", flags: O_RDWR | O_NOCTTY, isMagicLink: true)
    }
  }

  /// To the caller's socket, with the terminal's name as runc sends it, or to the runtime that stays.
  private func sendTerminal(_ main: CInt) throws(RuntimeError) {
    guard let socket = consoleSocket else {
      return try channel.send(.console, descriptors: [main])
    }
    try during("--console-socket") { () throws(RuntimeError) in
      try Kernel.send(Array("/dev/ptmx".utf8), descriptors: [main], to: socket)
    }
  }

  /// The terminal becomes standard input, output and error.
  /// Without one the process keeps its caller's streams; its user may open them anew.
  mutating func connectStandardStreams() throws(RuntimeError) {
    guard let terminal = terminal?.number else { return try ownStandardStreams() }
    for stream in CInt(0)...2 { try Kernel.duplicate(terminal, as: stream) }
  }

  /// The terminal that is standard input becomes the session's. Only who leads the session can do that.
  func takeTerminal() throws(RuntimeError) {
    if plan.hasTerminal { try LinuxKernel.Terminal.takeControl(0) }
  }

  /// /dev/stdout is opened with the permissions of the pipe behind it.
  private func ownStandardStreams() throws(RuntimeError) {
    let uid = plan.process?.user?.uid ?? 0
    let null = Kernel.deviceNumber(major: 1, minor: 3)
    for stream in CInt(0)...2 {
      guard let status = try? Kernel.stat(stream) else { continue }
      // The null device is everybody's, and a regular file is the caller's to share.
      let type = status.st_mode & S_IFMT
      guard type == S_IFIFO || type == S_IFSOCK || type == S_IFCHR else { continue }
      if status.st_uid == uid || UInt64(status.st_rdev) == null && type == S_IFCHR { continue }
      try? Kernel.changeOwner(stream, uid: uid, gid: .max)
    }
  }
}
