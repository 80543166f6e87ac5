internal import CLinux
public import Glibc
public import RuntimeErrors
internal import SystemPackage

/// Calls by raw name: what an archive or a foreign directory calls its files need not be UTF-8.
extension Kernel {
  /// openat(2) by raw name, always close-on-exec.
  public static func open(
    _ name: RawName, at directory: CInt, flags: CInt, mode: UInt32 = 0
  ) throws(RuntimeError) -> Descriptor {
    let number = name.withUnsafeBytes {
      raw(__NR_openat, Int(directory), address($0.baseAddress), Int(flags | O_CLOEXEC), Int(mode))
    }
    return Descriptor(owning: CInt(try check(number, "openat", text(of: name))))
  }

  /// openat2(2) by raw path, always close-on-exec.
  ///
  /// - Parameters:
  ///   - resolve: RESOLVE_* flags that confine the path.
  public static func open(
    _ path: RawName, at directory: CInt, flags: CInt, resolve: UInt64
  ) throws(RuntimeError) -> Descriptor {
    var how = open_how()
    how.flags = UInt64(UInt32(bitPattern: flags | O_CLOEXEC))
    how.resolve = resolve
    while true {
      let number = path.withUnsafeBytes {
        raw(__NR_openat2, Int(directory), address($0.baseAddress), address(&how), MemoryLayout<open_how>.size)
      }
      // EAGAIN: the kernel could not rule out a race with a rename, and asks to try again.
      if number == Int(-EAGAIN) { continue }
      return Descriptor(owning: CInt(try check(number, "openat2", text(of: path))))
    }
  }

  /// fstatat(2) that does not follow a final symbolic link, by raw name.
  ///
  /// - Returns: nil if nothing is there.
  public static func stat(_ name: RawName, at directory: CInt) throws(RuntimeError) -> Glibc.stat? {
    var result = Glibc.stat()
    let status = fstatat(directory, name, &result, AT_SYMLINK_NOFOLLOW)
    if status != 0, errno == ENOENT { return nil }
    try check(status == 0 ? 0 : -Int(errno), "fstatat", text(of: name))
    return result
  }

  /// mkdirat(2) by raw name.
  public static func makeDirectory(_ name: RawName, at directory: CInt, mode: UInt32) throws(RuntimeError) {
    let status = name.withUnsafeBytes {
      raw(__NR_mkdirat, Int(directory), address($0.baseAddress), Int(mode))
    }
    try check(status, "mkdirat", text(of: name))
  }

  /// mknodat(2) by raw name.
  ///
  /// - Parameters:
  ///   - mode: Type and permission bits.
  ///   - device: From `deviceNumber(major:minor:)`.
  public static func makeNode(
    _ name: RawName, at directory: CInt, mode: UInt32, device: UInt64
  ) throws(RuntimeError) {
    let status = name.withUnsafeBytes {
      raw(
        __NR_mknodat, Int(directory), address($0.baseAddress), Int(mode), Int(truncatingIfNeeded: device))
    }
    try check(status, "mknodat", text(of: name))
  }

  /// symlinkat(2) by raw name.
  public static func makeSymbolicLink(
    _ name: RawName, at directory: CInt, target: RawName
  ) throws(RuntimeError) {
    let status = target.withUnsafeBytes { target in
      name.withUnsafeBytes {
        raw(__NR_symlinkat, address(target.baseAddress), Int(directory), address($0.baseAddress))
      }
    }
    try check(status, "symlinkat", text(of: name))
  }

  /// linkat(2) by raw names; a symbolic link is linked itself.
  public static func makeLink(
    _ name: RawName, at directory: CInt, to target: RawName, at targetDirectory: CInt
  ) throws(RuntimeError) {
    let status = target.withUnsafeBytes { target in
      name.withUnsafeBytes {
        raw(
          __NR_linkat, Int(targetDirectory), address(target.baseAddress), Int(directory),
          address($0.baseAddress), 0)
      }
    }
    try check(status, "linkat", text(of: name))
  }

  /// readlinkat(2) by raw name: at most 4096 bytes.
  public static func readLink(_ name: RawName, at directory: CInt) throws(RuntimeError) -> [UInt8] {
    var target = [UInt8](repeating: 0, count: 4096)
    let length = target.withUnsafeMutableBytes { buffer in
      name.withUnsafeBytes {
        raw(
          __NR_readlinkat, Int(directory), address($0.baseAddress), address(buffer.baseAddress), buffer.count)
      }
    }
    try check(length, "readlinkat", text(of: name))
    target.removeLast(target.count - length)
    return target
  }

  /// unlinkat(2) by raw name, of anything but a directory.
  public static func remove(_ name: RawName, at directory: CInt) throws(RuntimeError) {
    let status = name.withUnsafeBytes {
      raw(__NR_unlinkat, Int(directory), address($0.baseAddress), 0)
    }
    try check(status, "unlinkat", text(of: name))
  }

  /// renameat(2) from one directory to another, in place of what may be there.
  public static func rename(
    _ name: String, at directory: CInt, to newName: String, at newDirectory: CInt
  ) throws(RuntimeError) {
    let status = name.withCString { old in
      newName.withCString { new in
        raw(__NR_renameat, Int(directory), address(old), Int(newDirectory), address(new))
      }
    }
    try check(status, "renameat", newName)
  }

  /// renameat(2) by raw names.
  public static func rename(
    _ name: RawName, at directory: CInt, to newName: RawName, at newDirectory: CInt
  ) throws(RuntimeError) {
    try rename(name, at: directory, to: newName, at: newDirectory, flags: 0)
  }

  /// renameat2(2) by raw names, without replacing what is there.
  public static func moveNew(
    _ name: RawName, at directory: CInt, to newName: RawName, at newDirectory: CInt
  ) throws(RuntimeError) {
    let noReplace = 1
    try rename(name, at: directory, to: newName, at: newDirectory, flags: noReplace)
  }

  private static func rename(
    _ name: RawName, at directory: CInt, to newName: RawName, at newDirectory: CInt, flags: Int
  ) throws(RuntimeError) {
    let status = name.withUnsafeBytes { old in
      newName.withUnsafeBytes { new in
        raw(
          __NR_renameat2, Int(directory), address(old.baseAddress), Int(newDirectory),
          address(new.baseAddress), flags)
      }
    }
    try check(status, "renameat2", text(of: newName))
  }

  /// fchownat(2) by raw name; of a symbolic link itself.
  public static func changeOwner(
    _ name: RawName, at directory: CInt, uid: UInt32, gid: UInt32
  ) throws(RuntimeError) {
    let status = name.withUnsafeBytes {
      raw(
        __NR_fchownat, Int(directory), address($0.baseAddress), Int(uid), Int(gid), Int(AT_SYMLINK_NOFOLLOW))
    }
    try check(status, "fchownat", text(of: name))
  }

  /// fchmodat(2) by raw name. It follows a symbolic link: only for what is known to be none.
  public static func changeMode(_ name: RawName, at directory: CInt, mode: UInt32) throws(RuntimeError) {
    let status = name.withUnsafeBytes {
      raw(__NR_fchmodat, Int(directory), address($0.baseAddress), Int(mode))
    }
    try check(status, "fchmodat", text(of: name))
  }

  /// utimensat(2) by raw name: access and modification time alike; of a symbolic link itself.
  public static func changeTime(_ name: RawName, at directory: CInt, to time: timespec) throws(RuntimeError) {
    let times = [time, time]
    try check(
      utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : -Int(errno), "utimensat",
      text(of: name))
  }

  /// futimens(3): access and modification time alike.
  public static func changeTime(_ descriptor: CInt, to time: timespec) throws(RuntimeError) {
    let times = [time, time]
    try check(futimens(descriptor, times) == 0 ? 0 : -Int(errno), "utimensat")
  }

  /// The names in an open directory, without `.` and `..`, in the kernel's order.
  public static func names(in directory: CInt) throws(RuntimeError) -> [RawName] {
    let copy = try open(".", at: directory, flags: O_RDONLY | O_DIRECTORY)
    guard let stream = fdopendir(copy.number) else { throw failure(-Int(errno), "fdopendir", nil) }
    _ = copy.release()
    defer { closedir(stream) }
    var names: [RawName] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        RawName(bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0])
      }
      let dot = CChar(bitPattern: UInt8(ascii: "."))
      if name != [dot, 0], name != [dot, dot, 0] { names.append(name) }
    }
    return names
  }
}

extension Kernel {
  /// major(3)
  public static func major(of device: UInt64) -> UInt32 { linux_major(device) }

  /// minor(3)
  public static func minor(of device: UInt64) -> UInt32 { linux_minor(device) }
}

extension [CChar] {
  /// A raw name: the bytes, with a zero behind them.
  public init(bytes: [UInt8]) {
    self = bytes.map { CChar(bitPattern: $0) } + [0]
  }

  /// A raw name without the zero at its end.
  public var withoutZero: [UInt8] { dropLast().map { UInt8(bitPattern: $0) } }
}

/// Trees that others change while they are read.
extension Kernel {
  /// Looks at something that may be removed, or replaced by something of another kind, meanwhile.
  ///
  /// - Returns: nil if it was.
  public static func unlessGone<Result: ~Copyable>(
    _ body: () throws(RuntimeError) -> Result
  ) throws(RuntimeError) -> Result? {
    do throws(RuntimeError) {
      return try body()
    } catch let error
      where [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error.errno)
    {
      return nil
    }
  }

  /// openat(2) by raw name of something that may be gone by now.
  public static func openUnlessGone(
    _ name: RawName, at directory: CInt, flags: CInt
  ) throws(RuntimeError) -> Descriptor? {
    try unlessGone { () throws(RuntimeError) in try open(name, at: directory, flags: flags) }
  }
}
