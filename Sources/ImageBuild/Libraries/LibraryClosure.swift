internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// Programs with all that their loader loads: libraries, the loader itself, the interpreters of scripts.
///
/// Found as ld.so(8) finds it, but by reading: no file of the tree is executed. Of libraries for certain processors
/// (glibc-hwcaps) all variants count, as the image may run on another machine. What a program opens while it runs
/// (dlopen(3), the modules of nsswitch.conf(5)) is in no table.
final class LibraryClosure {
  /// A path as somebody asks for it, and where it leads.
  struct Request: Hashable {
    var path: [UInt8]
    var file: TreePath
  }

  let tree: FileTree
  /// All so far, in the order in which they were found.
  private(set) var requests: [Request] = []
  /// The links on the ways.
  private(set) var links: Set<FileTree.Link> = []
  /// What was not found, and by whom it is needed.
  private(set) var missing: [String] = []
  /// Whether a library is found only with ld.so.cache.
  private(set) var needsCache = false

  private let directories: LibraryDirectories
  private let searchPath: [[UInt8]]
  private var known: Set<Request> = []
  private var knownMissing: Set<String> = []
  /// What `add` was asked for, or a script asks for.
  private var added: Set<Request> = []
  private var visited: Set<Visit> = []
  private var files: [TreePath: ELFFile?] = [:]

  private struct Visit: Hashable {
    var file: TreePath
    var inherited: [[UInt8]]
  }

  /// An object that needs libraries.
  private struct Object {
    var path: [UInt8]
    var file: TreePath
    var elf: ELFFile
    var interpreter: [UInt8]?
    /// Directories that those above it look in for what it needs. DT_RPATH
    var inherited: [[UInt8]]
  }

  /// - Parameters:
  ///   - searchPath: Where `env` finds the interpreters of scripts.
  init(in tree: FileTree, searchPath: [String]) throws(RuntimeError) {
    self.tree = tree
    self.searchPath = searchPath.map { Array($0.utf8) }
    directories = try LibraryDirectories(of: tree)
  }

  /// Adds a program or library with all that it needs.
  ///
  /// - Parameters:
  ///   - isNeeded: Whether it is an error if something is missing.
  func add(_ path: [UInt8], isNeeded: Bool = true) throws(RuntimeError) {
    // Interpreters of scripts can be scripts: as many as somebody likes, and in a circle.
    var pending = [path]
    while let path = pending.popLast() {
      guard let found = try tree.find(path) else {
        note(missing: shown(path), isNeeded)
        continue
      }
      guard found.status.st_mode & S_IFMT == S_IFREG else {
        note(missing: "\(shown(path)), which is no regular file", isNeeded)
        continue
      }
      guard added.insert(Request(path: path, file: found.path)).inserted else { continue }
      take(path, found)
      let file = try tree.openFile(found.path)
      if try Kernel.read(file.number, at: 0, most: 2).elementsEqual("#!".utf8) {
        pending += try interpreters(of: path, file.number, isNeeded)
      } else if let elf = try elf(at: found.path) {
        let object = Object(
          path: path, file: found.path, elf: elf, interpreter: elf.interpreter, inherited: [])
        try addLibraries(of: object, isNeeded)
      }
    }
  }

  /// Adds what a file needs, but not the file itself.
  func addLibraries(of file: TreePath, isNeeded: Bool) throws(RuntimeError) {
    guard let elf = try elf(at: file) else { return }
    let path = absolute(file)
    try addLibraries(
      of: Object(path: path, file: file, elf: elf, interpreter: elf.interpreter, inherited: []), isNeeded)
  }

  /// Adds the file that a link of a directory leads to, if that is outside of the directory.
  func addTarget(of link: TreePath, outside directory: TreePath) throws(RuntimeError) {
    guard let found = try tree.find(absolute(link)), found.status.st_mode & S_IFMT == S_IFREG,
      !found.path.starts(with: directory)
    else { return }
    take(absolute(found.path), found)
    try addLibraries(of: found.path, isNeeded: false)
  }

  private func note(missing name: String, _ isNeeded: Bool) {
    if isNeeded, knownMissing.insert(name).inserted { missing.append(name) }
  }

  private func take(_ path: [UInt8], _ found: FileTree.Found) {
    links.formUnion(found.links)
    let request = Request(path: path, file: found.path)
    if known.insert(request).inserted { requests.append(request) }
  }

  private func elf(at path: TreePath) throws(RuntimeError) -> ELFFile? {
    if let known = files[path] { return known }
    let file = try tree.openFile(path)
    let elf: ELFFile?
    do throws(RuntimeError) {
      elf = try ELFFile.read(file.number)
    } catch {
      throw error.adding(context: shown(path))
    }
    files[path] = .some(elf)
    return elf
  }

  /// The programs that a script is read by. execve(2): `#!interpreter [argument]`
  private func interpreters(
    of path: [UInt8], _ file: CInt, _ isNeeded: Bool
  ) throws(RuntimeError) -> [[UInt8]] {
    let line = try Kernel.read(file, at: 2, most: 254).prefix { $0 != UInt8(ascii: "\n") }
    let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.map(Array.init)
    guard let interpreter = words.first, requests.count < 100_000 else { return [] }
    guard interpreter.split(separator: UInt8(ascii: "/")).last.map(Array.init) == Array("env".utf8),
      let name = words.dropFirst().first(where: { $0.first != UInt8(ascii: "-") })
    else { return [interpreter] }
    for directory in searchPath where try tree.find(joined(directory, name)) != nil {
      return [interpreter, joined(directory, name)]
    }
    note(missing: "\(shown(name)), which \(shown(path)) is a script of", isNeeded)
    return [interpreter]
  }

  private func addLibraries(of start: Object, _ isNeeded: Bool) throws(RuntimeError) {
    var pending = [start]
    while let object = pending.popLast() {
      let visit = Visit(file: object.file, inherited: object.inherited)
      guard visited.insert(visit).inserted, visited.count < 100_000 else { continue }
      if let interpreter = object.elf.interpreter {
        guard let found = try tree.find(interpreter) else {
          note(missing: "\(shown(interpreter)), the loader of \(shown(object.path))", isNeeded)
          continue
        }
        take(interpreter, found)
      }
      for name in object.elf.needed {
        let libraries = try library(name, for: object)
        if libraries.isEmpty { note(missing: "\(shown(name)), needed by \(shown(object.path))", isNeeded) }
        pending += libraries
      }
    }
  }

  /// What a loader takes for a name, with the variants for processors that have more.
  private func library(_ name: [UInt8], for object: Object) throws(RuntimeError) -> [Object] {
    let own = LibraryClosure.distinct(
      (object.elf.runpath == nil ? expanded(object.elf.rpath, object) : []) + object.inherited)
    if name.contains(UInt8(ascii: "/")) {
      for path in expanded([name], object) {
        if let library = try fitting(path, object, inherited: own) { return [library] }
      }
      return []
    }
    var named = object.elf.runpath == nil ? own : []
    named += expanded(object.elf.runpath ?? [], object)
    let other = try directories.candidates(name, interpreter: object.interpreter, in: tree)
    let lists = [(named.map { joined($0, name) }, false), (other.configured, true), (other.usual, false)]
    for (candidates, isConfigured) in lists {
      for path in candidates {
        guard let base = try fitting(path, object, inherited: own) else { continue }
        if isConfigured, !other.usual.contains(path) { needsCache = true }
        return try [base] + variants(of: path, object, inherited: own)
      }
    }
    return []
  }

  /// Each directory once: libraries that need each other would make the list longer for ever.
  private static func distinct(_ directories: [[UInt8]]) -> [[UInt8]] {
    var seen: Set<[UInt8]> = []
    return Array(directories.filter { seen.insert($0).inserted }.prefix(LibraryDirectories.most))
  }

  /// `lib/glibc-hwcaps/x86-64-v3/libc.so.6` beside `lib/libc.so.6`.
  private func variants(
    of path: [UInt8], _ object: Object, inherited: [[UInt8]]
  ) throws(RuntimeError) -> [Object] {
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return [] }
    let folder = joined(Array(path[..<slash]), Array("glibc-hwcaps".utf8))
    guard let found = try tree.find(folder), found.status.st_mode & S_IFMT == S_IFDIR else { return [] }
    var result: [Object] = []
    for variant in try tree.names(in: found.path) {
      let candidate = joined(joined(folder, variant), Array(path[(slash + 1)...]))
      if let object = try fitting(candidate, object, inherited: inherited) { result.append(object) }
    }
    return result
  }

  /// The library at a path; nil if it is none, or one for another machine.
  private func fitting(
    _ path: [UInt8], _ object: Object, inherited: [[UInt8]]
  ) throws(RuntimeError) -> Object? {
    guard let found = try tree.find(path), found.status.st_mode & S_IFMT == S_IFREG,
      let elf = try elf(at: found.path), elf.machine == object.elf.machine
    else { return nil }
    take(path, found)
    return Object(
      path: path, file: found.path, elf: elf, interpreter: object.interpreter, inherited: inherited)
  }

  /// Directories with what stands for the object's own: `$ORIGIN/../lib`.
  private func expanded(_ directories: [[UInt8]], _ object: Object) -> [[UInt8]] {
    let origin = absolute(object.file.dropLast())
    return directories.flatMap { directory -> [[UInt8]] in
      var text = String(decoding: directory, as: UTF8.self)
      guard text.contains("$") else { return [directory] }
      for name in ["$ORIGIN", "${ORIGIN}"] {
        text = text.replacing(name, with: String(decoding: origin, as: UTF8.self))
      }
      let isAnywhere = text.contains("$LIB") || text.contains("${LIB}")
      let folders = isAnywhere ? ["lib64", "lib", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"] : [""]
      return folders.map { folder in
        let place = text.replacing("$LIB", with: folder).replacing("${LIB}", with: folder)
        return Array(place.utf8)
      }
    }
  }
}
