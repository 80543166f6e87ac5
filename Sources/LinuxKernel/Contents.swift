internal import CLinux
internal import Glibc
public import RuntimeErrors

/// Contents of files: in parts, at places, and kept on the disk.
extension Kernel {
  /// One read(2) into a buffer.
  ///
  /// - Returns: How many bytes came; 0 at the end.
  public static func read(
    _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, name: @autoclosure () -> String
  ) throws(RuntimeError) -> Int {
    let count = retrying { raw(__NR_read, Int(descriptor), address(buffer.baseAddress), buffer.count) }
    return try check(count, "read", name())
  }

  /// pwrite(2) until all is written.
  public static func writeAll(
    _ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, at offset: Int64, name: @autoclosure () -> String
  ) throws(RuntimeError) {
    var done = 0
    while done < bytes.count {
      let count = retrying {
        raw(
          __NR_pwrite64, Int(descriptor), address(bytes.baseAddress.map { $0 + done }), bytes.count - done,
          Int(offset) + done)
      }
      done += try check(count, "pwrite64", name())
    }
  }

  /// ftruncate(2): also makes a file longer, by a hole.
  public static func changeLength(_ descriptor: CInt, to length: Int64) throws(RuntimeError) {
    try check(retrying { raw(__NR_ftruncate, Int(descriptor), Int(length)) }, "ftruncate")
  }

  /// lseek(2) from the file's beginning.
  public static func seek(_ descriptor: CInt, to offset: Int64) throws(RuntimeError) {
    try check(raw(__NR_lseek, Int(descriptor), Int(offset), Int(SEEK_SET)), "lseek")
  }

  /// linkat(2): gives a file that was opened with O_TMPFILE a name that is free.
  public static func link(_ descriptor: CInt, to path: String, at directory: CInt) throws(RuntimeError) {
    try link(descriptor, to: RawName(bytes: Array(path.utf8)), at: directory)
  }

  /// The same.
  public static func link(_ descriptor: CInt, to name: RawName, at directory: CInt) throws(RuntimeError) {
    // By the descriptor alone would need a capability.
    let status = "/proc/self/fd/\(descriptor)".withCString { old in
      name.withUnsafeBytes { new in
        raw(
          __NR_linkat, Int(Directory.working), address(old), Int(directory), address(new.baseAddress),
          Int(AT_SYMLINK_FOLLOW))
      }
    }
    try check(status, "linkat", text(of: name))
  }

  /// fallocate(2): the file gets its length, and room for it on the disk.
  public static func allocate(_ descriptor: CInt, length: Int64) throws(RuntimeError) {
    try check(retrying { raw(__NR_fallocate, Int(descriptor), 0, 0, Int(length)) }, "fallocate")
  }

  /// fsync(2)
  public static func synchronize(_ descriptor: CInt) throws(RuntimeError) {
    try check(raw(__NR_fsync, Int(descriptor)), "fsync")
  }

  /// syncfs(2): all of the file system that a descriptor lies on.
  public static func synchronizeFileSystem(_ descriptor: CInt) throws(RuntimeError) {
    try check(raw(__NR_syncfs, Int(descriptor)), "syncfs")
  }

  /// posix_fadvise(2): the file will be read from its beginning to its end. Advice cannot fail.
  public static func adviseSequential(_ descriptor: CInt) {
    _ = raw(__NR_fadvise64, Int(descriptor), 0, 0, Int(POSIX_FADV_SEQUENTIAL))
  }
}

/// Extended attributes: names and values are bytes.
extension Kernel {
  /// fsetxattr(2)
  public static func setAttribute(
    _ name: RawName, value: [UInt8], of descriptor: CInt
  ) throws(RuntimeError) {
    let status = name.withUnsafeBytes { name in
      value.withUnsafeBytes {
        raw(__NR_fsetxattr, Int(descriptor), address(name.baseAddress), address($0.baseAddress), $0.count, 0)
      }
    }
    try check(status, "fsetxattr", text(of: name))
  }

  /// lsetxattr(2) of a name in an open directory, whatever kind of file it is: the directory is reached through
  /// its descriptor in /proc, and the name itself is not followed.
  public static func setAttribute(
    _ name: RawName, value: [UInt8], of file: RawName, at directory: CInt
  ) throws(RuntimeError) {
    let path = pathInProcess(of: file, at: directory)
    let status = path.withUnsafeBytes { path in
      name.withUnsafeBytes { name in
        value.withUnsafeBytes {
          raw(
            __NR_lsetxattr, address(path.baseAddress), address(name.baseAddress), address($0.baseAddress),
            $0.count, 0)
        }
      }
    }
    try check(status, "lsetxattr", text(of: name))
  }

  /// llistxattr(2) and lgetxattr(2) of a name in an open directory.
  ///
  /// - Returns: Names and values, in the order of the names' bytes; none where the file system has no attributes.
  public static func attributes(
    of file: RawName, at directory: CInt
  ) throws(RuntimeError) -> [(name: [UInt8], value: [UInt8])] {
    try attributes(pathInProcess(of: file, at: directory), __NR_llistxattr, __NR_lgetxattr)
  }

  /// listxattr(2) and getxattr(2) of an open file, also of one that is open by O_PATH alone.
  ///
  /// - Returns: As for a name.
  public static func attributes(
    of descriptor: CInt
  ) throws(RuntimeError) -> [(name: [UInt8], value: [UInt8])] {
    let path = RawName(bytes: Array("/proc/self/fd/\(descriptor)".utf8))
    return try attributes(path, __NR_listxattr, __NR_getxattr)
  }

  private static func attributes(
    _ path: RawName, _ listCall: CInt, _ getCall: CInt
  ) throws(RuntimeError) -> [(name: [UInt8], value: [UInt8])] {
    let list = try grown("listxattr") { buffer in
      path.withUnsafeBytes {
        raw(listCall, address($0.baseAddress), address(buffer.baseAddress), buffer.count)
      }
    }
    var result: [(name: [UInt8], value: [UInt8])] = []
    for name in list.split(separator: 0).map(Array.init) {
      let value = try grown("getxattr") { buffer in
        path.withUnsafeBytes { path in
          (name + [0]).withUnsafeBytes {
            raw(
              getCall, address(path.baseAddress), address($0.baseAddress),
              address(buffer.baseAddress), buffer.count)
          }
        }
      }
      result.append((name, value))
    }
    return result.sorted { $0.name.lexicographicallyPrecedes($1.name) }
  }

  /// Calls with a buffer of 4 KiB, and again with 64 KiB, the most that an attribute may have.
  private static func grown(
    _ call: StaticString, _ body: (UnsafeMutableRawBufferPointer) -> Int
  ) throws(RuntimeError) -> [UInt8] {
    for capacity in [4096, 65536] {
      var buffer = [UInt8](repeating: 0, count: capacity)
      let count = buffer.withUnsafeMutableBytes(body)
      if count == Int(-ERANGE), capacity == 4096 { continue }
      if count == Int(-EOPNOTSUPP) || count == Int(-ENODATA) { return [] }
      return Array(buffer.prefix(try check(count, call)))
    }
    return []
  }

  private static func pathInProcess(of file: RawName, at directory: CInt) -> RawName {
    RawName("/proc/self/fd/\(directory)/".utf8.map { CChar(bitPattern: $0) }) + file
  }
}

extension Kernel {
  /// pread(2) until `most` bytes are there, or the file's end.
  public static func read(_ descriptor: CInt, at offset: Int64, most: Int) throws(RuntimeError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: most)
    var done = 0
    while done < most {
      let count = bytes.withUnsafeMutableBytes { buffer in
        retrying {
          raw(
            __NR_pread64, Int(descriptor), address(buffer.baseAddress.map { $0 + done }), most - done,
            Int(offset) + done)
        }
      }
      if try check(count, "pread64") == 0 { break }
      done += count
    }
    bytes.removeLast(most - done)
    return bytes
  }

  /// fstatvfs(3): how many bytes the caller may still write to the file system of an open file.
  public static func freeSpace(_ descriptor: CInt) throws(RuntimeError) -> Int64 {
    var status = statvfs()
    try check(fstatvfs(descriptor, &status) == 0 ? 0 : -Int(errno), "fstatvfs")
    let (bytes, isTooMany) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return isTooMany ? .max : Int64(clamping: bytes)
  }

  /// sync_file_range(2): lets the disk begin to write a part of a file. A kernel that does not will later.
  public static func startWriting(_ descriptor: CInt, from offset: Int64, count: Int64) {
    let write = 2
    _ = raw(__NR_sync_file_range, Int(descriptor), Int(offset), Int(count), write)
  }
}
