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
    self.id = id.text
    self.process = process
    entrance = try Entrance(id, identity: identity, linux: linux, proc: proc)
    let nested = try options.cgroups.map { (text) throws(RuntimeError) in try NestedCgroup(text) }
    if let manager = try record.cgroup?.makeManager() {
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
