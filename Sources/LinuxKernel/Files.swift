internal import CLinux
public import Glibc
public import RuntimeErrors
internal import SystemPackage

extension Kernel {
  /// openat(2), always close-on-exec.
  ///
  /// - Parameters:
  ///   - path: Absolute, or relative to `directory`.
  ///   - flags: O_* flags.
  ///   - mode: Permission bits of a file that is created.
  public static func open(
    _ path: String, at directory: CInt = Directory.working, flags: CInt, mode: UInt32 = 0
  ) throws(RuntimeError) -> Descriptor {
    let number = path.withCString {
      raw(__NR_openat, Int(directory), address($0), Int(flags | O_CLOEXEC), Int(mode))
    }
    return Descriptor(owning: CInt(try check(number, "openat", path)))
  }

  /// openat2(2), always close-on-exec.
  ///
  /// - Parameters:
  ///   - resolve: RESOLVE_* flags that confine the path.
  public static func open(
    _ path: String, at directory: CInt, flags: CInt, mode: UInt32 = 0, resolve: UInt64
  ) throws(RuntimeError) -> Descriptor {
    let number = openConfined(path, directory, flags, mode, resolve)
    return Descriptor(owning: CInt(try check(number, "openat2", path)))
  }

  private static func openConfined(
    _ path: String, _ directory: CInt, _ flags: CInt, _ mode: UInt32, _ resolve: UInt64
  ) -> Int {
    var how = open_how()
    how.flags = UInt64(UInt32(bitPattern: flags | O_CLOEXEC))
    how.mode = UInt64(mode)
    how.resolve = resolve
    while true {
      let number = path.withCString {
        raw(__NR_openat2, Int(directory), address($0), address(&how), MemoryLayout<open_how>.size)
      }
      // EAGAIN: the kernel could not rule out a race with a rename, and asks to try again.
      if number != Int(-EAGAIN) { return number }
    }
  }

  /// openat2(2) for what may be missing.
  ///
  /// - Returns: nil if the path, or a directory on the way, does not exist.
  public static func openIfPresent(
    _ path: String, at directory: CInt, flags: CInt, resolve: UInt64
  ) throws(RuntimeError) -> Descriptor? {
    let number = openConfined(path, directory, flags, 0, resolve)
    if number == Int(-ENOENT) || number == Int(-ENOTDIR) { return nil }
    return Descriptor(owning: CInt(try check(number, "openat2", path)))
  }

  /// read(2) until the end of the file.
  ///
  /// - Parameters:
  ///   - limit: More bytes than this are an error, so that a hostile file cannot fill the memory.
  public static func readAll(
    _ descriptor: CInt, limit: Int, name: @autoclosure () -> String
  ) throws(RuntimeError) -> [UInt8] {
    var bytes = [UInt8]()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 1)
    defer { buffer.deallocate() }
    while true {
      let count = retrying { raw(__NR_read, Int(descriptor), address(buffer.baseAddress), buffer.count) }
      if try check(count, "read", name()) == 0 { return bytes }
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      if bytes.count > limit {
        throw RuntimeError(.invalidArgument, "\(name()) is larger than \(limit) bytes")
      }
    }
  }

  /// One read(2).
  ///
  /// - Parameters:
  ///   - most: How many bytes at most.
  public static func read(_ descriptor: CInt, most: Int) throws(RuntimeError) -> [UInt8] {
    var outcome = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
      outcome = retrying { raw(__NR_read, Int(descriptor), address(buffer.baseAddress), most) }
      count = max(0, outcome)
    }
    try check(outcome, "read")
    return bytes
  }

  /// Reads a small file below `directory` as text.
  public static func readText(
    _ path: String, at directory: CInt = Directory.working, limit: Int = 1 << 20
  ) throws(RuntimeError) -> String {
    let file = try open(path, at: directory, flags: O_RDONLY)
    let bytes = try readAll(file.number, limit: limit, name: path)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// write(2) until all is written.
  public static func writeAll(
    _ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, name: @autoclosure () -> String
  ) throws(RuntimeError) {
    var done = 0
    while done < bytes.count {
      let count = retrying {
        raw(__NR_write, Int(descriptor), address(bytes.baseAddress.map { $0 + done }), bytes.count - done)
      }
      done += try check(count, "write", name())
    }
  }

  /// write(2) until all is written.
  public static func writeAll(
    _ descriptor: CInt, _ bytes: [UInt8], name: @autoclosure () -> String
  ) throws(RuntimeError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(RuntimeError) in
      try writeAll(descriptor, UnsafeRawBufferPointer(buffer), name: name())
    }
  }

  /// Writes `text` to an existing file of the kernel's (procfs, cgroupfs, sysfs) in one write(2).
  ///
  /// - Parameters:
  ///   - resolve: RESOLVE_* flags that confine the path.
  public static func writeText(
    _ text: String, to path: String, at directory: CInt = Directory.working, resolve: UInt64 = 0
  ) throws(RuntimeError) {
    let file =
      resolve == 0
      ? try open(path, at: directory, flags: O_WRONLY)
      : try open(path, at: directory, flags: O_WRONLY, resolve: resolve)
    try writeText(text, descriptor: file.number, name: path)
  }

  /// Writes `text` to an open file of the kernel's in one write(2).
  public static func writeText(
    _ text: String, descriptor: CInt, name: @autoclosure () -> String
  ) throws(RuntimeError) {
    var text = text
    let count = text.withUTF8 { bytes in
      retrying { raw(__NR_write, Int(descriptor), address(bytes.baseAddress), bytes.count) }
    }
    try check(count, "write", name())
  }

  /// fstat(2)
  public static func stat(_ descriptor: CInt) throws(RuntimeError) -> Glibc.stat {
    var result = Glibc.stat()
    let status = fstat(descriptor, &result)
    try check(status == 0 ? 0 : -Int(errno), "fstat")
    return result
  }

  /// fstatat(2) that does not follow a final symbolic link.
  ///
  /// - Returns: nil if nothing is there.
  public static func stat(_ path: String, at directory: CInt) throws(RuntimeError) -> Glibc.stat? {
    var result = Glibc.stat()
    let status = fstatat(directory, path, &result, AT_SYMLINK_NOFOLLOW)
    if status != 0, errno == ENOENT { return nil }
    try check(status == 0 ? 0 : -Int(errno), "fstatat", path)
    return result
  }

  /// fstatfs(2)
  ///
  /// - Returns: The file system's magic number, as in `<linux/magic.h>`.
  public static func fileSystemMagic(_ descriptor: CInt) throws(RuntimeError) -> Int {
    try check(linux_filesystem_magic(descriptor), "fstatfs")
  }

  /// mkdirat(2)
  public static func makeDirectory(_ path: String, at directory: CInt, mode: UInt32) throws(RuntimeError) {
    let status = path.withCString { raw(__NR_mkdirat, Int(directory), address($0), Int(mode)) }
    try check(status, "mkdirat", path)
  }

  /// Makes a directory and those above it, as far as they are missing. mkdirat(2)
  public static func makeDirectories(_ path: String, mode: UInt32) throws(RuntimeError) {
    var partial = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      partial += "/" + part
      do throws(RuntimeError) {
        try makeDirectory(partial, at: Directory.working, mode: mode)
      } catch let error where error.errno == .fileExists {}
    }
  }

  /// mknodat(2)
  ///
  /// - Parameters:
  ///   - mode: Type and permission bits.
  ///   - device: From `deviceNumber(major:minor:)`.
  public static func makeNode(
    _ path: String, at directory: CInt, mode: UInt32, device: UInt64
  ) throws(RuntimeError) {
    let status = path.withCString {
      raw(__NR_mknodat, Int(directory), address($0), Int(mode), Int(truncatingIfNeeded: device))
    }
    try check(status, "mknodat", path)
  }

  /// makedev(3)
  public static func deviceNumber(major: UInt32, minor: UInt32) -> UInt64 {
    linux_makedev(major, minor)
  }

  /// symlinkat(2)
  public static func makeSymbolicLink(
    _ path: String, at directory: CInt, target: String
  ) throws(RuntimeError) {
    let status = target.withCString { target in
      path.withCString { raw(__NR_symlinkat, address(target), Int(directory), address($0)) }
    }
    try check(status, "symlinkat", path)
  }

  /// readlinkat(2)
  public static func readLink(_ path: String, at directory: CInt) throws(RuntimeError) -> String {
    var target = ""
    let length = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
      let length = path.withCString {
        raw(__NR_readlinkat, Int(directory), address($0), address(buffer.baseAddress), 4096)
      }
      if length > 0 { target = String(decoding: buffer.prefix(length), as: UTF8.self) }
      return length
    }
    try check(length, "readlinkat", path)
    return target
  }

  /// unlinkat(2)
  public static func remove(
    _ path: String, at directory: CInt, isDirectory: Bool = false
  ) throws(RuntimeError) {
    let status = path.withCString {
      raw(__NR_unlinkat, Int(directory), address($0), isDirectory ? Int(AT_REMOVEDIR) : 0)
    }
    try check(status, isDirectory ? "rmdir" : "unlinkat", path)
  }

  /// renameat(2) within one directory.
  public static func rename(
    _ path: String, to newPath: String, at directory: CInt
  ) throws(RuntimeError) {
    let status = path.withCString { old in
      newPath.withCString { new in
        raw(__NR_renameat, Int(directory), address(old), Int(directory), address(new))
      }
    }
    try check(status, "renameat", newPath)
  }

  /// fchownat(2) on a descriptor, also one opened with O_PATH.
  public static func changeOwner(
    _ descriptor: CInt, uid: UInt32, gid: UInt32
  ) throws(RuntimeError) {
    let status = raw(
      __NR_fchownat, Int(descriptor), address(""), Int(uid), Int(gid), Int(linux_AT_EMPTY_PATH))
    try check(status, "fchownat")
  }

  /// fchmod(2); an O_PATH descriptor needs fchmodat2(2).
  public static func changeMode(_ descriptor: CInt, mode: UInt32) throws(RuntimeError) {
    let status = raw(__NR_fchmod, Int(descriptor), Int(mode))
    try check(status, "fchmod")
  }

  /// flock(2)
  ///
  /// - Parameters:
  ///   - operation: LOCK_SH, LOCK_EX or LOCK_UN, with LOCK_NB to fail instead of waiting.
  /// - Returns: Whether the lock was had; false only with LOCK_NB.
  @discardableResult
  public static func lock(_ descriptor: CInt, _ operation: CInt) throws(RuntimeError) -> Bool {
    let status = retrying { raw(__NR_flock, Int(descriptor), Int(operation)) }
    if status == Int(-EWOULDBLOCK), operation & LOCK_NB != 0 { return false }
    try check(status, "flock")
    return true
  }

  /// proc_locks(5): who holds a flock(2) on a file.
  ///
  /// - Returns: A pid of this pid namespace; nil if nobody does, or nobody who can be seen from here.
  public static func lockHolder(of descriptor: CInt) throws(RuntimeError) -> Int32? {
    let status = try stat(descriptor)
    let device = UInt64(status.st_dev)
    let place = [linux_major(device), linux_minor(device)].map { number in
      let digits = String(number, radix: 16)
      return digits.utf8.count < 2 ? "0" + digits : digits
    }
    let file = place.joined(separator: ":") + ":\(status.st_ino)"
    for line in try readTable("/proc/locks").split(separator: UInt8(ascii: "\n")) {
      // `1: FLOCK  ADVISORY  WRITE 4711 00:1c:42 0 EOF`; those who wait have an arrow before the type.
      let fields = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
      guard fields.count >= 6, fields[1] == "FLOCK", fields[3] == "WRITE", fields[5] == file else { continue }
      return Int32(fields[4]).flatMap { $0 > 0 ? $0 : nil }
    }
    return nil
  }

  /// fdatasync(2)
  public static func synchronizeData(_ descriptor: CInt) throws(RuntimeError) {
    try check(raw(__NR_fdatasync, Int(descriptor)), "fdatasync")
  }

  /// setxattr(2) through /proc/self/fd is not needed: fsetxattr(2) on a directory's descriptor.
  public static func setAttribute(
    _ name: String, value: String, of descriptor: CInt
  ) throws(RuntimeError) {
    let status = name.withCString { name in
      value.withCString {
        raw(__NR_fsetxattr, Int(descriptor), address(name), address($0), value.utf8.count, 0)
      }
    }
    try check(status, "fsetxattr", name)
  }

  /// fgetxattr(2)
  ///
  /// - Returns: Whether the attribute is there.
  public static func hasAttribute(_ name: String, of descriptor: CInt) -> Bool {
    name.withCString { raw(__NR_fgetxattr, Int(descriptor), address($0), 0, 0) } >= 0
  }

  /// The names in a directory, without `.` and `..`.
  public static func list(_ path: String, at directory: CInt = Directory.working) throws(RuntimeError)
    -> [String]
  {
    let descriptor = try open(path, at: directory, flags: O_RDONLY | O_DIRECTORY)
    guard let stream = fdopendir(descriptor.number) else {
      throw failure(-Int(errno), "fdopendir", path)
    }
    _ = descriptor.release()
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// close_range(2)
  ///
  /// - Parameters:
  ///   - first: The lowest descriptor's number.
  ///   - last: The highest descriptor's number; nothing happens if it is below `first`.
  ///   - onlyMark: Mark close-on-exec instead of closing.
  public static func closeRange(
    from first: CInt, to last: CInt = .max, onlyMark: Bool = false
  ) throws(RuntimeError) {
    guard first <= last else { return }
    let flags = onlyMark ? Int(CLOSE_RANGE_CLOEXEC) : 0
    try check(raw(__NR_close_range, Int(first), Int(last), flags), "close_range")
  }

  /// dup3(2): makes `number` name the same open file as `descriptor`, and survive an execve(2).
  public static func duplicate(_ descriptor: CInt, as number: CInt) throws(RuntimeError) {
    try check(raw(__NR_dup3, Int(descriptor), Int(number), 0), "dup3")
  }

  /// fcntl(2) with F_DUPFD_CLOEXEC: the lowest free number from `first` on.
  public static func duplicate(_ descriptor: CInt, above first: CInt = 3) throws(RuntimeError) -> Descriptor {
    let number = raw(__NR_fcntl, Int(descriptor), Int(F_DUPFD_CLOEXEC), Int(first))
    return Descriptor(owning: CInt(try check(number, "fcntl")))
  }

  /// fcntl(2) with F_SETFD.
  public static func setCloseOnExec(_ descriptor: CInt, _ isSet: Bool) throws(RuntimeError) {
    try check(raw(__NR_fcntl, Int(descriptor), Int(F_SETFD), isSet ? Int(FD_CLOEXEC) : 0), "fcntl")
  }

}

/// Repeats a call that a signal interrupted.
@inline(__always)
func retrying(_ call: () -> Int) -> Int {
  while true {
    let result = call()
    if result != Int(-EINTR) { return result }
  }
}

/// The two ends of a pipe or a socket pair.
public struct DescriptorPair: ~Copyable {
  /// The reading end, or the first socket.
  public let first: Descriptor
  /// The writing end, or the second socket.
  public let second: Descriptor

  init(_ numbers: (CInt, CInt)) {
    first = Descriptor(owning: numbers.0)
    second = Descriptor(owning: numbers.1)
  }

  /// Takes the pair apart.
  ///
  /// - Returns: The second; the first is closed.
  public consuming func takeSecond() -> Descriptor { second }

  /// Takes the pair apart.
  ///
  /// - Returns: The first; the second is closed.
  public consuming func takeFirst() -> Descriptor { first }
}
