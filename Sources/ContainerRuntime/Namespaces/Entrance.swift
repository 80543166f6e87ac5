internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The way into a container that exists: the namespaces of its init process, held by descriptor.
final class Entrance {
  /// The init process.
  let process: CInt
  /// CLONE_NEW* flags of the namespaces to join.
  let flags: UInt64
  /// The container's root, where it is not the root of a mount namespace.
  private let root: CInt?
  private let proc: HostProc

  /// Opens the way.
  ///
  /// - Throws: `notRunning` if the init process is gone.
  init(
    _ id: ContainerID, identity: InitIdentity, linux: LinuxConfig, proc: HostProc
  ) throws(RuntimeError) {
    guard let opened = try identity.open() else {
      throw RuntimeError(.notRunning, "container not running: \(id) is stopped")
    }
    self.proc = proc
    let types = Set((linux.namespaces ?? []).map(\.type))
    flags = try Entrance.flags(of: types, pid: identity.pid, proc: proc)
    root =
      types.contains(.mount)
      ? nil
      : try proc.open("\(identity.pid)/root", flags: OpenFlags.path | O_DIRECTORY, isMagicLink: true)
        .release()
    process = opened.release()
  }

  /// The user namespace that a process is in already cannot be joined.
  private static func flags(
    of types: Set<NamespaceType>, pid: Int32, proc: HostProc
  ) throws(RuntimeError) -> UInt64 {
    var flags = types.reduce(0) { $0 | $1.cloneFlag }
    if types.contains(.user) {
      let own = try proc.open("self/ns/user", flags: O_RDONLY, isMagicLink: true)
      let containers = try proc.open("\(pid)/ns/user", flags: O_RDONLY, isMagicLink: true)
      let isSame = try Kernel.stat(own.number).st_ino == Kernel.stat(containers.number).st_ino
      if isSame { flags &= ~CloneFlags.newUser }
    }
    return flags
  }

  /// Clones a process that is to enter, and that nobody may trace. A pid namespace is joined by children only; the runtime goes back.
  ///
  /// - Parameters:
  ///   - cgroup: A descriptor of the cgroup2 directory that the child begins in; -1 for the caller's.
  func clone(into cgroup: CInt) throws(RuntimeError) -> CloneResult {
    // Before the container can see the copy: nobody there may look into it while it has the host's
    // descriptors and rights.
    try Kernel.control(.dumpable, 0)
    if flags & CloneFlags.newPID == 0 { return try Kernel.clone(0, into: cgroup) }
    let own = try proc.open("self/ns/pid", flags: O_RDONLY, isMagicLink: true)
    try Kernel.join(process, type: CloneFlags.newPID)
    switch try Kernel.clone(0, into: cgroup) {
    case .child: return .child
    case .parent(let pid, let descriptor):
      try Kernel.join(own.number, type: CloneFlags.newPID)
      return .parent(pid: pid, descriptor: descriptor)
    }
  }

  /// Brings the calling process in: into all namespaces at once, as the init process is in them.
  func enter() throws(RuntimeError) {
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
