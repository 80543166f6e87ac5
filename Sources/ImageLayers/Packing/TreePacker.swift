internal import Glibc
internal import JSON
internal import LinuxKernel
public import RuntimeErrors

/// Writes a directory with all that is in it as an archive, in the order of the names' bytes.
///
/// By descriptor, so that a link in the tree leads nowhere; mounts in it are entered.
public final class TreePacker {
  let writer: any EntrySink
  private let warn: (String) -> Void
  /// What of the tree is packed, and how.
  private let options: PackOptions
  /// The first name of each file that has several.
  private var links: [FileIdentity: [UInt8]] = [:]

  private struct FileIdentity: Hashable {
    var device: UInt
    var inode: UInt
  }

  /// The deepest directory that is read: each level costs an open descriptor.
  private static let depth = 500

  /// - Parameters:
  ///   - writer: Gets the entries; an archive is not finished.
  ///   - options: What of the tree is packed, and how.
  ///   - warn: Gets the names of sockets, which no archive can hold.
  public init(
    _ writer: any EntrySink, _ options: PackOptions = PackOptions(), warn: @escaping (String) -> Void
  ) {
    self.writer = writer
    self.options = options
    self.warn = warn
  }

  /// Writes all that is below a directory, and the directory itself as `./`.
  public func pack(_ directory: CInt) throws(RuntimeError) {
    var root = TarEntry(path: Array("./".utf8), kind: .directory)
    describe(try Kernel.stat(directory), &root)
    root.attributes = try attributes(RawName(bytes: [UInt8(ascii: ".")]), at: directory)
    try add(root)
    try packContents(of: directory, path: [], depth: 0, isOpaque: false)
  }

  private func packContents(
    of directory: CInt, path: [UInt8], depth: Int, isOpaque: Bool
  ) throws(RuntimeError) {
    guard depth < TreePacker.depth else {
      throw RuntimeError(.unsupported, "directories are nested more than \(TreePacker.depth) deep")
    }
    // An open directory that was removed has no names any more.
    let present = try Kernel.unlessGone { () throws(RuntimeError) in try Kernel.names(in: directory) }
    let names = (present ?? []).map(\.withoutZero)
    var kept = Set(names)
    if let lower = options.lower {
      let removed = try removedNames(names, in: directory, path: path, lower: lower, isOpaque: isOpaque)
      kept.subtract(removed)
      for name in removed.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
        var whiteout = TarEntry(
          path: (path.isEmpty ? [] : path + [UInt8(ascii: "/")]) + Whiteout.prefix + name)
        whiteout.modified = options.latest ?? timespec()
        try writer.add(whiteout, content: nil)
      }
    }
    for name in kept.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let below = path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
      guard options.includes?(below) ?? true else { continue }
      if options.isLayer, name.starts(with: Whiteout.prefix) {
        warn("\(TarEntry(path: below).shownPath) is left out: in a layer its name marks a removed file")
        continue
      }
      do throws(RuntimeError) {
        try pack(RawName(bytes: name), path: below, at: directory, depth: depth, isOpaque: isOpaque)
      } catch {
        throw depth == 0 ? error.adding(context: TarEntry(path: below).shownPath) : error
      }
    }
  }

  /// What is removed while the tree is read is not packed.
  private func pack(
    _ name: RawName, path: [UInt8], at directory: CInt, depth: Int, isOpaque: Bool
  ) throws(RuntimeError) {
    guard let status = try Kernel.stat(name, at: directory) else { return }
    var entry = TarEntry(path: path)
    describe(status, &entry)
    let identity = FileIdentity(device: status.st_dev, inode: status.st_ino)
    let hasMoreNames = status.st_mode & S_IFMT != S_IFDIR && status.st_nlink > 1
    if hasMoreNames, let first = links[identity] {
      entry.kind = .hardLink
      entry.linkTarget = first
      entry.size = 0
      return try add(entry)
    }
    let found = try Kernel.unlessGone { () throws(RuntimeError) in try attributes(name, at: directory) }
    guard let found else { return }
    entry.attributes = found
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      let flags = OpenFlags.path | O_NOFOLLOW
      guard let place = try Kernel.openUnlessGone(name, at: directory, flags: flags) else { return }
      try packFile(entry, place.number)
    case S_IFDIR:
      let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
      guard let child = try Kernel.openUnlessGone(name, at: directory, flags: flags) else { return }
      entry.kind = .directory
      entry.path.append(UInt8(ascii: "/"))
      try add(entry)
      let hides = isOpaque || options.lower != nil && UpperDirectory.isOpaque(child.number)
      try packContents(of: child.number, path: path, depth: depth + 1, isOpaque: hides)
    case S_IFLNK:
      let target = try Kernel.unlessGone { () throws(RuntimeError) in
        try Kernel.readLink(name, at: directory)
      }
      guard let target else { return }
      entry.kind = .symbolicLink
      entry.linkTarget = target
      try add(entry)
    case S_IFSOCK: return warn("\(entry.shownPath) is a socket, and left out")
    default: try packNode(entry, status)
    }
    if hasMoreNames { links[identity] = path }
  }

  /// Writes one regular file.
  ///
  /// - Parameters:
  ///   - file: The open file, perhaps by O_PATH alone.
  ///   - path: Its path in the archive.
  public func pack(file: CInt, as path: [UInt8]) throws(RuntimeError) {
    var entry = TarEntry(path: path)
    describe(try Kernel.stat(file), &entry)
    entry.attributes = packed(try Kernel.attributes(of: file))
    try packFile(entry, file)
  }

  /// Of a tree that changes meanwhile, what is at a name may be a device now, which must not even be opened.
  private func packFile(_ entry: TarEntry, _ place: CInt) throws(RuntimeError) {
    var entry = entry
    guard try Kernel.stat(place).st_mode & S_IFMT == S_IFREG else {
      throw RuntimeError(.invalidState, "\(entry.shownPath) was replaced while it was read")
    }
    let file = try Kernel.open("/proc/self/fd/\(place)", flags: O_RDONLY)
    entry.size = UInt64(try Kernel.stat(file.number).st_size)
    try add(entry, content: FileSource(file, name: entry.shownPath))
  }

  private func add(_ entry: TarEntry, content: (any ByteSource)? = nil) throws(RuntimeError) {
    var entry = entry
    try options.adjust?(&entry)
    try writer.add(entry, content: content)
  }

  private func packNode(_ entry: TarEntry, _ status: stat) throws(RuntimeError) {
    var entry = entry
    switch status.st_mode & S_IFMT {
    case S_IFCHR: entry.kind = .characterDevice
    case S_IFBLK: entry.kind = .blockDevice
    default: entry.kind = .fifo
    }
    if entry.kind != .fifo {
      entry.major = Kernel.major(of: UInt64(status.st_rdev))
      entry.minor = Kernel.minor(of: UInt64(status.st_rdev))
    }
    try add(entry)
  }

  private func describe(_ status: stat, _ entry: inout TarEntry) {
    entry.mode = status.st_mode & 0o7777
    entry.uid = status.st_uid
    entry.gid = status.st_gid
    entry.modified = status.st_mtim
    if let latest = options.latest,
      (latest.tv_sec, latest.tv_nsec) < (entry.modified.tv_sec, entry.modified.tv_nsec)
    {
      entry.modified = latest
    }
  }

  /// Those that belong to the file, and not to the machine or to overlayfs.
  private func attributes(
    _ name: RawName, at directory: CInt
  ) throws(RuntimeError) -> [(name: [UInt8], value: [UInt8])] {
    packed(try Kernel.attributes(of: name, at: directory))
  }

  private func packed(
    _ attributes: [(name: [UInt8], value: [UInt8])]
  ) -> [(name: [UInt8], value: [UInt8])] {
    attributes.filter { attribute in
      !["security.selinux", "trusted.overlay.", "user.overlay.", "system."].contains {
        attribute.name.starts(with: $0.utf8)
      }
    }
  }
}
