internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// The container's file system as seen before pivot_root: a descriptor of its root, through which every
/// path of the container is reached.
///
/// What lies below is hostile. Symbolic links are resolved by the kernel as if the root were `/`, magic
/// links (`/proc/self/fd/3`) are refused, and what was opened is used by descriptor, never by path again.
struct Rootfs: ~Copyable {
  /// The root of the mount.
  private(set) var root: Descriptor
  /// Gets what is made as mount points, if that is to be undone.
  var madePlaces: MadePlaces?

  private static let confined =
    ResolveFlags.inRoot | ResolveFlags.noMagicLinks
  private static let mostLinks = 40

  /// Takes over the root's descriptor.
  init(root: consuming Descriptor) {
    self.root = root
  }

  /// Puts another mount in the root's place, after it was attached to it.
  mutating func replaceRoot(with mount: consuming Descriptor) {
    root = mount
  }

  /// Opens a path of the container.
  ///
  /// - Parameters:
  ///   - path: As the container sees it.
  ///   - flags: O_* flags; O_PATH for a mount point.
  ///   - followsLinks: Whether symbolic links may be on the way.
  func open(
    _ path: String, flags: CInt = OpenFlags.path, followsLinks: Bool = true
  ) throws(RuntimeError) -> Descriptor {
    let relative = Rootfs.relative(path)
    let links = followsLinks ? 0 : ResolveFlags.noSymlinks
    return try Kernel.open(relative, at: root.number, flags: flags, resolve: Rootfs.confined | links)
  }

  /// Opens a path of the container, if it is there.
  ///
  /// - Returns: nil if it, or a directory on the way, does not exist.
  func openIfPresent(_ path: String, flags: CInt = OpenFlags.path) throws(RuntimeError) -> Descriptor? {
    try Kernel.openIfPresent(
      Rootfs.relative(path), at: root.number, flags: flags, resolve: Rootfs.confined)
  }

  /// Opens a directory, making it and its parents if they are missing.
  func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(RuntimeError) -> Descriptor {
    if let there = try openIfPresent(path, flags: OpenFlags.path | O_DIRECTORY) { return there }
    return try during("making the directory \(path)") { () throws(RuntimeError) in
      try walk(path) { (directory, name) throws(RuntimeError) in
        try Kernel.makeDirectory(name, at: directory, mode: mode)
      }
    }
  }

  /// Opens a file as a mount point, making an empty one and its parents if they are missing.
  func makeFile(_ path: String) throws(RuntimeError) -> Descriptor {
    if let there = try openIfPresent(path) { return there }
    return try during("making the file \(path)") { () throws(RuntimeError) in
      try walk(path) { (directory, name) throws(RuntimeError) in
        try Kernel.makeNode(name, at: directory, mode: UInt32(S_IFREG) | 0o644, device: 0)
      }
    }
  }

  /// Opens the directory that holds a path's last component, making it if it is missing.
  ///
  /// - Returns: The directory and the last component, which itself is not resolved.
  func makeParent(of path: String) throws(RuntimeError) -> RootfsEntry {
    var parts = Rootfs.components(path)
    guard let name = parts.popLast() else {
      throw RuntimeError(.invalidConfig, "\"\(path)\" names the root itself")
    }
    return RootfsEntry(directory: try makeDirectory("/" + parts.joined(separator: "/")), name: name)
  }

  /// Walks to `path` from the root, making what is missing: directories on the way, and the last
  /// component by `makeLast`. A dangling symbolic link is followed to where it points inside the root.
  private func walk(
    _ path: String, makeLast: (CInt, String) throws(RuntimeError) -> Void
  ) throws(RuntimeError) -> Descriptor {
    var parts = Rootfs.components(path)
    var links = 0
    var index = 0
    var reached = ""
    var current = try open("/")
    while index < parts.count {
      let wanted = reached.isEmpty ? parts[index] : reached + "/" + parts[index]
      if let next = try openIfPresent(wanted) {
        current = next
        reached = wanted
        index += 1
        continue
      }
      let isLast = index == parts.count - 1
      do {
        if isLast {
          try makeLast(current.number, parts[index])
        } else {
          try Kernel.makeDirectory(parts[index], at: current.number, mode: 0o755)
        }
        try madePlaces?.add(parts[index], in: current.number)
      } catch let error where error.errno == .fileExists {
        links += 1
        guard links <= Rootfs.mostLinks else { throw error.coded(.hostileRootfs) }
        parts = try redirected(parts, at: index, directory: current.number)
        index = 0
        reached = ""
        current = try open("/")
        continue
      }
      current = try Kernel.open(parts[index], at: current.number, flags: OpenFlags.path | O_NOFOLLOW)
      reached = wanted
      index += 1
    }
    return current
  }

  /// The components of a path with the dangling link at `index` replaced by its target.
  private func redirected(
    _ parts: [String], at index: Int, directory: CInt
  ) throws(RuntimeError) -> [String] {
    let target: String
    do {
      target = try Kernel.readLink(parts[index], at: directory)
    } catch let error where error.errno == .invalidArgument || error.errno == .noSuchFileOrDirectory {
      // Not a link any more: somebody made the file meanwhile. The next round opens it.
      return parts
    }
    let before = target.hasPrefix("/") ? [] : Array(parts[..<index])
    // No tidying of ".." here: the kernel resolves it where the link really stands.
    let inside = target.split(separator: "/").map(String.init).filter { $0 != "." }
    return before + inside + Array(parts[(index + 1)...])
  }

  /// A path's components, `..` resolved as text and never above the root.
  static func components(_ path: String) -> [String] {
    var result: [String] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = result.popLast() } else { result.append(String(part)) }
    }
    return result
  }

  /// A path in the form that openat2(2) wants below a descriptor.
  private static func relative(_ path: String) -> String {
    let trimmed = path.drop { $0 == "/" }
    return trimmed.isEmpty ? "." : String(trimmed)
  }
}

/// A name in a directory of the container.
struct RootfsEntry: ~Copyable {
  let directory: Descriptor
  let name: String
}
