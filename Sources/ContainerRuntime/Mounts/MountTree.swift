internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// The tree of a container's mounts, as mounts are added to it.
struct MountTree: ~Copyable {
  var rootfs: Rootfs
  /// What was made on the host.
  private let sources: MountSources
  /// The host's /proc.
  private let proc: HostProc
  /// SELinux context of new file systems.
  private let label: String?
  /// Mounts that become read-only when the rest is done.
  private var readOnlyLater: [CInt] = []

  /// A tree below `rootfs`.
  init(_ rootfs: consuming Rootfs, sources: MountSources, label: String?, proc: HostProc) {
    self.rootfs = rootfs
    self.proc = proc
    self.sources = sources
    self.label = label
  }

  /// Makes one mount, but not one of cgroups. Spec: config.md#mounts
  mutating func make(_ mount: PlannedMount) throws(RuntimeError) {
    switch mount.kind {
    case .bind(let source, let recursive):
      if let clone = sources.take(mount.index) {
        try attachBind(clone, mount)
      } else {
        try attachBind(try Kernel.cloneMount(source, recursive: recursive), mount)
      }
    case .cgroup:
      throw RuntimeError(.unsupported, "cgroups are mounted when the container is made, and not later")
    case .fileSystem(let type, let source):
      try attach(NewFileSystem(type: type, source: source, options: mount.options, label: label), mount)
    case .remount:
      let target = try rootfs.open(mount.destination)
      try apply(mount.options, to: target.number)
      if mount.options.changesFileSystem { try reconfigure(target.number, mount.options) }
    }
  }

  /// Makes the mounts read-only that had to be written to first.
  mutating func finishReadOnly() throws(RuntimeError) {
    for number in readOnlyLater {
      let mount = Descriptor(owning: number)
      try Kernel.change(mount.number, MountAttributes(setting: MountFlag.readOnly), recursive: false)
    }
    readOnlyLater = []
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
    if let made = sources.take(mount.index) {
      try attach(made, fileSystem, mount)
    } else if fileSystem.hasLongOptions {
      let target = try openTarget(for: fileSystem.type, mount.destination)
      try refuseCoveringProc(target.number, mount)
      try fileSystem.mount(on: target.number, proc: proc)
      let made = try rootfs.open(mount.destination)
      try applyRecursive(mount.options, to: made.number)
      if mount.destination == "/" { rootfs.replaceRoot(with: made) }
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
  func openTarget(for type: String, _ destination: String) throws(RuntimeError) -> Descriptor {
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
