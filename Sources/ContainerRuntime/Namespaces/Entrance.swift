internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// The way into a container that exists: the namespaces of its init process, held by descriptor.
final class Entrance {
  /// The init process.
  let process: CInt
  /// CLONE_NEW* flags of the namespaces to join.
  let flags: UInt64
  /// The container's root, where it is not the root of a mount namespace.
  private let root: CInt?

  /// Opens the way.
  ///
  /// - Throws: `notRunning` if the init process is gone.
  init(
    _ id: ContainerID, identity: InitIdentity, linux: LinuxConfig, proc: HostProc
  ) throws(RuntimeError) {
    guard let opened = try identity.open() else {
      throw RuntimeError(.notRunning, "container not running: \(id) is stopped")
    }
    let types = Set((linux.namespaces ?? []).map(\.type))
    flags = try Entrance.flags(of: types, pid: identity.pid, proc: proc)
    root =
      types.contains(.mount)
      ? nil
      : try proc.open("\(identity.pid)/root", flags: OpenFlags.path | O_DIRECTORY, isMagicLink: true)
        .release()
    process = opened.release()
  }

  /// A created container's init process is still the runtime, which users may not look into.
  private static func openUserNamespace(of pid: Int32, _ proc: HostProc) throws(RuntimeError) -> Descriptor {
    do throws(RuntimeError) {
      return try proc.open("\(pid)/ns/user", flags: O_RDONLY, isMagicLink: true)
    } catch let error where Caller.isUnprivileged && error.errno == .permissionDenied {
      throw error.hinting(
        "without root, a container that is not started yet cannot be entered: start it first")
    }
  }

  /// The user namespace that a process is in already cannot be joined.
  private static func flags(
    of types: Set<NamespaceType>, pid: Int32, proc: HostProc
  ) throws(RuntimeError) -> UInt64 {
    var flags = types.reduce(0) { $0 | $1.cloneFlag }
    if types.contains(.user) {
      let own = try proc.open("self/ns/user", flags: O_RDONLY, isMagicLink: true)
      let containers = try openUserNamespace(of: pid, proc)
      let isSame = try Kernel.stat(own.number).st_ino == Kernel.stat(containers.number).st_ino
      if isSame { flags &= ~CloneFlags.newUser }
    }
    return flags
  }

  /// Brings the calling process in: into all namespaces at once, as the init process is in them. Only its
  /// children come into the pid namespace: the container does not see the process itself.
  func enter() throws(RuntimeError) {
    try Kernel.control(.dumpable, 0)
    try during("joining the container's namespaces") { () throws(RuntimeError) in
      try Kernel.join(process, type: flags)
    }
    if flags & CloneFlags.newUser != 0 {
      try Kernel.setUser(uid: 0, gid: 0)
      try Kernel.control(.dumpable, 0)
    }
    guard let root else { return }
    try Kernel.changeDirectory(root)
    try Kernel.changeRootToWorkingDirectory()
  }

  deinit {
    for number in [process, root].compactMap(\.self) { _ = Descriptor(owning: number) }
  }
}
