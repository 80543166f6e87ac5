internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// The way to an entry.
extension Unpacker {
  /// Opens the directory in which something will change, making it if it is missing.
  ///
  /// - Returns: Its number, good until the next call.
  func openParent(_ path: LayerPath) throws(RuntimeError) -> CInt {
    if let parent, parent.path == path, !hasRemoved { return parent.descriptor.number }
    hasRemoved = false
    let directory = try findOrMake(path)
    let opened = OpenParent(path, directory)
    parent = opened
    if times[path] == nil { times.set(path, try Kernel.stat(opened.descriptor.number).st_mtim) }
    return opened.descriptor.number
  }

  /// Opens a directory that may be missing. Its links lead nowhere but into the root.
  func find(_ path: LayerPath) throws(RuntimeError) -> Descriptor? {
    do throws(RuntimeError) {
      return try Kernel.open(
        path.rawPath, at: root, flags: O_RDONLY | O_DIRECTORY,
        resolve: ResolveFlags.inRoot | ResolveFlags.noMagicLinks)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return nil
    } catch let error where error.errno == .notDirectory {
      throw RuntimeError(.hostileLayer, "\(path.shown) is no directory")
    } catch {
      throw error.adding(context: path.shown)
    }
  }

  /// Opens a directory, and makes what is missing of the way to it.
  private func findOrMake(_ path: LayerPath) throws(RuntimeError) -> Descriptor {
    if let found = try find(path) { return found }
    // Links may make the way to each level a long one: few are looked for.
    var (there, missing) = (0, path.components.count)
    while missing - there > 1 {
      let middle = (there + missing) / 2
      if try find(path.prefix(middle)) == nil { missing = middle } else { there = middle }
    }
    guard var directory = try find(path.prefix(there)) else {
      throw RuntimeError(.hostileLayer, "\(path.prefix(there).shown) cannot be reached")
    }
    if times[path.prefix(there)] == nil {
      times.set(path.prefix(there), try Kernel.stat(directory.number).st_mtim)
    }
    for count in missing...path.components.count {
      directory = try make(path.prefix(count), in: directory.number)
    }
    return directory
  }

  /// Makes a directory that the layer has no entry for: root's, and as old as can be, so that the same layer
  /// always gives the same tree.
  private func make(_ path: LayerPath, in above: CInt) throws(RuntimeError) -> Descriptor {
    let name = RawName(bytes: path.name)
    do throws(RuntimeError) {
      try Kernel.makeDirectory(name, at: above, mode: 0o755)
      try Kernel.changeMode(name, at: above, mode: 0o755)
    } catch let error where error.errno == .fileExists {
      throw RuntimeError(.hostileLayer, "\(path.shown) is a symbolic link that leads nowhere")
    }
    times.set(path, timespec())
    return try Kernel.open(name, at: above, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  /// Removes what stands at a name. The directory that is open for the next entry may be in it.
  func clear(_ path: LayerPath, _ directory: CInt) throws(RuntimeError) {
    hasRemoved = true
    if !options.exchangesKinds,
      try Kernel.stat(RawName(bytes: path.name), at: directory).map({ $0.st_mode & S_IFMT == S_IFDIR })
        == true
    {
      try refuseExchange(path, isDirectory: false)
    }
    try DirectoryTree.remove(RawName(bytes: path.name), at: directory)
  }

  /// What `exchangesKinds` does not allow.
  func refuseExchange(_ path: LayerPath, isDirectory: Bool) throws(RuntimeError) {
    if options.exchangesKinds { return }
    throw RuntimeError(
      .invalidArgument,
      isDirectory
        ? "a directory would replace \(path.shown)" : "a file would replace the directory \(path.shown)"
    )
  }
}
