internal import CLinux
internal import Glibc
public import RuntimeErrors

/// A directory's name as the kernel stores it: zero-terminated bytes that need not be UTF-8.
public typealias RawName = [CChar]

extension Kernel {
  /// open(2), one read(2), close(2): a small control file of procfs or cgroupfs.
  ///
  /// - Returns: At most a page of text, without the final newline.
  public static func readControl(
    _ path: String,
    at directory: CInt = Directory.working
  ) throws(RuntimeError) -> String {
    let file = try open(path, at: directory, flags: O_RDONLY)
    var text = ""
    let count = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
      let count = retrying { raw(__NR_read, Int(file.number), address(buffer.baseAddress), buffer.count) }
      var end = max(0, count)
      while end > 0, buffer[end - 1] == UInt8(ascii: "\n") { end -= 1 }
      text = String(decoding: buffer.prefix(end), as: UTF8.self)
      return count
    }
    try check(count, "read", path)
    return text
  }

  /// open(2), read(2) to the end, close(2): a table of procfs or cgroupfs.
  ///
  /// - Returns: All of it; the kernel writes these, so their length is not limited.
  public static func readTable(
    _ path: String,
    at directory: CInt = Directory.working
  ) throws(RuntimeError) -> [UInt8] {
    let file = try open(path, at: directory, flags: O_RDONLY)
    var bytes: [UInt8] = []
    let status = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16 * 1024) { buffer in
      while true {
        let count = retrying { raw(__NR_read, Int(file.number), address(buffer.baseAddress), buffer.count) }
        if count <= 0 { return count }
        bytes.append(contentsOf: buffer.prefix(count))
      }
    }
    try check(status, "read", path)
    return bytes
  }

  /// openat(2) of a directory by its raw name, without following a symbolic link.
  public static func openDirectory(_ name: RawName, at directory: CInt) throws(RuntimeError) -> Descriptor {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    let number = name.withUnsafeBytes {
      raw(__NR_openat, Int(directory), address($0.baseAddress), Int(flags))
    }
    return Descriptor(owning: CInt(try check(number, "openat", text(of: name))))
  }

  /// unlinkat(2) with AT_REMOVEDIR, by raw name.
  public static func removeDirectory(_ name: RawName, at directory: CInt) throws(RuntimeError) {
    let status = name.withUnsafeBytes {
      raw(__NR_unlinkat, Int(directory), address($0.baseAddress), Int(AT_REMOVEDIR))
    }
    try check(status, "rmdir", text(of: name))
  }

  /// The directories in an open directory of procfs, sysfs or cgroupfs, in the kernel's order.
  ///
  /// Those file systems count subdirectories as links, so that a directory without any costs one fstat(2).
  public static func subdirectories(of directory: CInt) throws(RuntimeError) -> [RawName] {
    if try stat(directory).st_nlink == 2 { return [] }
    let copy = try open(".", at: directory, flags: O_RDONLY | O_DIRECTORY)
    guard let stream = fdopendir(copy.number) else { throw failure(-Int(errno), "fdopendir", nil) }
    _ = copy.release()
    defer { closedir(stream) }
    var names: [RawName] = []
    while let entry = readdir(stream) {
      guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        RawName(bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0])
      }
      let dot = CChar(bitPattern: UInt8(ascii: "."))
      if name != [dot, 0], name != [dot, dot, 0] { names.append(name) }
    }
    return names
  }

  static func text(of name: RawName) -> String {
    String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
