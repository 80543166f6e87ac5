internal import CLinux
internal import Glibc
public import RuntimeErrors

/// The attributes that mount_setattr(2) changes on a mount.
public struct MountAttributes: Sendable, Equatable {
  /// MOUNT_ATTR_* to switch on.
  public var setting: UInt64 = 0
  /// MOUNT_ATTR_* to switch off.
  public var clearing: UInt64 = 0
  /// MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, or 0 to leave it.
  public var propagation: UInt64 = 0

  /// No change.
  public init(setting: UInt64 = 0, clearing: UInt64 = 0, propagation: UInt64 = 0) {
    self.setting = setting
    self.clearing = clearing
    self.propagation = propagation
  }

  /// Whether there is nothing to change.
  public var isEmpty: Bool { setting == 0 && clearing == 0 && propagation == 0 }
}

extension Kernel {
  /// open_tree(2) with OPEN_TREE_CLONE: a detached copy of a mount.
  ///
  /// - Parameters:
  ///   - path: Absolute or relative to `directory`; empty for `directory` itself.
  ///   - recursive: With the mounts below it.
  ///   - followsLinks: Whether a final symbolic link is followed.
  public static func cloneMount(
    _ path: String, at directory: CInt = Directory.working, recursive: Bool, followsLinks: Bool = true
  ) throws(RuntimeError) -> Descriptor {
    var flags = Int(OPEN_TREE_CLONE) | Int(O_CLOEXEC)
    if recursive { flags |= Int(linux_AT_RECURSIVE) }
    if path.isEmpty { flags |= Int(linux_AT_EMPTY_PATH) }
    if !followsLinks { flags |= Int(AT_SYMLINK_NOFOLLOW) }
    let number = path.withCString { raw(__NR_open_tree, Int(directory), address($0), flags) }
    return Descriptor(owning: CInt(try check(number, "open_tree", path.isEmpty ? nil : path)))
  }

  /// move_mount(2) from a descriptor onto a descriptor.
  ///
  /// - Parameters:
  ///   - mount: A detached mount, or the root of an attached one.
  ///   - target: The mount point.
  public static func attach(_ mount: CInt, to target: CInt) throws(RuntimeError) {
    let flags = Int(MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH)
    let status = raw(__NR_move_mount, Int(mount), address(""), Int(target), address(""), flags)
    try check(status, "move_mount")
  }

  /// mount_setattr(2) on the mount that `mount` is the root of.
  ///
  /// - Parameters:
  ///   - userNamespace: Maps the mount's IDs through this namespace (MOUNT_ATTR_IDMAP).
  public static func change(
    _ mount: CInt, _ attributes: MountAttributes, recursive: Bool, userNamespace: CInt? = nil
  ) throws(RuntimeError) {
    var request = mount_attr()
    request.attr_set = attributes.setting
    request.attr_clr = attributes.clearing
    request.propagation = attributes.propagation
    if let userNamespace {
      request.attr_set |= UInt64(MOUNT_ATTR_IDMAP)
      request.userns_fd = UInt64(userNamespace)
    }
    let flags = Int(linux_AT_EMPTY_PATH) | (recursive ? Int(linux_AT_RECURSIVE) : 0)
    let status = raw(
      __NR_mount_setattr, Int(mount), address(""), flags, address(&request), MemoryLayout<mount_attr>.size)
    try check(status, "mount_setattr")
  }

  /// mount_setattr(2) on a path's mount.
  public static func change(
    path: String, _ attributes: MountAttributes, recursive: Bool
  ) throws(RuntimeError) {
    var request = mount_attr()
    request.attr_set = attributes.setting
    request.attr_clr = attributes.clearing
    request.propagation = attributes.propagation
    let status = path.withCString {
      raw(
        __NR_mount_setattr, Int(Directory.working), address($0), recursive ? Int(linux_AT_RECURSIVE) : 0,
        address(&request), MemoryLayout<mount_attr>.size)
    }
    try check(status, "mount_setattr", path)
  }

  /// statx(2) STATX_MNT_ID: the number of the mount that a descriptor lies on.
  public static func mountID(_ descriptor: CInt) throws(RuntimeError) -> UInt64 {
    var id: UInt64 = 0
    try check(linux_mount_id(descriptor, &id), "statx")
    return id
  }

  /// statx(2) STATX_ATTR_MOUNT_ROOT: whether a descriptor is the root of a mount.
  public static func isMountRoot(_ descriptor: CInt) throws(RuntimeError) -> Bool {
    try check(Int(linux_is_mount_root(descriptor)), "statx") == 1
  }

  /// umount2(2) with MNT_DETACH.
  public static func detachMount(_ path: String) throws(RuntimeError) {
    try check(path.withCString { raw(__NR_umount2, address($0), 2) }, "umount2", path)
  }

  /// pivot_root(".", "."): the working directory becomes the root, with the old root on top of it.
  public static func pivotRoot() throws(RuntimeError) {
    try check(raw(__NR_pivot_root, address("."), address(".")), "pivot_root")
  }

  /// chroot(2) to the working directory.
  public static func changeRootToWorkingDirectory() throws(RuntimeError) {
    try check(raw(__NR_chroot, address(".")), "chroot")
  }

  /// fchdir(2)
  public static func changeDirectory(_ descriptor: CInt) throws(RuntimeError) {
    try check(raw(__NR_fchdir, Int(descriptor)), "fchdir")
  }

  /// chdir(2)
  public static func changeDirectory(_ path: String) throws(RuntimeError) {
    try check(path.withCString { raw(__NR_chdir, address($0)) }, "chdir", path)
  }
}

/// A file system that is being configured: fsopen(2) to fsmount(2).
public struct FileSystemContext: ~Copyable {
  private let context: Descriptor
  /// As in /proc/filesystems; empty for one that is mounted already.
  public let type: String

  /// fsopen(2)
  ///
  /// - Parameters:
  ///   - type: As in /proc/filesystems.
  public init(type: String) throws(RuntimeError) {
    let number = type.withCString { raw(__NR_fsopen, address($0), Int(FSOPEN_CLOEXEC)) }
    self.context = Descriptor(owning: CInt(try check(number, "fsopen", type)))
    self.type = type
  }

  /// fspick(2): a file system that is mounted.
  ///
  /// - Parameters:
  ///   - mount: A descriptor of the mount's root.
  public init(of mount: CInt) throws(RuntimeError) {
    let number = raw(__NR_fspick, Int(mount), address(""), Int(FSPICK_EMPTY_PATH | FSPICK_CLOEXEC))
    self.context = Descriptor(owning: CInt(try check(number, "fspick")))
    self.type = ""
  }

  /// fsconfig(2) with FSCONFIG_CMD_RECONFIGURE.
  public borrowing func reconfigure() throws(RuntimeError) {
    try explain(
      raw(__NR_fsconfig, Int(context.number), Int(FSCONFIG_CMD_RECONFIGURE.rawValue)), "fsconfig",
      "reconfigure")
  }

  /// fsconfig(2): sets `key` to `value`, or as a flag without a value.
  public borrowing func set(_ key: String, _ value: String? = nil) throws(RuntimeError) {
    let status = key.withCString { key in
      guard let value else {
        return raw(__NR_fsconfig, Int(context.number), Int(FSCONFIG_SET_FLAG.rawValue), address(key))
      }
      return value.withCString {
        raw(
          __NR_fsconfig, Int(context.number), Int(FSCONFIG_SET_STRING.rawValue), address(key), address($0))
      }
    }
    try explain(status, "fsconfig", value.map { "\(key)=\($0)" } ?? key)
  }

  /// fsconfig(2) with FSCONFIG_CMD_CREATE, then fsmount(2).
  ///
  /// - Parameters:
  ///   - attributes: MOUNT_ATTR_* of the mount.
  /// - Returns: A detached mount.
  public borrowing func mount(attributes: UInt64) throws(RuntimeError) -> Descriptor {
    let created = raw(__NR_fsconfig, Int(context.number), Int(FSCONFIG_CMD_CREATE.rawValue))
    try explain(created, "fsconfig", type)
    let mounted = raw(
      __NR_fsmount, Int(context.number), Int(FSMOUNT_CLOEXEC), Int(truncatingIfNeeded: attributes))
    try explain(mounted, "fsmount", type)
    return Descriptor(owning: CInt(mounted))
  }

  /// Adds the kernel's own words, which the context keeps, to an error.
  private borrowing func explain(
    _ status: Int, _ name: StaticString, _ subject: String
  ) throws(RuntimeError) {
    guard status < 0 else { return }
    var error = failure(status, name, subject)
    // Messages look like "e tmpfs: Bad value for 'size'\n".
    if let bytes = try? Kernel.read(context.number, most: 1024) {
      let words = bytes.drop { $0 != UInt8(ascii: " ") }.dropFirst()
      let line = String(decoding: words.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      if !line.isEmpty { error.hint = "the kernel says: \(line)" }
    }
    throw error
  }
}
