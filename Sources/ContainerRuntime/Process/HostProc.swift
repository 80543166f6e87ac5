internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// The host's /proc, verified and held by descriptor.
///
/// What the runtime and the init process write below /proc (kernel parameters, labels, mappings, the
/// OOM score) goes here: the container's own /proc is the image's to fake. Parameters of namespaces
/// follow the writer's namespaces, whichever /proc they are written through.
final class HostProc {
  private let root: Descriptor

  /// Opens /proc and checks that it is a proc file system.
  init() throws(RuntimeError) {
    root = try Kernel.open("/proc", flags: OpenFlags.path | O_DIRECTORY)
    guard try Kernel.fileSystemMagic(root.number) == FileSystemMagic.proc else {
      throw RuntimeError(
        .unsupported, "/proc is not a proc file system",
        hint: "mount it: mount -t proc proc /proc")
    }
  }

  /// Opens a file below /proc without leaving it.
  ///
  /// - Parameters:
  ///   - path: Relative to /proc; `self` is this process.
  ///   - isMagicLink: Whether the last component is a link such as ns/time.
  func open(
    _ path: String, flags: CInt, isMagicLink: Bool = false
  ) throws(RuntimeError) -> Descriptor {
    // A magic link leaves the file system by nature; the way to it must not.
    let resolve = isMagicLink ? 0 : ResolveFlags.beneath | ResolveFlags.noCrossing | ResolveFlags.noMagicLinks
    return try Kernel.open(path, at: root.number, flags: flags, resolve: resolve)
  }

  /// Makes /proc the working directory, for calls that take no descriptor.
  func enter() throws(RuntimeError) {
    try Kernel.changeDirectory(root.number)
  }

  /// What a link below /proc holds.
  func readLink(_ path: String) throws(RuntimeError) -> String {
    try Kernel.readLink(path, at: root.number)
  }

  /// Writes `text` to a file below /proc in one write(2).
  func write(_ text: String, to path: String) throws(RuntimeError) {
    let file = try open(path, flags: O_WRONLY)
    try Kernel.writeText(text, descriptor: file.number, name: "/proc/\(path)")
  }

  /// Reads a file below /proc.
  func read(_ path: String) throws(RuntimeError) -> String {
    let file = try open(path, flags: O_RDONLY)
    let bytes = try Kernel.readAll(file.number, limit: 1 << 20, name: "/proc/\(path)")
    return String(decoding: bytes, as: UTF8.self)
  }
}
