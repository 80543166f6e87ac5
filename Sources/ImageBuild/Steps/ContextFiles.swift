internal import Glibc
internal import ImageLayers
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// The context directory: what `copy`, `script` and `archive` may take. It is a root of its own, so that neither `..`
/// nor a link in it leads outside.
struct ContextFiles {
  let tree: FileTree
  private var ignored: [(pattern: PathPattern, isExcepted: Bool)] = []

  /// The file with patterns of what is left out: one a line, `!` before what is not to be.
  static let ignoreFile = ".swboxignore"

  init(_ directory: consuming Descriptor) throws(RuntimeError) {
    tree = FileTree(directory)
    guard let found = try tree.find(Array(ContextFiles.ignoreFile.utf8)) else { return }
    let file = try tree.openFile(found.path)
    let text = try Kernel.readAll(file.number, limit: 1 << 20, name: ContextFiles.ignoreFile)
    for line in text.split(separator: UInt8(ascii: "\n")) {
      var pattern = line.drop { $0 == UInt8(ascii: " ") }
      while let last = pattern.last, [UInt8(ascii: " "), UInt8(ascii: "\r")].contains(last) {
        pattern.removeLast()
      }
      guard let first = pattern.first, first != UInt8(ascii: "#") else { continue }
      let isExcepted = first == UInt8(ascii: "!")
      ignored.append((PathPattern(Array(isExcepted ? pattern.dropFirst() : pattern)), isExcepted))
    }
  }

  /// The last pattern that means a path, or a directory above it, decides.
  private func isIgnored(_ path: TreePath) -> Bool {
    let last = ignored.last { entry in
      path.indices.contains { entry.pattern.matches(Array(path[...$0])) }
    }
    return last.map { !$0.isExcepted } ?? false
  }

  /// A regular file that a step names.
  func file(_ text: String) throws(RuntimeError) -> TreePath {
    guard let found = try tree.find(Array(text.utf8)), !isIgnored(found.path) else {
      throw RuntimeError(
        .invalidBuildFile, "no file \(quoted(text)) in the context directory",
        hint: "paths are below the context directory: --context names another")
    }
    guard found.status.st_mode & S_IFMT == S_IFREG else {
      throw RuntimeError(.invalidBuildFile, "\(quoted(text)) in the context directory is no regular file")
    }
    return found.path
  }

  /// What a `copy` brings.
  func files(of step: CopyStep) throws(RuntimeError) -> StepFiles {
    let target = try StepFile.path(step.to)
    let isFolder = step.to.hasSuffix("/") || step.from.count > 1
    var result = StepFiles()
    for source in step.from {
      guard let found = try tree.find(Array(source.utf8)), !isIgnored(found.path) else {
        throw RuntimeError(.invalidBuildFile, "nothing at \(quoted(source)) in the context directory")
      }
      guard found.status.st_mode & S_IFMT == S_IFDIR else {
        let name = source.utf8.split(separator: UInt8(ascii: "/")).last.map { Array($0) } ?? []
        try add(found.path, found.status, as: isFolder ? target + [name] : target, step, to: &result)
        continue
      }
      if !target.isEmpty { result.files.append(StepFile(target, .directory)) }
      let depth = found.path.count
      try tree.walk(found.path) { (path, status) throws(RuntimeError) in
        guard !isIgnored(path) else { return ignored.contains { $0.isExcepted } }
        try add(path, status, as: target + path[depth...], step, to: &result)
        return true
      }
    }
    for place in result.files.indices {
      (result.files[place].entry.uid, result.files[place].entry.gid) = (step.uid, step.gid)
    }
    return result
  }

  /// Modes are those that version control keeps: who checks files out with another umask gets the same image.
  private func add(
    _ path: TreePath, _ status: stat, as target: TreePath, _ step: CopyStep, to result: inout StepFiles
  ) throws(RuntimeError) {
    if target.last?.starts(with: ".wh.".utf8) == true {
      throw RuntimeError(
        .invalidBuildFile, "\(shown(path)): names that begin with .wh. mark removed files in layers")
    }
    let isExecutable = status.st_mode & 0o100 != 0
    switch status.st_mode & S_IFMT {
    case S_IFDIR: result.files.append(StepFile(target, .directory))
    case S_IFLNK: result.files.append(StepFile(target, .symbolicLink, target: try tree.target(of: path)))
    case S_IFREG:
      let mode = step.mode ?? (isExecutable ? 0o755 : 0o644)
      result.files.append(try StepFile(target, copying: path, of: tree, mode: mode))
    default:
      throw RuntimeError(.invalidBuildFile, "\(shown(path)) is no file, directory or symbolic link")
    }
  }
}
