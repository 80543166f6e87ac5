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
  let entrance: Entrance
  /// What moves the process into the container's cgroups, if it cannot begin there.
  let manager: (any CgroupManager)?
  let cgroups: CgroupMembership
  /// Where the terminal goes, if the caller named a socket.
  let consoleSocket: CInt?
  /// Whether what only the host's root may do can be left out.
  let isRootless: Bool

  /// Opens everything.
  ///
  /// - Parameters:
  ///   - process: Of the process to add.
  ///   - identity: The init process.
  init(
    _ process: ProcessPlan, container id: ContainerID, identity: InitIdentity, record: ContainerRecord,
    linux: LinuxConfig, options: ExecOptions, proc: HostProc
  ) throws(RuntimeError) {
    self.id = id.text
    self.process = process
    isRootless = options.rootless.applies
    entrance = try Entrance(id, identity: identity, linux: linux, proc: proc)
    let nested = try options.cgroups.map { (text) throws(RuntimeError) in try NestedCgroup(text) }
    manager = try record.cgroup?.makeManager()
    if let manager {
      cgroups = try manager.openMembership(nested: nested, beside: identity.pid)
    } else if let cgroup = options.cgroups.first {
      throw RuntimeError(
        .invalidArgument, "--cgroup \"\(cgroup)\": container \(id) was made without cgroups")
    } else {
      cgroups = CgroupMembership()
    }
    consoleSocket = try options.consoleSocket.map { (path) throws(RuntimeError) in
      try during("--console-socket") { () throws(RuntimeError) in
        try Kernel.connect(to: path, .stream).release()
      }
    }
  }

  deinit {
    if let consoleSocket { _ = Descriptor(owning: consoleSocket) }
  }
}
