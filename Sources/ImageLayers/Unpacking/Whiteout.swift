internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// What an entry's name says if it begins with `.wh.`.
///
/// Spec: layer.md#whiteouts
enum Whiteout {
  /// This path is hidden.
  case path(LayerPath)
  /// All in this directory is hidden. Spec: layer.md#opaque-whiteout
  case contents(of: LayerPath)
  /// A note of another program's to itself.
  case note

  static let prefix = Array(".wh.".utf8)
  static let opaque = Array(".wh..wh..opq".utf8)

  /// Reads a path; nil if it names a file.
  ///
  /// - Throws: `hostileLayer` if it hides nothing that could be there.
  init?(_ path: LayerPath) throws(RuntimeError) {
    let notes = Array(".wh..wh.".utf8)
    if path.components.contains(where: { $0.starts(with: notes) && $0 != Whiteout.opaque }) {
      self = .note
      return
    }
    guard !path.parent.components.contains(where: { $0.starts(with: Whiteout.prefix) }) else {
      throw RuntimeError(.hostileLayer, "a file in a directory whose name marks a removed file")
    }
    guard path.name.starts(with: Whiteout.prefix) else { return nil }
    if path.name == Whiteout.opaque {
      self = .contents(of: path.parent)
      return
    }
    let hidden = Array(path.name.dropFirst(Whiteout.prefix.count))
    guard !hidden.isEmpty, hidden != [UInt8(ascii: ".")], hidden != Array("..".utf8) else {
      throw RuntimeError(.hostileLayer, "a whiteout without the name of a file")
    }
    self = .path(path.parent.appending(hidden))
  }
}

extension Unpacker {
  /// Removes what a whiteout hides, but not what this layer has made.
  func apply(_ whiteout: Whiteout) throws(RuntimeError) {
    guard made != nil else { return }
    switch whiteout {
    case .note: return
    case .path(let path):
      guard try find(path.parent) != nil else { return }
      let directory = try openParent(path.parent)
      try hide(path, in: directory)
    case .contents(let path):
      guard try find(path) != nil else { return }
      let directory = try openParent(path)
      for name in try Kernel.names(in: directory) {
        try hide(path.appending(name.withoutZero), in: directory)
      }
    }
  }

  private func hide(_ path: LayerPath, in directory: CInt) throws(RuntimeError) {
    let name = RawName(bytes: path.name)
    guard made?.contains(path) == true else { return try clear(path, directory) }
    guard try Kernel.stat(name, at: directory).map({ $0.st_mode & S_IFMT == S_IFDIR }) == true else { return }
    let child = try Kernel.open(name, at: directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    if times[path] == nil { times.set(path, try Kernel.stat(child.number).st_mtim) }
    for name in try Kernel.names(in: child.number) {
      try hide(path.appending(name.withoutZero), in: child.number)
    }
  }
}
