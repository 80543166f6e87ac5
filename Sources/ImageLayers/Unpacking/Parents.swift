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
    if times[path] == nil { times[path] = try Kernel.stat(opened.descriptor.number).st_mtim }
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

  private func findOrMake(_ path: LayerPath) throws(RuntimeError) -> Descriptor {
    if let found = try find(path) { return found }
    return try make(path)
  }

  /// Makes a directory that the layer has no entry for: root's, and as old as can be, so that the same layer
  /// always gives the same tree.
  private func make(_ path: LayerPath) throws(RuntimeError) -> Descriptor {
    let above = try findOrMake(path.parent)
    if times[path.parent] == nil { times[path.parent] = try Kernel.stat(above.number).st_mtim }
    do throws(RuntimeError) {
      try Kernel.makeDirectory(RawName(bytes: path.name), at: above.number, mode: 0o755)
      try Kernel.changeMode(RawName(bytes: path.name), at: above.number, mode: 0o755)
    } catch let error where error.errno == .fileExists {
      throw RuntimeError(.hostileLayer, "\(path.shown) is a symbolic link that leads nowhere")
    }
    times[path] = timespec()
    guard let directory = try find(path) else {
      throw RuntimeError(.hostileLayer, "\(path.shown) cannot be reached")
    }
    return directory
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
