internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// Device nodes and the links in /dev. Spec: config-linux.md#devices, runtime-linux.md#dev-symbolic-links
extension InitProcess {
  /// Spec: config-linux.md#default-devices
  private static let defaultDevices: [Device] =
    [
      ("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9),
    ].map { Device(type: .character, path: "/dev/\($0.0)", major: 1, minor: $0.1) }
    + [Device(type: .character, path: "/dev/tty", major: 5, minor: 0)]

  /// Makes the default and the configured devices, and /dev's links.
  ///
  /// A bind mount on /dev is the caller's own: nothing is added to it.
  mutating func makeDevices() throws(RuntimeError) {
    if plan.hasForeignDev { return }
    let configured = plan.linux.devices ?? []
    let dev = try tree.rootfs.makeDirectory("/dev")
    for device in InitProcess.defaultDevices(beside: configured) {
      try during(device.path) { () throws(RuntimeError) in
        try make(device, in: dev.number, name: String(device.path.dropFirst(5)))
      }
    }
    for (index, device) in configured.enumerated() {
      try during("config.json: /linux/devices/\(index): \(device.path)") { () throws(RuntimeError) in
        let entry = try tree.rootfs.makeParent(of: device.path)
        try make(device, in: entry.directory.number, name: entry.name)
      }
    }
    try makeLinks(in: dev.number)
  }

  /// All devices of a container.
  static func devices(of linux: LinuxConfig) -> [Device] {
    let configured = linux.devices ?? []
    return defaultDevices(beside: configured) + configured
  }

  private static func defaultDevices(beside configured: [Device]) -> [Device] {
    defaultDevices.filter { device in !configured.contains { $0.path == device.path } }
  }

  private func make(_ device: Device, in directory: CInt, name: String) throws(RuntimeError) {
    let number = Kernel.deviceNumber(major: UInt32(device.major ?? 0), minor: UInt32(device.minor ?? 0))
    let type = device.type.modeBits
    if plan.namespaces.hasUserNamespace, device.type != .fifo {
      return try bindDevice(device, number, in: directory, name: name)
    }
    do {
      let permissions = (device.fileMode ?? 0o666) & 0o7777
      try Kernel.makeNode(name, at: directory, mode: type | permissions, device: number)
    } catch let error where error.errno == .notPermitted && device.type != .fifo {
      // The runtime itself is in a user namespace, or has no CAP_MKNOD.
      return try bindDevice(device, number, in: directory, name: name)
    } catch let error where error.errno == .fileExists {
      return try requireSame(device, number, try Kernel.stat(name, at: directory))
    }
    let (uid, gid) = (device.uid ?? 0, device.gid ?? 0)
    if uid != 0 || gid != 0 {
      let node = try Kernel.open(name, at: directory, flags: OpenFlags.path | O_NOFOLLOW)
      // In a shared volume somebody else may have put another file in the node's place.
      try requireSame(device, number, try Kernel.stat(node.number))
      try Kernel.changeOwner(node.number, uid: uid, gid: gid)
    }
  }

  /// A file that exists must be the device that is asked for; its owner and mode are left alone.
  private func requireSame(
    _ device: Device, _ number: UInt64, _ there: Glibc.stat?
  ) throws(RuntimeError) {
    guard
      let there, there.st_mode & S_IFMT == device.type.modeBits,
      device.type == .fifo || UInt64(there.st_rdev) == number
    else {
      throw RuntimeError(
        .hostileRootfs, "the root filesystem has another file there (config-linux.md#devices)")
    }
  }

  /// A user namespace may not make device nodes: the host's is mounted instead, after a look that it
  /// is the device and no link to something else.
  private func bindDevice(
    _ device: Device, _ number: UInt64, in directory: CInt, name: String
  ) throws(RuntimeError) {
    let source = try cloneHostDevice(device, number)
    if try Kernel.stat(name, at: directory) == nil {
      try Kernel.makeNode(name, at: directory, mode: UInt32(S_IFREG) | 0o600, device: 0)
    }
    let target = try Kernel.open(name, at: directory, flags: OpenFlags.path | O_NOFOLLOW)
    let type = try Kernel.stat(target.number).st_mode & S_IFMT
    guard type != S_IFLNK, type != S_IFDIR else {
      throw RuntimeError(
        .hostileRootfs, "the root filesystem has another file there (config-linux.md#devices)")
    }
    try Kernel.attach(source.number, to: target.number)
  }

  /// The host's node of a device: at the same path, or else where the kernel itself has it.
  private func cloneHostDevice(_ device: Device, _ number: UInt64) throws(RuntimeError) -> Descriptor {
    for path in [device.path, device.kernelPath].compactMap(\.self) {
      do throws(RuntimeError) {
        let source = try Kernel.cloneMount(path, recursive: false, followsLinks: false)
        let found = try Kernel.stat(source.number)
        if found.st_mode & S_IFMT == device.type.modeBits, UInt64(found.st_rdev) == number { return source }
      } catch let error where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {}
    }
    throw RuntimeError(
      .unsupported,
      "the host has no such device at \(device.path), and a user namespace cannot make one")
  }

  /// Spec: runtime-linux.md#dev-symbolic-links
  private func makeLinks(in dev: CInt) throws(RuntimeError) {
    if try tree.rootfs.openIfPresent("/proc/self/fd") != nil {
      for (name, target) in [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
      ] {
        try makeLink(name, to: target, in: dev)
      }
    }
    // A node that the image brings would be another instance's.
    if try Kernel.stat("ptmx", at: dev) != nil { try? Kernel.remove("ptmx", at: dev) }
    try makeLink("ptmx", to: "pts/ptmx", in: dev)
  }

  private func makeLink(_ name: String, to target: String, in dev: CInt) throws(RuntimeError) {
    do {
      try Kernel.makeSymbolicLink(name, at: dev, target: target)
    } catch let error where error.errno == .fileExists {
      // The image brings one of its own.
    }
  }
}

extension DeviceType {
  /// S_IFCHR, S_IFBLK or S_IFIFO. inode(7)
  var modeBits: UInt32 {
    switch self {
    case .character, .unbufferedCharacter: UInt32(S_IFCHR)
    case .block: UInt32(S_IFBLK)
    case .fifo: UInt32(S_IFIFO)
    }
  }
}

extension Device {
  /// Where the host's devtmpfs has the device, by its number. sysfs(5), /sys/dev
  fileprivate var kernelPath: String? {
    let folder = type == .block ? "block" : "char"
    let file = "/sys/dev/\(folder)/\(major ?? 0):\(minor ?? 0)/uevent"
    guard let text = try? Kernel.readText(file) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("DEVNAME=") }
    return line.map { "/dev/" + $0.dropFirst("DEVNAME=".count) }
  }
}
