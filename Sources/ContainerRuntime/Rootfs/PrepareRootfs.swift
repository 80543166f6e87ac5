internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// The container's file system, from the host's mounts to the point before pivot_root.
extension InitProcess {
  /// Clones the root filesystem into the container's mount namespace and attaches it where the host has
  /// it, so that hooks find it there.
  mutating func attachRootfs() throws(RuntimeError) {
    try separateFromHost()
    let rootfs = try cloneRootfs()
    try separate(rootfs.number)
    if !plan.namespaces.creates(.mount) {
      try process.channel.send(.attaching, Array("\(try Kernel.mountID(rootfs.number))".utf8))
      try process.channel.awaitProceed()
    }
    try during("config.json: /root/path: root filesystem") { () throws(RuntimeError) in
      let target = try openAttachPoint()
      try Kernel.attach(rootfs.number, to: target.number)
    }
    tree = MountTree(
      Rootfs(root: rootfs), sources: prepared.sources, label: plan.mountLabel, proc: prepared.proc)
  }

  /// pivot_root(2) wants an unshared root; the configured propagation is set after it.
  private func separate(_ rootfs: CInt) throws(RuntimeError) {
    let isShared = plan.hostPropagation == MountFlag.shared
    let type = isShared ? MountFlag.privateType : plan.hostPropagation
    try Kernel.change(rootfs, MountAttributes(propagation: type), recursive: !isShared)
  }

  private func cloneRootfs() throws(RuntimeError) -> Descriptor {
    if let rootfs = prepared.takeRootfs() { return rootfs }
    return try during("config.json: /root/path: root filesystem") { () throws(RuntimeError) in
      try Kernel.cloneMount(plan.rootfsPath, recursive: true)
    }
  }

  /// Keeps the container's mounts from appearing on the host.
  private func separateFromHost() throws(RuntimeError) {
    if !plan.namespaces.creates(.mount) { return }
    if plan.hostPropagation == MountFlag.shared {
      // Volumes may propagate to the host, the root filesystem itself must not.
      try makeParentMountPrivate()
    } else {
      try Kernel.change(path: "/", MountAttributes(propagation: plan.hostPropagation), recursive: true)
    }
  }

  /// A mount on a shared mount appears wherever its peers are: makes the mount private, in this
  /// namespace, that holds the root filesystem's directory.
  private func makeParentMountPrivate() throws(RuntimeError) {
    var path = plan.rootfsPath
    while true {
      do {
        return try Kernel.change(
          path: path, MountAttributes(propagation: MountFlag.privateType), recursive: false)
      } catch let error where error.errno == .invalidArgument && path != "/" {
        // Not the root of a mount: its parent is nearer to it.
        let parent = Array(Rootfs.components(path).dropLast())
        path = "/" + parent.joined(separator: "/")
      }
    }
  }

  /// Where the root filesystem is attached: its own path, or `/` where a user namespace may not
  /// search the way to it.
  private func openAttachPoint() throws(RuntimeError) -> Descriptor {
    do {
      return try Kernel.open(plan.rootfsPath, flags: OpenFlags.path | O_DIRECTORY)
    } catch let error where error.errno == .permissionDenied && plan.namespaces.hasUserNamespace {
      return try Kernel.open("/", flags: OpenFlags.path | O_DIRECTORY)
    }
  }

  /// Makes the configured mounts, in order. Spec: config.md#mounts
  mutating func makeMounts() throws(RuntimeError) {
    for mount in plan.mounts {
      try during(mount.place) { () throws(RuntimeError) in
        if mount.kind == .cgroup {
          try attachCgroups(mount)
        } else if plan.isRootless {
          try tree.make(mount, orFromHost: plan.namespaces)
        } else {
          try tree.make(mount)
        }
      }
    }
  }

  /// Makes the mounts read-only that had to be written to first.
  mutating func finishReadOnlyMounts() throws(RuntimeError) {
    try tree.finishReadOnly()
    if plan.config.root?.readonly == true {
      try during("making the root filesystem read-only") { () throws(RuntimeError) in
        try Kernel.change(
          tree.rootfs.root.number, MountAttributes(setting: MountFlag.readOnly), recursive: false)
      }
    }
  }

  /// Makes the root filesystem the root of the process. pivot_root(2)
  func enterRootfs() throws(RuntimeError) {
    try Kernel.changeDirectory(tree.rootfs.root.number)
    if plan.pivots {
      let host = try Kernel.open("/", flags: OpenFlags.path | O_DIRECTORY)
      try Kernel.pivotRoot()
      if plan.hostPropagation == MountFlag.shared {
        // What is unmounted below a shared mount disappears from the host too.
        try Kernel.change(host.number, MountAttributes(propagation: MountFlag.slave), recursive: true)
      }
      try Kernel.detachMount(".")
    } else {
      try moveRootfsOverRoot()
      try Kernel.changeRootToWorkingDirectory()
    }
    try Kernel.changeDirectory("/")
    for change in plan.rootfsPropagation {
      try Kernel.change(
        path: "/", MountAttributes(propagation: change.type), recursive: change.isRecursive)
    }
  }

  /// For `--no-pivot`, on a ramfs root that pivot_root(2) refuses: covers the host's root, so that
  /// chroot(2) cannot be escaped to it.
  private func moveRootfsOverRoot() throws(RuntimeError) {
    guard plan.namespaces.creates(.mount) else { return }
    let root = try Kernel.open("/", flags: OpenFlags.path | O_DIRECTORY)
    // A mount on the host's peer would cover the host's root too.
    try Kernel.change(root.number, MountAttributes(propagation: MountFlag.privateType), recursive: false)
    do {
      try Kernel.attach(tree.rootfs.root.number, to: root.number)
    } catch let error where error.errno == .tooManySymbolicLinkLevels {
      // It was attached there from the beginning.
    }
  }
}
