internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Spec: config-linux.md#masked-paths, config-linux.md#readonly-paths
extension InitProcess {
  /// Makes the configured paths read-only; missing ones are passed over.
  func makePathsReadOnly() throws(RuntimeError) {
    for path in plan.linux.readonlyPaths ?? [] {
      guard let target = try tree.rootfs.openIfPresent(path) else { continue }
      try during("making \(path) read-only") { () throws(RuntimeError) in
        let copy = try Kernel.cloneMount("", at: target.number, recursive: true)
        try Kernel.change(copy.number, MountAttributes(setting: MountFlag.readOnly), recursive: true)
        try Kernel.attach(copy.number, to: target.number)
      }
    }
  }

  /// Covers the configured paths: directories by one empty file system, files by the host's null device.
  func maskPaths() throws(RuntimeError) {
    var directoryMask = Mask()
    var fileMask = Mask()
    for path in plan.linux.maskedPaths ?? [] {
      guard let target = try tree.rootfs.openIfPresent(path) else { continue }
      try during("masking \(path)") { () throws(RuntimeError) in
        if try Kernel.stat(target.number).st_mode & S_IFMT == S_IFDIR {
          try directoryMask.cover(target.number, InitProcess.makeEmptyDirectory)
        } else {
          try fileMask.cover(target.number, InitProcess.cloneNull)
        }
      }
    }
  }

  private static func makeEmptyDirectory() throws(RuntimeError) -> Descriptor {
    let context = try FileSystemContext(type: "tmpfs")
    try context.set("nr_inodes", "1")
    let bits =
      MountFlag.readOnly | MountFlag.noSUID | MountFlag.noDevices | MountFlag.noExecution
    return try context.mount(attributes: bits)
  }

  /// The host's null device, after a look that it is no link to something readable.
  private static func cloneNull() throws(RuntimeError) -> Descriptor {
    let null = try Kernel.cloneMount("/dev/null", recursive: false, followsLinks: false)
    let found = try Kernel.stat(null.number)
    guard
      found.st_mode & S_IFMT == S_IFCHR,
      UInt64(found.st_rdev) == Kernel.deviceNumber(major: 1, minor: 3)
    else {
      throw RuntimeError(.unsupported, "the host's /dev/null is no null device")
    }
    return null
  }
}

/// A mount that covers many paths: made once, then cloned. Only attached mounts can be cloned.
private struct Mask: ~Copyable {
  private var attached: Descriptor?

  mutating func cover(
    _ target: CInt, _ make: () throws(RuntimeError) -> Descriptor
  ) throws(RuntimeError) {
    if let first = attached?.number {
      let copy = try Kernel.cloneMount("", at: first, recursive: false)
      try Kernel.attach(copy.number, to: target)
    } else {
      let mount = try make()
      try Kernel.attach(mount.number, to: target)
      attached = consume mount
    }
  }
}
