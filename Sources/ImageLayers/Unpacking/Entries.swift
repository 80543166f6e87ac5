internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// One function for each kind of entry. `directory` is where the entry's name goes.
extension Unpacker {
  func makeDirectory(_ entry: TarEntry, _ path: LayerPath, _ directory: CInt) throws(RuntimeError) {
    let name = RawName(bytes: path.name)
    do throws(RuntimeError) {
      try Kernel.makeDirectory(name, at: directory, mode: 0o700)
    } catch let error where error.errno == .fileExists {
      // Spec: layer.md#changeset-over-existing-files
      if try Kernel.stat(name, at: directory).map({ $0.st_mode & S_IFMT == S_IFDIR }) != true {
        try refuseExchange(path, isDirectory: true)
        try clear(path, directory)
        try Kernel.makeDirectory(name, at: directory, mode: 0o700)
      } else if options.keepsDirectories {
        return
      }
    }
    let made = try Kernel.open(name, at: directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try setAttributes(entry, descriptor: made.number)
    times.set(path, entry.modified)
  }

  func makeFile(
    _ entry: TarEntry, _ path: LayerPath, _ directory: CInt, _ content: any ByteSource
  ) throws(RuntimeError) {
    let unnamed = options.namesWholeFiles ? try createUnnamed(directory) : nil
    let isNamed = unnamed == nil
    let file = if let unnamed { unnamed } else { try create(path, directory) }
    if let segments = entry.segments {
      try writeSegments(segments, of: entry, content, to: file.number)
    } else {
      try writeContent(of: entry, content, to: file.number)
    }
    try setAttributes(entry, descriptor: file.number)
    try Kernel.changeTime(file.number, to: entry.modified)
    if !isNamed { try name(file.number, path, directory) }
  }

  /// A file that goes with this process. open(2), O_TMPFILE
  ///
  /// - Returns: nil where the file system has no such files.
  private func createUnnamed(_ directory: CInt) throws(RuntimeError) -> Descriptor? {
    do throws(RuntimeError) {
      return try Kernel.open(".", at: directory, flags: OpenFlags.unnamed | O_WRONLY, mode: 0o600)
    } catch let error where error.errno == .notSupportedOnSocket || error.errno == .isDirectory {
      return nil
    }
  }

  private func name(_ file: CInt, _ path: LayerPath, _ directory: CInt) throws(RuntimeError) {
    let name = RawName(bytes: path.name)
    do throws(RuntimeError) {
      try Kernel.link(file, to: name, at: directory)
    } catch let error where error.errno == .fileExists {
      try clear(path, directory)
      try Kernel.link(file, to: name, at: directory)
    }
  }

  private func create(_ path: LayerPath, _ directory: CInt) throws(RuntimeError) -> Descriptor {
    let name = RawName(bytes: path.name)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    do throws(RuntimeError) {
      return try Kernel.open(name, at: directory, flags: flags, mode: 0o600)
    } catch let error where error.errno == .fileExists {
      try clear(path, directory)
      return try Kernel.open(name, at: directory, flags: flags, mode: 0o600)
    }
  }

  /// Writes content; long runs of zeros become holes.
  private func writeContent(of entry: TarEntry, _ content: any ByteSource, to file: CInt) throws(RuntimeError)
  {
    var offset: Int64 = 0
    var endsWithHole = false
    while true {
      let count = try content.read(into: buffer.bytes)
      if count == 0 { break }
      let part = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])
      endsWithHole = count >= 32 << 10 && part.isZero
      if !endsWithHole { try Kernel.writeAll(file, part, at: offset, name: "content") }
      offset += Int64(count)
    }
    if endsWithHole { try Kernel.changeLength(file, to: offset) }
  }

  private func writeSegments(
    _ segments: [TarEntry.Segment], of entry: TarEntry, _ content: any ByteSource, to file: CInt
  ) throws(RuntimeError) {
    for segment in segments {
      var offset = Int64(segment.offset)
      var left = segment.length
      while left > 0 {
        let most = Int(clamping: min(left, UInt64(buffer.bytes.count)))
        let count = try content.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<most]))
        let part = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])
        try Kernel.writeAll(file, part, at: offset, name: "content")
        offset += Int64(count)
        left -= UInt64(count)
      }
    }
    try Kernel.changeLength(file, to: Int64(entry.size))
  }

  /// Links to a file that is in the image already.
  ///
  /// Spec: layer.md#hardlinks
  func makeHardLink(_ entry: TarEntry, _ path: LayerPath, _ directory: CInt) throws(RuntimeError) {
    let target: LayerPath
    do throws(RuntimeError) {
      target = try LayerPath(entry.linkTarget)
    } catch {
      throw error.adding(context: "hard link")
    }
    func missing() -> RuntimeError {
      RuntimeError(.hostileLayer, "a hard link to \(target.shown), which is not in the image")
    }
    guard !target.isRoot, let targetDirectory = try find(target.parent) else { throw missing() }
    let targetName = RawName(bytes: target.name)
    guard let wanted = try Kernel.stat(targetName, at: targetDirectory.number) else { throw missing() }
    guard wanted.st_mode & S_IFMT != S_IFDIR else {
      throw RuntimeError(.hostileLayer, "a hard link to the directory \(target.shown)")
    }
    let name = RawName(bytes: path.name)
    if let present = try Kernel.stat(name, at: directory) {
      if present.st_dev == wanted.st_dev, present.st_ino == wanted.st_ino { return }
      try clear(path, directory)
    }
    do throws(RuntimeError) {
      try Kernel.makeLink(name, at: directory, to: targetName, at: targetDirectory.number)
      // What was at the name was the directory in which the target lay.
    } catch let error where error.errno == .noSuchFileOrDirectory {
      throw missing()
    }
  }

  /// The target is text: it is not looked at until somebody follows it, and then from inside.
  func makeSymbolicLink(_ entry: TarEntry, _ path: LayerPath, _ directory: CInt) throws(RuntimeError) {
    guard !entry.linkTarget.isEmpty, entry.linkTarget.count <= LayerLimits.path else {
      throw RuntimeError(
        .hostileLayer, "a symbolic link with a target of \(entry.linkTarget.count) bytes")
    }
    let name = RawName(bytes: path.name)
    let target = RawName(bytes: entry.linkTarget)
    do throws(RuntimeError) {
      try Kernel.makeSymbolicLink(name, at: directory, target: target)
    } catch let error where error.errno == .fileExists {
      try clear(path, directory)
      try Kernel.makeSymbolicLink(name, at: directory, target: target)
    }
    try setAttributes(entry, name: name, at: directory)
  }

  func makeNode(_ entry: TarEntry, _ path: LayerPath, _ directory: CInt) throws(RuntimeError) {
    let type =
      switch entry.kind {
      case .characterDevice: S_IFCHR
      case .blockDevice: S_IFBLK
      default: S_IFIFO
      }
    guard entry.kind != .characterDevice || entry.major != 0 || entry.minor != 0 else {
      throw RuntimeError(.hostileLayer, "a device 0:0, which overlayfs takes for a removed file")
    }
    let name = RawName(bytes: path.name)
    let device = Kernel.deviceNumber(major: entry.major, minor: entry.minor)
    do throws(RuntimeError) {
      do throws(RuntimeError) {
        try Kernel.makeNode(name, at: directory, mode: type | 0o600, device: device)
      } catch let error where error.errno == .fileExists {
        try clear(path, directory)
        try Kernel.makeNode(name, at: directory, mode: type | 0o600, device: device)
      }
    } catch let error where mayLeaveOut(error) && type != S_IFIFO {
      options.leftOut?("\(entry.shownPath): a device, which only the host's root can make, is left out")
      return
    }
    try setAttributes(entry, name: name, at: directory)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether all bytes are zero.
  fileprivate var isZero: Bool {
    guard let start = baseAddress, count > 0, start.load(as: UInt8.self) == 0 else { return false }
    // Each byte is equal to the one before it.
    return memcmp(start, start + 1, count - 1) == 0
  }
}
