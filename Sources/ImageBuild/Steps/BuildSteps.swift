internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// What each step does.
extension Build {
  /// `image` with a name.
  func begin(with name: String, _ isFirst: Bool) throws(RuntimeError) {
    guard isFirst else {
      throw RuntimeError(
        .invalidBuildFile, "only the first step may name an image; an archive is laid over it")
    }
    announce(isCached: false)
    image = ImageDraft(try store.contents(of: store.find(name)))
  }

  /// `image` with an archive.
  func unpack(_ text: String, _ step: BuildStep) throws(RuntimeError) {
    guard !text.hasPrefix("/") else {
      throw RuntimeError(
        .invalidBuildFile, "the archive \(quoted(text)) is outside of the context directory",
        hint: "--context names a directory that has it; paths are below that")
    }
    let path = try context.file(text)
    let digest = MeteredSource(FileSource(try context.tree.openFile(path), name: text))
    try digest.drain()
    let context = context
    let (store, compression) = (store, options.compression)
    try layer(step, inputs: [digest.digest.text]) { () throws(RuntimeError) in
      var work = Import(to: store)
      work.compression = compression
      let content = MeteredSource(FileSource(try context.tree.openFile(path), name: text))
      let layer = try work.layer(content).layer
      guard content.digest == digest.digest else {
        throw RuntimeError(.invalidState, "\(quoted(text)) was changed while it was read")
      }
      return layer
    }
  }

  /// `write`, `symlink`, `delete`, `mkdir`: what the build file itself says.
  func files(of step: BuildStep) throws(RuntimeError) -> StepFiles {
    var result = StepFiles()
    func add(_ file: StepFile, _ uid: UInt32 = 0, _ gid: UInt32 = 0) {
      var file = file
      (file.entry.uid, file.entry.gid) = (uid, gid)
      result.files.append(file)
    }
    switch step {
    case .write(let step):
      let path = try StepFile.path(step.path)
      add(StepFile(path, content: Array(step.content.utf8), mode: step.mode), step.uid, step.gid)
    case .symlink(let step):
      for link in step.links {
        add(StepFile(try StepFile.path(link.to), .symbolicLink, target: Array(link.from.utf8)))
      }
    case .remove(let step): for path in step.paths { add(.removal(try StepFile.path(path))) }
    case .makeDirectories(let step):
      for path in step.paths {
        add(StepFile(try StepFile.path(path), .directory, mode: step.mode), step.uid, step.gid)
      }
    default: break
    }
    return result
  }

  /// Writes files into the image.
  func bring(_ files: StepFiles, _ step: BuildStep) throws(RuntimeError) {
    try layer(step, inputs: [files.digest.text]) { () throws(RuntimeError) in
      try changed { (new) throws(RuntimeError) in
        try files.write(to: new.root.number, time: options.epoch, workspace: new.workspaceNumber)
      }
    }
  }

  /// `host-files`, and what is made of such.
  func bring(
    _ host: HostFilesStep, _ further: [StepFile], _ step: BuildStep
  ) throws(RuntimeError) {
    let root = try Kernel.open("/", flags: O_RDONLY | O_DIRECTORY)
    let files = try SelectedHostFiles(host, root: root, warn: options.warn)
    try layer(step, inputs: [files.files.digest.text]) { () throws(RuntimeError) in
      try changed { (new) throws(RuntimeError) in
        try files.write(
          to: Kernel.duplicate(new.root.number), time: options.epoch, workspace: new.workspaceNumber)
        let image = FileTree(try Kernel.duplicate(new.root.number))
        var rest = StepFiles()
        for file in further where try image.find(absolute(StepFile.components(file.entry.path))) == nil {
          rest.files.append(file)
        }
        try rest.write(to: new.root.number, time: options.epoch, workspace: new.workspaceNumber)
      }
    }
  }

  /// `extract`
  func reduce(_ extract: ExtractStep, _ step: BuildStep) throws(RuntimeError) {
    guard image.contents != nil else {
      throw RuntimeError(.invalidBuildFile, "there is nothing yet that something could be extracted from")
    }
    try layer(step, inputs: [], replacing: true) { () throws(RuntimeError) in
      let new = try NewLayer(in: store, upon: image.contents)
      let tree = FileTree(try Kernel.duplicate(new.root.number))
      let kept = try KeptFiles(extract, tree, searchPath: image.searchPath)
      return try new.pack(
        options.compression, latest: options.epoch, selection: kept.contains, warn: options.warn)
    }
  }

  /// A layer with what `change` does to the image's files.
  func changed(_ change: (NewLayer) throws(RuntimeError) -> Void) throws(RuntimeError) -> PackedLayer {
    let new = try NewLayer(in: store, upon: image.contents)
    try change(new)
    return try new.pack(options.compression, latest: options.epoch, warn: options.warn)
  }
}

extension ImageDraft {
  /// Where the image's own programs are looked for.
  var searchPath: [String] {
    let own = (execution.env ?? []).last { $0.hasPrefix("PATH=") }
    return own.map { $0.dropFirst(5).split(separator: ":").map(String.init) } ?? Program.usualPath
  }
}

/// What an `extract` leaves of a tree.
struct KeptFiles {
  /// Files, links, and the directories above them.
  private var paths: Set<[UInt8]> = []
  /// Directories that are kept with all that is in them.
  private var folders: Set<[UInt8]> = []

  /// - Parameters:
  ///   - searchPath: Where `env` finds the interpreters of scripts.
  init(_ step: ExtractStep, _ tree: FileTree, searchPath: [String]) throws(RuntimeError) {
    let closure = try LibraryClosure(in: tree, searchPath: searchPath)
    for path in step.binaries { try closure.add(Array(path.utf8)) }
    for text in step.keep {
      let pattern = PathPattern(Array(text.utf8))
      let found = try pattern.matches(in: tree)
      guard !found.isEmpty else { throw RuntimeError(.stepFailed, "nothing in the image is \(quoted(text))") }
      for path in found { try keep(path, tree, closure) }
    }
    guard closure.missing.isEmpty else {
      throw RuntimeError(
        .stepFailed, "the image does not have " + closure.missing.joined(separator: "\n  and not "))
    }
    for request in closure.requests { keep(request.file) }
    for link in closure.links { keep(link.path) }
    if closure.needsCache, let cache = try tree.find(LibraryDirectories.cachePath) { keep(cache.path) }
  }

  /// A path, and where it leads; of a directory all that is in it.
  private mutating func keep(
    _ path: TreePath, _ tree: FileTree, _ closure: LibraryClosure
  ) throws(RuntimeError) {
    if let last = try tree.find(absolute(path), followsLast: false) {
      keep(last.path)
      for link in last.links { keep(link.path) }
    }
    guard let found = try tree.find(absolute(path)) else { return }
    keep(found.path)
    for link in found.links { keep(link.path) }
    if found.status.st_mode.isRegular { return try closure.add(absolute(path)) }
    guard found.status.st_mode.isDirectory else { return }
    folders.insert(KeptFiles.key(found.path))
    try tree.walk(found.path) { (path, status) throws(RuntimeError) in
      if status.st_mode.isRegular { try closure.addLibraries(of: path, isNeeded: false) }
      return true
    }
  }

  private mutating func keep(_ path: TreePath) {
    for length in path.indices { paths.insert(KeptFiles.key(Array(path[...length]))) }
  }

  private static func key(_ path: TreePath) -> [UInt8] { Array(path.joined(separator: [UInt8(ascii: "/")])) }

  /// Whether a path stays.
  func contains(_ path: [UInt8]) -> Bool {
    if paths.contains(path) || folders.contains([]) { return true }
    return path.indices.contains { path[$0] == UInt8(ascii: "/") && folders.contains(Array(path[..<$0])) }
  }
}
