internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// A file system that a mount of the configuration asks for. fsopen(2) to fsmount(2)
struct NewFileSystem {
  let type: String
  let source: String
  let options: MountOptions
  /// SELinux context of its files.
  let label: String?

  /// A tmpfs becomes read-only when the rest is done: it still has to take copies, devices and mount points.
  var isReadOnlyLater: Bool {
    type == "tmpfs" && options.attributes.setting & MountFlag.readOnly != 0
  }

  /// Whether it lies on a device: then the runtime makes it, whose own cgroup may open the device.
  var isOnBlockDevice: Bool {
    guard source.hasPrefix("/"), let place = try? Kernel.open(source, flags: OpenFlags.path),
      let status = try? Kernel.stat(place.number)
    else { return false }
    return status.st_mode & S_IFMT == S_IFBLK
  }

  /// Whether fsconfig(2) cannot take its options: it reads 255 bytes of a value, and overlays of images have
  /// longer ones.
  var hasLongOptions: Bool {
    options.data.contains { option in
      guard let sign = option.utf8.firstIndex(of: UInt8(ascii: "=")) else { return false }
      return option.utf8.distance(from: sign, to: option.utf8.endIndex) > 256
    }
  }

  /// Makes it in one step, at its place. mount(2)
  ///
  /// - Parameters:
  ///   - target: Where, in the process's mount namespace.
  func mount(on target: CInt, proc: HostProc) throws(RuntimeError) {
    try proc.enter()
    let data =
      options.data + (label.map { MountOptions.labelled.contains(type) ? ["context=\($0)"] : [] } ?? [])
    try Kernel.mount(
      source, on: "self/fd/\(target)", type: type, attributes: options.attributes.setting,
      data: data.joined(separator: ","))
  }

  /// Makes it.
  ///
  /// - Returns: A detached mount.
  func make() throws(RuntimeError) -> Descriptor {
    let context = try FileSystemContext(type: type)
    if !source.isEmpty { try context.set("source", source) }
    try options.configure(context)
    // A file system on a device is opened read-only too; the kernel's own have one state for all mounts.
    if options.attributes.setting & MountFlag.readOnly != 0, source.hasPrefix("/dev/") {
      try context.set("ro")
    }
    if let label, MountOptions.labelled.contains(type) { try context.set("context", label) }
    let bits = options.attributes.setting & (isReadOnlyLater ? ~MountFlag.readOnly : ~0)
    return try context.mount(attributes: bits)
  }
}

extension MountOptions {
  /// Passes the file system's own options and flags on. fsconfig(2)
  func configure(_ context: borrowing FileSystemContext) throws(RuntimeError) {
    for option in data {
      if let sign = option.firstIndex(of: "=") {
        try context.set(String(option[..<sign]), String(option[option.index(after: sign)...]))
      } else if option != "newinstance" || context.type != "devpts" {
        try context.set(option)
      }
    }
    for flag in fileSystemFlags where MountOptions.superblockFlags.contains(flag) {
      try context.set(flag)
    }
  }
}
