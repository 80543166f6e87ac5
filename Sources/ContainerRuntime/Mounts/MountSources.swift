internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Detached mounts that the runtime makes, because a process of the container could not: it has no right to
/// reach, to map or to open their sources. Owns what it holds.
final class MountSources {
  private var mounts: [Int: CInt] = [:]

  /// Makes what is needed for `planned`: bind mounts of sources that are out of reach, id-mapped mounts, and
  /// file systems on devices.
  ///
  /// - Parameters:
  ///   - clonesBinds: Whether all sources of bind mounts are out of reach.
  ///   - propagation: How the clones relate to the host's mounts.
  ///   - label: SELinux context of new file systems.
  ///   - containersMapping: The user namespace for a mount without mappings of its own.
  func make(
    _ planned: [PlannedMount], clonesBinds: Bool, propagation: UInt64, label: String?, proc: HostProc,
    containersMapping: (HostProc) throws(RuntimeError) -> Descriptor
  ) throws(RuntimeError) {
    for mount in planned {
      try during(mount.place) { () throws(RuntimeError) in
        switch mount.kind {
        case .bind(let source, let recursive):
          guard clonesBinds || mount.isIDMapped else { return }
          let clone = try Kernel.cloneMount(source, recursive: recursive)
          try Kernel.change(clone.number, MountAttributes(propagation: propagation), recursive: true)
          if mount.isIDMapped {
            let namespace =
              mount.uidMappings.isEmpty ? try containersMapping(proc) : try mount.holdMappings(proc)
            try Kernel.change(
              clone.number, MountAttributes(), recursive: mount.options.idmap == .recursive,
              userNamespace: namespace.number)
          }
          mounts[mount.index] = clone.release()
        case .fileSystem(let type, let source):
          let fileSystem = NewFileSystem(type: type, source: source, options: mount.options, label: label)
          guard fileSystem.isOnBlockDevice else { return }
          mounts[mount.index] = try fileSystem.make().release()
        case .cgroup, .remount: return
        }
      }
    }
  }

  /// The mount of `/mounts/index`, once.
  func take(_ index: Int) -> Descriptor? {
    mounts.removeValue(forKey: index).map { Descriptor(owning: $0) }
  }

  deinit {
    for number in mounts.values { _ = Descriptor(owning: number) }
  }
}

extension PlannedMount {
  /// A user namespace with the mount's own mappings.
  ///
  /// Spec: config.md#posix-platform-mounts, mount_setattr(2) MOUNT_ATTR_IDMAP
  fileprivate func holdMappings(_ proc: HostProc) throws(RuntimeError) -> Descriptor {
    try UserNamespace.holding(
      uidMappings: uidMappings, gidMappings: gidMappings, of: pointer, proc: proc)
  }
}
