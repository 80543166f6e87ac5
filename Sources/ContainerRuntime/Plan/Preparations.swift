internal import Cgroups
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// What the runtime opens before the init process exists, for the init process to use. Owns what it holds.
final class Preparations {
  let proc: HostProc
  let namespaces: OpenedNamespaces
  let cgroups: CgroupMembership
  let cgroupMounts: [CgroupMount]
  /// Where the terminal goes, if the caller named a socket.
  let consoleSocket: CInt?
  /// Where the init process waits for `start`; nil when the runtime stays.
  let startListener: CInt?

  private var rootfs: Descriptor?
  /// Mounts that the runtime makes, as the init process cannot.
  let sources = MountSources()

  init(
    proc: HostProc, namespaces: OpenedNamespaces, cgroups: consuming CgroupMembership,
    cgroupMounts: [CgroupMount],
    consoleSocket: CInt?, startListener: CInt?
  ) {
    self.proc = proc
    self.namespaces = namespaces
    self.cgroups = cgroups
    self.cgroupMounts = cgroupMounts
    self.consoleSocket = consoleSocket
    self.startListener = startListener
  }

  deinit {
    for number in [consoleSocket, startListener].compactMap(\.self) {
      _ = Descriptor(owning: number)
    }
  }

  /// Makes what the init process will have no right to reach, to map or to open: sources of a container
  /// with a user namespace, id-mapped mounts, and file systems on devices.
  func makeSources(_ plan: Plan) throws(RuntimeError) {
    let linux = plan.linux
    let namespaces = namespaces
    if plan.isUnprivileged {
      for mount in plan.mounts { try mount.refuseUsersMapping() }
    }
    try sources.make(
      plan.mounts, clonesBinds: plan.namespaces.hasUserNamespace, propagation: plan.hostPropagation,
      label: plan.mountLabel, proc: proc
    ) { proc throws(RuntimeError) in
      if let joined = namespaces.numbers[.user] { return try Kernel.duplicate(joined) }
      return try UserNamespace.holding(
        uidMappings: linux.uidMappings ?? [], gidMappings: linux.gidMappings ?? [],
        of: "config.json: /linux", proc: proc)
    }
    if plan.namespaces.hasUserNamespace {
      rootfs = try during("config.json: /root/path: root filesystem") { () throws(RuntimeError) in
        try Kernel.cloneMount(plan.rootfsPath, recursive: true)
      }
    }
  }

  /// The root filesystem's clone, once.
  func takeRootfs() -> Descriptor? { rootfs.take() }
}
