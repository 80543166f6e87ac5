internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// A path from the root of a tree on, without links, `.` and `..`.
typealias TreePath = [[UInt8]]

/// A root directory in which paths are resolved as if it were `/`, with each link that leads to a file known.
///
/// The tree is hostile: every step goes by descriptor from the root, and nothing leaves it.
final class FileTree {
  /// What a path leads to.
  struct Found {
    /// Where it is.
    var path: TreePath
    var status: stat
    /// The links on the way, each by its own place.
    var links: [Link]
  }

  /// A symbolic link.
  struct Link: Hashable {
    var path: TreePath
    var target: [UInt8]
  }

  let root: Descriptor
  private var known: [TreePath: Entry] = [:]

  private enum Entry {
    case missing
    case link([UInt8])
    case file(stat)
  }

  /// The most links on one way, as the kernel has it.
  private static let mostLinks = 40

  init(_ root: consuming Descriptor) {
    self.root = root
  }

  /// Follows a path.
  ///
  /// - Parameters:
  ///   - followsLast: Whether a link at its end is followed, too.
  /// - Returns: nil if nothing is there.
  func find(_ path: [UInt8], followsLast: Bool = true) throws(RuntimeError) -> Found? {
    var pending = Array(components(path).reversed())
    var real: TreePath = []
    var links: [Link] = []
    var status = try Kernel.stat(root.number)
    while let name = pending.popLast() {
      if name == Array("..".utf8) {
        _ = real.popLast()
        continue
      }
      let place = real + [name]
      switch try entry(place) {
      case .missing: return nil
      case .file(let found):
        real = place
        status = found
        guard pending.isEmpty || found.st_mode & S_IFMT == S_IFDIR else { return nil }
      case .link(let target):
        if pending.isEmpty, !followsLast {
          return Found(path: place, status: try linkStatus(place), links: links)
        }
        links.append(Link(path: place, target: target))
        guard links.count <= FileTree.mostLinks else {
          throw RuntimeError(.hostileLayer, "\(shown(path)) is a symbolic link that leads to itself")
        }
        if target.first == UInt8(ascii: "/") { real = [] }
        pending += components(target).reversed()
      }
    }
    if real.isEmpty { status = try Kernel.stat(root.number) }
    return Found(path: real, status: status, links: links)
  }

  private func components(_ path: [UInt8]) -> TreePath {
    path.split(separator: UInt8(ascii: "/")).map(Array.init).filter { $0 != [UInt8(ascii: ".")] }
  }

  private func entry(_ path: TreePath) throws(RuntimeError) -> Entry {
    if let entry = known[path] { return entry }
    let entry = try look(path)
    known[path] = entry
    return entry
  }

  private func look(_ path: TreePath) throws(RuntimeError) -> Entry {
    let place: Descriptor
    do throws(RuntimeError) {
      place = try open(path, OpenFlags.path | O_NOFOLLOW)
    } catch let error where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
      return .missing
    }
    let status = try Kernel.stat(place.number)
    guard status.st_mode & S_IFMT == S_IFLNK else { return .file(status) }
    return .link(try Kernel.readLink(RawName(bytes: []), at: place.number))
  }

  private func linkStatus(_ path: TreePath) throws(RuntimeError) -> stat {
    let place = try open(path, OpenFlags.path | O_NOFOLLOW)
    return try Kernel.stat(place.number)
  }

  /// Opens what is at a real path, itself; no link is followed.
  func open(_ path: TreePath, _ flags: CInt) throws(RuntimeError) -> Descriptor {
    let name = path.isEmpty ? [UInt8(ascii: ".")] : Array(path.joined(separator: [UInt8(ascii: "/")]))
    return try Kernel.open(
      RawName(bytes: name), at: root.number, flags: flags,
      resolve: ResolveFlags.inRoot | ResolveFlags.noMagicLinks | ResolveFlags.noSymlinks)
  }

  /// Opens a regular file for reading.
  func openFile(_ path: TreePath) throws(RuntimeError) -> Descriptor {
    try open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  }

  /// The names in a directory, in the order of their bytes.
  func names(in path: TreePath) throws(RuntimeError) -> TreePath {
    let directory = try open(path, O_RDONLY | O_DIRECTORY)
    return try Kernel.names(in: directory.number).map(\.withoutZero).sorted {
      $0.lexicographicallyPrecedes($1)
    }
  }
}

extension FileTree {
  /// All that is in a directory, each directory before what it holds, without following links.
  func walk(
    _ path: TreePath, depth: Int = 0, _ body: (TreePath, stat) throws(RuntimeError) -> Bool
  ) throws(RuntimeError) {
    guard depth < 500 else {
      throw RuntimeError(.unsupported, "\(shown(path)): directories are nested too deep")
    }
    for name in try names(in: path) {
      let below = path + [name]
      let place = try open(below, OpenFlags.path | O_NOFOLLOW)
      let status = try Kernel.stat(place.number)
      if try body(below, status), status.st_mode & S_IFMT == S_IFDIR {
        try walk(below, depth: depth + 1, body)
      }
    }
  }

  /// Where a link leads.
  func target(of path: TreePath) throws(RuntimeError) -> [UInt8] {
    let place = try open(path, OpenFlags.path | O_NOFOLLOW)
    return try Kernel.readLink(RawName(bytes: []), at: place.number)
  }
}

/// A path for messages.
func shown(_ path: [UInt8]) -> String { quoted(String(decoding: path, as: UTF8.self), limit: 200) }

/// A path for messages.
func shown(_ path: TreePath) -> String { shown(absolute(path)) }

/// A path with its slashes.
func absolute(_ path: TreePath) -> [UInt8] {
  [UInt8(ascii: "/")] + Array(path.joined(separator: [UInt8(ascii: "/")]))
}
