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
    try during("root filesystem") { () throws(RuntimeError) in
      let target = try openAttachPoint()
      try Kernel.attach(rootfs.number, to: target.number)
    }
    self.rootfs = Rootfs(root: rootfs)
  }

  /// pivot_root(2) wants an unshared root; the configured propagation is set after it.
  private func separate(_ rootfs: CInt) throws(RuntimeError) {
    let isShared = plan.hostPropagation == MountFlag.shared
    let type = isShared ? MountFlag.privateType : plan.hostPropagation
    try Kernel.change(rootfs, MountAttributes(propagation: type), recursive: !isShared)
  }

  private func cloneRootfs() throws(RuntimeError) -> Descriptor {
    if let rootfs = prepared.takeRootfs() { return rootfs }
    return try during("root filesystem") { () throws(RuntimeError) in
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
        let parent = Rootfs.components(path).dropLast().joined(separator: "/")
        path = "/" + parent
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
      try during(mount.place) { () throws(RuntimeError) in try make(mount) }
    }
  }

  private mutating func make(_ mount: PlannedMount) throws(RuntimeError) {
    switch mount.kind {
    case .bind(let source, let recursive):
      if let clone = prepared.takeMount(mount.index) {
        try attachBind(clone, mount)
      } else {
        try attachBind(try Kernel.cloneMount(source, recursive: recursive), mount)
      }
    case .cgroup:
      try attachCgroups(mount)
    case .fileSystem(let type, let source):
      try attach(plan.newFileSystem(type, source, mount.options), mount)
    case .remount:
      let target = try rootfs.open(mount.destination)
      try apply(mount.options, to: target.number)
      if mount.options.changesFileSystem { try reconfigure(target.number, mount.options) }
    }
  }

  /// `remount` with options of the file system. mount(2), MS_REMOUNT
  private func reconfigure(_ mount: CInt, _ options: MountOptions) throws(RuntimeError) {
    let context = try FileSystemContext(of: mount)
    try options.configure(context)
    try context.reconfigure()
  }

  /// Attaches a bind mount with its options. Spec: config.md#linux-mount-options
  private mutating func attachBind(
    _ clone: consuming Descriptor, _ mount: PlannedMount
  ) throws(RuntimeError) {
    let isDirectory = try Kernel.stat(clone.number).st_mode & S_IFMT == S_IFDIR
    if mount.destination == "/proc" { try requireProc(clone.number, mount) }
    let target =
      isDirectory ? try rootfs.makeDirectory(mount.destination) : try rootfs.makeFile(mount.destination)
    guard isDirectory == (try Kernel.stat(target.number).st_mode & S_IFMT == S_IFDIR) else {
      throw RuntimeError(
        .invalidConfig,
        isDirectory
          ? "the source is a directory, the destination is not"
          : "the destination is a directory, the source is not")
    }
    try refuseCoveringProc(target.number, mount)
    try apply(mount.options, to: clone.number)
    try Kernel.attach(clone.number, to: target.number)
    if mount.destination == "/" { rootfs.replaceRoot(with: clone) }
  }

  /// Through a symbolic link of the image's, a mount could cover a part of /proc all the same.
  private func refuseCoveringProc(_ target: CInt, _ mount: PlannedMount) throws(RuntimeError) {
    guard !mount.isNamedInProc, try Kernel.fileSystemMagic(target) == FileSystemMagic.proc,
      let proc = try rootfs.openIfPresent("/proc"),
      try Kernel.mountID(proc.number) == Kernel.mountID(target)
    else { return }
    throw RuntimeError(.hostileRootfs, "the image has a link there that leads into /proc")
  }

  private func requireProc(_ mount: CInt, _ planned: PlannedMount) throws(RuntimeError) {
    guard try Kernel.fileSystemMagic(mount) == FileSystemMagic.proc else {
      throw RuntimeError(.invalidConfig, "only a proc file system may be mounted there")
    }
  }

  /// Makes and attaches a new file system.
  private mutating func attach(
    _ fileSystem: NewFileSystem, _ mount: PlannedMount
  ) throws(RuntimeError) {
    if let made = prepared.takeMount(mount.index) {
      try attach(made, fileSystem, mount)
    } else {
      try attach(try fileSystem.make(), fileSystem, mount)
    }
  }

  private mutating func attach(
    _ made: consuming Descriptor, _ fileSystem: NewFileSystem, _ mount: PlannedMount
  ) throws(RuntimeError) {
    let target = try openTarget(for: fileSystem.type, mount.destination)
    try refuseCoveringProc(target.number, mount)
    if mount.options.copiesUp, fileSystem.type == "tmpfs" {
      try copyUp(from: target.number, to: made.number)
    }
    try applyRecursive(mount.options, to: made.number)
    try Kernel.attach(made.number, to: target.number)
    if fileSystem.isReadOnlyLater { readOnlyLater.append(try Kernel.duplicate(made.number).release()) }
    if mount.destination == "/" { rootfs.replaceRoot(with: made) }
  }

  /// Opens a mount point for a file system of `type`.
  ///
  /// /proc and /sys must be plain directories: through a symbolic link the image would choose where
  /// masks and read-only paths go.
  private func openTarget(for type: String, _ destination: String) throws(RuntimeError) -> Descriptor {
    guard type == "proc" || type == "sysfs" else { return try rootfs.makeDirectory(destination) }
    do {
      return try rootfs.open(destination, flags: OpenFlags.path | O_DIRECTORY, followsLinks: false)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return try rootfs.makeDirectory(destination)
    } catch let error where error.errno == .tooManySymbolicLinkLevels || error.errno == .notDirectory {
      throw RuntimeError(
        .hostileRootfs, "\(type) must be mounted on an ordinary directory, and the image has a link there")
    }
  }

  /// Gives a detached bind mount its attributes and propagation.
  private func apply(_ options: MountOptions, to mount: CInt) throws(RuntimeError) {
    if !options.attributes.isEmpty {
      try Kernel.change(mount, options.attributes, recursive: false)
    }
    try applyRecursive(options, to: mount)
  }

  private func applyRecursive(_ options: MountOptions, to mount: CInt) throws(RuntimeError) {
    if !options.recursiveAttributes.isEmpty {
      try Kernel.change(mount, options.recursiveAttributes, recursive: true)
    }
    for change in options.propagation {
      try Kernel.change(mount, MountAttributes(propagation: change.type), recursive: change.isRecursive)
    }
  }

  /// Makes the mounts read-only that had to be written to first.
  mutating func finishReadOnlyMounts() throws(RuntimeError) {
    for number in readOnlyLater {
      let mount = Descriptor(owning: number)
      try Kernel.change(mount.number, MountAttributes(setting: MountFlag.readOnly), recursive: false)
    }
    readOnlyLater = []
    if plan.config.root?.readonly == true {
      try during("making the root filesystem read-only") { () throws(RuntimeError) in
        try Kernel.change(
          rootfs.root.number, MountAttributes(setting: MountFlag.readOnly), recursive: false)
      }
    }
  }

  /// Makes the root filesystem the root of the process. pivot_root(2)
  func enterRootfs() throws(RuntimeError) {
    try Kernel.changeDirectory(rootfs.root.number)
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
      try Kernel.attach(rootfs.root.number, to: root.number)
    } catch let error where error.errno == .tooManySymbolicLinkLevels {
      // It was attached there from the beginning.
    }
  }
}

extension MountOptions {
  /// Whether a remount concerns the file system, and not only the mount.
  fileprivate var changesFileSystem: Bool {
    bind == nil && (!data.isEmpty || fileSystemFlags.contains(where: MountOptions.superblockFlags.contains))
  }

  /// File system flags that fsconfig(2) takes. Of the others `silent` and `loud` concern only the kernel's
  /// log, and every file system that counts versions has done it unasked since Linux 6.0.
  static let superblockFlags: Set = [
    "sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand",
  ]

  /// File systems that take the SELinux context of `linux.mountLabel`.
  static let labelled: Set = ["tmpfs", "mqueue", "devpts", "ramfs"]
}
