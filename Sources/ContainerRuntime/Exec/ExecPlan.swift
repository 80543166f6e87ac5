internal import Cgroups
internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// The process to add, and what it needs from the host, opened before the clone. Owns what it holds.
final class ExecPlan {
  let id: String
  let process: ProcessPlan
  /// The container's init process, whose namespaces are the container's.
  let initProcess: CInt
  /// CLONE_NEW* flags of the namespaces to join.
  let namespaces: UInt64
  /// The container's root, where it is not the root of a mount namespace.
  let root: CInt?
  let cgroups: CgroupMembership
  /// Where the terminal goes, if the caller named a socket.
  let consoleSocket: CInt?

  /// Opens everything.
  ///
  /// - Parameters:
  ///   - process: Of the process to add.
  ///   - identity: The init process.
  init(
    _ process: ProcessPlan, container id: ContainerID, identity: InitIdentity, record: ContainerRecord,
    linux: LinuxConfig, options: ExecOptions, proc: HostProc
  ) throws(RuntimeError) {
    guard let opened = try identity.open() else {
      throw RuntimeError(.notRunning, "container not running: \(id) is stopped")
    }
    self.id = id.text
    self.process = process
    let types = Set((linux.namespaces ?? []).map(\.type))
    namespaces = try ExecPlan.flags(of: types, pid: identity.pid, proc: proc)
    let nested = try options.cgroups.map { (text) throws(RuntimeError) in try NestedCgroup(text) }
    if let manager = try record.cgroup?.makeManager() {
      cgroups = try manager.openMembership(nested: nested)
    } else {
      cgroups = CgroupMembership()
    }
    root =
      types.contains(.mount)
      ? nil
      : try proc.open("\(identity.pid)/root", flags: OpenFlags.path | O_DIRECTORY, isMagicLink: true)
        .release()
    consoleSocket = try options.consoleSocket.map { (path) throws(RuntimeError) in
      try during("--console-socket") { () throws(RuntimeError) in
        try Kernel.connect(to: path, .stream).release()
      }
    }
    initProcess = opened.release()
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

  deinit {
    for number in [initProcess, root, consoleSocket].compactMap(\.self) { _ = Descriptor(owning: number) }
  }
}
