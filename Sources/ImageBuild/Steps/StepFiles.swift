internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// A file that a step brings into the image, decided before anything is written: the digests of all of them are what
/// the cache knows the step by.
struct StepFile {
  /// Where it goes and what it is like, without its content.
  var entry: TarEntry
  /// Where the content comes from.
  var source: Source = .none
  /// What the content has to be.
  var digest: Digest?

  enum Source {
    case none
    case memory([UInt8])
    case file(FileTree, TreePath)
  }

  /// A directory, link or removal.
  init(_ path: TreePath, _ kind: TarEntry.Kind, mode: UInt32 = 0o755, target: [UInt8] = []) {
    var path = Array(path.joined(separator: [UInt8(ascii: "/")]))
    if kind == .directory { path.append(UInt8(ascii: "/")) }
    entry = TarEntry(path: path, kind: kind)
    entry.mode = kind == .symbolicLink ? 0o777 : mode
    entry.linkTarget = target
  }

  /// A file whose content is known.
  init(_ path: TreePath, content: [UInt8], mode: UInt32) {
    self.init(path, .regular, mode: mode)
    source = .memory(content)
    digest = Digest(of: content)
    entry.size = UInt64(content.count)
  }

  /// A file of a tree, which is read to its end here.
  init(_ path: TreePath, copying file: TreePath, of tree: FileTree, mode: UInt32) throws(RuntimeError) {
    self.init(path, .regular, mode: mode)
    source = .file(tree, file)
    let content = MeteredSource(FileSource(try tree.openFile(file), name: shown(file)))
    try content.drain()
    digest = content.digest
    entry.size = content.count
  }

  /// Something whose removal this is.
  static func removal(_ path: TreePath) -> StepFile {
    let name = Array(".wh.".utf8) + (path.last ?? [])
    return StepFile(Array(path.dropLast()) + [name], .regular, mode: 0o644)
  }

  /// The names of a path.
  static func components(_ path: [UInt8]) -> TreePath {
    path.split(separator: UInt8(ascii: "/")).map(Array.init).filter { $0 != [UInt8(ascii: ".")] }
  }

  /// A path of the image that a build file names.
  static func path(_ text: String) throws(RuntimeError) -> TreePath {
    let path = components(Array(text.utf8))
    guard !path.contains(Array("..".utf8)) else {
      throw RuntimeError(.invalidBuildFile, "the path \(quoted(text)) has a component \"..\"")
    }
    for name in path where name.starts(with: ".wh.".utf8) {
      throw RuntimeError(
        .invalidBuildFile, "\(quoted(text)): names that begin with .wh. mark removed files in layers")
    }
    return path
  }
}

/// What a step brings.
struct StepFiles {
  var files: [StepFile] = []

  /// Of a file in the key.
  private struct Line: JSONObject {
    var path = ""
    var kind = ""
    var mode: UInt32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    var target: String?
    var digest: String?

    mutating func members(_ json: inout JSONExchange) {
      json.member("path", &path)
      json.member("kind", &kind)
      json.member("mode", &mode)
      json.member("uid", &uid)
      json.member("gid", &gid)
      json.member("target", &target)
      json.member("digest", &digest)
    }
  }

  /// Names all that is brought, but for its time.
  var digest: Digest {
    let lines = files.map { file in
      Line(
        path: StepFiles.exact(file.entry.path), kind: "\(file.entry.kind)", mode: file.entry.mode,
        uid: file.entry.uid, gid: file.entry.gid, target: StepFiles.exact(file.entry.linkTarget),
        digest: file.digest?.text)
    }
    return Digest(of: JSONWriter().encode(lines))
  }

  /// Bytes as text, so that different ones stay different where they are no UTF-8.
  private static func exact(_ bytes: [UInt8]) -> String {
    // No path has a zero byte: what begins with one is no other's.
    String(validating: bytes, as: UTF8.self)
      ?? "\0" + bytes.map { String($0, radix: 16) }.joined(separator: ",")
  }

  /// Writes them into an image's tree. Directories that are there keep their attributes.
  ///
  /// - Parameters:
  ///   - time: Of all files, in seconds since 1970.
  ///   - workspace: A directory for the archive.
  func write(to root: CInt, time: Int, workspace: CInt) throws(RuntimeError) {
    let name = "files.tar"
    let flags = O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW
    let archive = try Kernel.open(name, at: workspace, flags: flags, mode: 0o600)
    try Kernel.remove(name, at: workspace)
    let writer = TarWriter(FileSink(try Kernel.duplicate(archive.number), name: name))
    for file in files { try add(file, time, to: writer) }
    try writer.finish()
    try Kernel.seek(archive.number, to: 0)
    var options = UnpackOptions()
    options.keepsDirectories = true
    let limits = LayerLimits(size: 1 << 50)
    try Unpacker(root: root, options: options).apply(
      TarReader(FileSource(archive, name: name), limits: limits), isBase: false)
  }

  private func add(_ file: StepFile, _ time: Int, to writer: TarWriter) throws(RuntimeError) {
    var entry = file.entry
    entry.modified = timespec(tv_sec: time, tv_nsec: 0)
    switch file.source {
    case .none: try writer.add(entry)
    case .memory(let bytes): try writer.add(entry, content: bytes)
    case .file(let tree, let path):
      let content = MeteredSource(FileSource(try tree.openFile(path), name: shown(path)))
      try writer.add(entry, content: content)
      guard content.digest == file.digest else {
        throw RuntimeError(.invalidState, "\(shown(path)) was changed while it was copied")
      }
    }
  }
}
