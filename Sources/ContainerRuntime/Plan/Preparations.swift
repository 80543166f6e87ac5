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
  private var mounts: [Int: CInt] = [:]

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
    for number in [consoleSocket, startListener].compactMap(\.self) + mounts.values {
      _ = Descriptor(owning: number)
    }
  }

  /// Makes what the init process will have no right to reach, to map or to open: sources of a container
  /// with a user namespace, id-mapped mounts, and file systems on devices.
  func makeSources(_ plan: Plan) throws(RuntimeError) {
    for mount in plan.mounts {
      try during(mount.place) { () throws(RuntimeError) in
        switch mount.kind {
        case .bind(let source, let recursive):
          guard plan.namespaces.hasUserNamespace || mount.isIDMapped else { return }
          mounts[mount.index] = try clone(source, recursive, mount, plan).release()
        case .fileSystem(let type, let source):
          let fileSystem = plan.newFileSystem(type, source, mount.options)
          guard fileSystem.isOnBlockDevice else { return }
          mounts[mount.index] = try fileSystem.make().release()
        case .cgroup, .remount: return
        }
      }
    }
    if plan.namespaces.hasUserNamespace {
      rootfs = try during("root filesystem") { () throws(RuntimeError) in
        try Kernel.cloneMount(plan.rootfsPath, recursive: true)
      }
    }
  }

  private func clone(
    _ source: String, _ recursive: Bool, _ mount: PlannedMount, _ plan: Plan
  ) throws(RuntimeError) -> Descriptor {
    let clone = try Kernel.cloneMount(source, recursive: recursive)
    try Kernel.change(clone.number, MountAttributes(propagation: plan.hostPropagation), recursive: true)
    if mount.isIDMapped { try mapIDs(of: clone.number, mount, plan) }
    return clone
  }

  /// Spec: config.md#posix-platform-mounts, mount_setattr(2) MOUNT_ATTR_IDMAP
  private func mapIDs(of clone: CInt, _ mount: PlannedMount, _ plan: Plan) throws(RuntimeError) {
    let namespace = try mappingNamespace(mount, plan)
    let isRecursive = mount.options.idmap == .recursive
    try Kernel.change(
      clone, MountAttributes(), recursive: isRecursive, userNamespace: namespace.number)
  }

  /// A user namespace with the mount's own mappings, or else the container's.
  private func mappingNamespace(_ mount: PlannedMount, _ plan: Plan) throws(RuntimeError) -> Descriptor {
    if !mount.uidMappings.isEmpty {
      return try UserNamespace.holding(
        uidMappings: mount.uidMappings, gidMappings: mount.gidMappings, of: "/mounts/\(mount.index)",
        proc: proc)
    }
    if let joined = namespaces.numbers[.user] { return try Kernel.duplicate(joined) }
    return try UserNamespace.holding(
      uidMappings: plan.linux.uidMappings ?? [], gidMappings: plan.linux.gidMappings ?? [], of: "/linux",
      proc: proc)
  }

  /// The root filesystem's clone, once.
  func takeRootfs() -> Descriptor? { rootfs.take() }

  /// The clone of `/mounts/index`, once.
  func takeMount(_ index: Int) -> Descriptor? {
    mounts.removeValue(forKey: index).map { Descriptor(owning: $0) }
  }
}
