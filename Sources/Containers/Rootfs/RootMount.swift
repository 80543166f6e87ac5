internal import Glibc
internal import ImageStore
internal import LinuxKernel
internal import RuntimeErrors

/// The container's root file system, in the supervisor's own mount namespace.
///
/// On the host nothing is mounted: whatever ends the supervisor and the container ends the mount.
struct RootMount {
  let container: Container
  /// Absolute path of the store.
  let store: String

  /// Makes the root file system, and attaches it to the bundle where it is a mount.
  ///
  /// - Returns: The root, opened; and the path that config.json names.
  func make() throws(RuntimeError) -> MountedRoot {
    let origin = container.record.origin
    if let layers = origin.layers {
      return try overlay(on: layers.reversed().map { "\(store)/layers/\($0)" })
    }
    if let directory = origin.directory, container.record.options.ephemeral {
      return try overlay(on: [directory])
    }
    let path = origin.directory ?? "\(container.path)/\(ContainerFile.unpacked)"
    if let userns = container.record.options.userns {
      let place = try self.place(ContainerFile.rootfs)
      try MappedMount(UserMapping(userns)).attach(path, to: place.number)
      let root = try Kernel.open(rootPath, flags: O_RDONLY | O_DIRECTORY)
      return MountedRoot(root: ContainerRoot(root), path: ContainerFile.rootfs)
    }
    let root = try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY)
    return MountedRoot(root: ContainerRoot(root), path: path)
  }

  private var rootPath: String { "\(container.path)/\(ContainerFile.bundle)/\(ContainerFile.rootfs)" }

  /// A directory of the bundle, to mount something on.
  private func place(_ name: String) throws(RuntimeError) -> Descriptor {
    // Anew: what was opened before lies on mounts of the host's namespace, which cannot be used here.
    let bundle = try Kernel.open("\(container.path)/\(ContainerFile.bundle)", flags: O_RDONLY | O_DIRECTORY)
    return try ImageStore.directory(name, at: bundle.number)
  }

  /// The root as config.json names it.
  static func path(for container: Container) -> String {
    let origin = container.record.origin
    let options = container.record.options
    if origin.layers != nil || options.ephemeral || options.userns != nil { return ContainerFile.rootfs }
    return origin.directory ?? "\(container.path)/\(ContainerFile.unpacked)"
  }

  private func overlay(on lower: [String]) throws(RuntimeError) -> MountedRoot {
    try during("mounting the root file system") { () throws(RuntimeError) in
      // Anew: what was opened before lies on mounts of the host's namespace, which cannot be used here.
      let directory = try Kernel.open(container.path, flags: O_RDONLY | O_DIRECTORY)
      let isNew = try Kernel.stat(ContainerFile.upper, at: directory.number) == nil
      let upper = try ImageStore.directory(ContainerFile.upper, at: directory.number)
      let work = try ImageStore.directory(ContainerFile.work, at: directory.number)
      let lower = try mapped(lower)
      if isNew { try ImageStore.copyRootAttributes(from: lower[0], to: upper.number) }
      // What goes with the container need not reach the disk.
      let mount = try Kernel.overlay(
        lower: lower, upper: upper.number, work: work.number, isVolatile: container.record.options.remove)
      let place = try self.place(ContainerFile.rootfs)
      try Kernel.attach(mount.number, to: place.number)
      let root = try Kernel.open(".", at: mount.number, flags: O_RDONLY | O_DIRECTORY)
      return MountedRoot(root: ContainerRoot(root), path: ContainerFile.rootfs)
    }
  }

  /// The layers as the container's user namespace is to see them. What it changes has its owners as the host sees
  /// them: the kernel, which makes overlayfs's own files, has no place in the mapping.
  private func mapped(_ lower: [String]) throws(RuntimeError) -> [String] {
    guard let userns = container.record.options.userns else { return lower }
    let mapping = try MappedMount(UserMapping(userns))
    var shown: [String] = []
    for (number, path) in lower.enumerated() {
      let name = "layer-\(number)"
      let place = try self.place(name)
      try mapping.attach(path, to: place.number)
      shown.append("\(container.path)/\(ContainerFile.bundle)/\(name)")
    }
    return shown
  }
}

/// A root file system that can be used.
struct MountedRoot: ~Copyable {
  let root: ContainerRoot
  /// As config.json names it.
  let path: String
}
