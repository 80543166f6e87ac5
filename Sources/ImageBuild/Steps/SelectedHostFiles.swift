internal import Glibc
internal import ImageLayers
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// What a `host-files` brings: files of the host, and the links on the way to them.
struct SelectedHostFiles {
  /// In the order in which they are written.
  private(set) var files = StepFiles()
  /// Paths that a loader or a person asks for, each with the file that has to be found there.
  private var requests: [LibraryClosure.Request] = []
  private let tree: FileTree
  private let warn: (String) -> Void

  /// - Parameters:
  ///   - root: The host's root directory.
  init(
    _ step: HostFilesStep, root: consuming Descriptor, warn: @escaping (String) -> Void
  ) throws(RuntimeError) {
    tree = FileTree(root)
    self.warn = warn
    let excludes = step.excludes.map { PathPattern(Array($0.utf8)) }
    func isExcluded(_ path: TreePath) -> Bool {
      excludes.contains { pattern in path.indices.contains { pattern.matches(Array(path[...$0])) } }
    }
    let closure = try LibraryClosure(in: tree, searchPath: Program.usualPath)
    for path in step.binaries { try closure.add(Array(path.utf8)) }
    for path in step.executablesIn {
      try SelectedHostFiles.visit(path, tree) { (path, status) throws(RuntimeError) in
        guard !isExcluded(path) else { return false }
        if status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o111 != 0 {
          try closure.add(absolute(path), isNeeded: false)
        }
        return true
      }
    }
    var further: [StepFile] = []
    for pair in step.files { try add(pair, closure, isExcluded, &further) }
    guard closure.missing.isEmpty else {
      throw RuntimeError(
        .stepFailed, "the host does not have " + closure.missing.joined(separator: "\n  and not "))
    }
    try take(closure, further)
  }

  private static func visit(
    _ text: String, _ tree: FileTree, _ body: (TreePath, stat) throws(RuntimeError) -> Bool
  ) throws(RuntimeError) {
    guard let found = try tree.find(Array(text.utf8)), found.status.st_mode & S_IFMT == S_IFDIR else {
      throw RuntimeError(.stepFailed, "\(quoted(text)) is no directory of the host")
    }
    try tree.walk(found.path, body)
  }

  private mutating func take(_ closure: LibraryClosure, _ further: [StepFile]) throws(RuntimeError) {
    requests = closure.requests.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    let links = closure.links.sorted { absolute($0.path).lexicographicallyPrecedes(absolute($1.path)) }
    files.files = links.map { StepFile($0.path, .symbolicLink, target: $0.target) }
    let real = Set(requests.map(\.file)).sorted { absolute($0).lexicographicallyPrecedes(absolute($1)) }
    for file in real { files.files.append(try copy(of: file, as: file)) }
    files.files += further
    if closure.needsCache, let cache = try tree.find(LibraryDirectories.cachePath) {
      files.files.append(try copy(of: cache.path, as: cache.path))
    }
  }

  /// Set-user-ID bits are left behind: the file belongs to root in the image, whoever has it here.
  private func copy(of file: TreePath, as target: TreePath) throws(RuntimeError) -> StepFile {
    let opened = try tree.openFile(file)
    let mode = try Kernel.stat(opened.number).st_mode & 0o777
    return try StepFile(target, copying: file, of: tree, mode: mode)
  }

  /// A file or directory to any path. What is executable in it brings its libraries, if the host has them.
  private func add(
    _ pair: FilePair, _ closure: LibraryClosure, _ isExcluded: (TreePath) -> Bool,
    _ result: inout [StepFile]
  ) throws(RuntimeError) {
    let isFolder = pair.to.hasSuffix("/")
    var target = try StepFile.path(pair.to)
    guard let found = try tree.find(Array(pair.from.utf8)) else {
      throw RuntimeError(.stepFailed, "nothing at \(quoted(pair.from)) on the host")
    }
    guard found.status.st_mode & S_IFMT == S_IFDIR else {
      if isFolder, let name = pair.from.utf8.split(separator: UInt8(ascii: "/")).last {
        target.append(Array(name))
      }
      result.append(try copy(of: found.path, as: target))
      return try closure.addLibraries(of: found.path, isNeeded: false)
    }
    if !target.isEmpty { result.append(StepFile(target, .directory)) }
    try tree.walk(found.path) { (path, status) throws(RuntimeError) in
      guard !isExcluded(path) else { return false }
      let place = target + path[found.path.count...]
      switch status.st_mode & S_IFMT {
      case S_IFDIR: result.append(StepFile(place, .directory, mode: status.st_mode & 0o777))
      case S_IFLNK:
        result.append(StepFile(place, .symbolicLink, target: try tree.target(of: path)))
        // What it leads to may lie outside of the directory.
        try closure.addTarget(of: path, outside: found.path)
      case S_IFREG:
        result.append(try copy(of: path, as: place))
        try closure.addLibraries(of: path, isNeeded: false)
      default: warn("\(shown(path)) is a device, pipe or socket, and left out")
      }
      return true
    }
  }
}

extension SelectedHostFiles {
  /// Writes them into an image's tree.
  ///
  /// The host's links are made where the image has nothing else; where it has, for example a directory `/lib` instead
  /// of a link, what is asked for below is written there once more.
  func write(to image: consuming Descriptor, time: Int, workspace: CInt) throws(RuntimeError) {
    let number = image.number
    let before = FileTree(try Kernel.duplicate(number))
    var plan = StepFiles()
    for file in files.files {
      guard file.entry.kind == .symbolicLink else {
        plan.files.append(file)
        continue
      }
      let path = StepFile.components(file.entry.path)
      if try before.find(absolute(path), followsLast: false) == nil {
        plan.files.append(file)
      } else if try tree.find(absolute(path))?.status.st_mode.isDirectory != true,
        try before.find(absolute(path))?.status.st_mode.isDirectory != true
      {
        plan.files.append(file)
      }
    }
    try plan.write(to: number, time: time, workspace: workspace)
    let after = FileTree(image)
    var missing = StepFiles()
    for request in requests {
      // The image may have another file of that name in a directory that is a link on the host.
      let written = try after.find(absolute(request.file))?.path
      guard try after.find(request.path)?.path != written else { continue }
      let path = StepFile.components(request.path)
      missing.files.append(try copy(of: request.file, as: path))
    }
    if !missing.files.isEmpty { try missing.write(to: number, time: time, workspace: workspace) }
  }
}

extension mode_t {
  var isDirectory: Bool { self & S_IFMT == S_IFDIR }
  var isRegular: Bool { self & S_IFMT == S_IFREG }
}
