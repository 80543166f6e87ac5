internal import Glibc
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// The directory below which every container has its own. `--root`
///
/// A directory's name is the container's ID. It belongs to whoever holds its flock(2): two commands on
/// one ID never interleave.
public struct Store: Sendable {
  /// Absolute path.
  public let root: String

  /// A store at `root`, which need not exist yet.
  public init(root: String) {
    self.root = root
  }

  /// Makes a container's directory and locks it.
  ///
  /// - Throws: `containerExists` if the ID is taken.
  public func reserve(_ id: ContainerID) throws(RuntimeError) -> ContainerDirectory {
    while true {
      let parent = try openRoot()
      do {
        try Kernel.makeDirectory(id.text, at: parent.number, mode: 0o700)
      } catch  where error.errno == .fileExists {
        throw RuntimeError(.containerExists, "container with given ID already exists: \(id)")
      }
      do {
        // Somebody may delete the empty directory before it is locked; then it is made again.
        if let directory = try lock(id, in: parent.number) { return directory }
      } catch {
        try? Kernel.remove(id.text, at: parent.number, isDirectory: true)
        throw error
      }
    }
  }

  /// Opens a container's directory for reading: no lock, for `state` and `list`.
  ///
  /// - Throws: `containerNotFound`.
  public func open(_ id: ContainerID) throws(RuntimeError) -> ContainerDirectory {
    do {
      let parent = try Kernel.open(root, flags: OpenFlags.path | O_DIRECTORY)
      return ContainerDirectory(
        id: id, descriptor: try openDirectory(id, in: parent.number), parent: parent.release())
    } catch  where error.errno == .noSuchFileOrDirectory {
      throw notFound(id)
    }
  }

  /// Opens a container's directory and waits for its lock.
  ///
  /// - Throws: `containerNotFound`.
  public func openLocked(_ id: ContainerID) throws(RuntimeError) -> ContainerDirectory {
    do throws(RuntimeError) {
      let parent = try Kernel.open(root, flags: OpenFlags.path | O_DIRECTORY)
      guard let directory = try lock(id, in: parent.number) else { throw notFound(id) }
      return directory
    } catch  where error.errno == .noSuchFileOrDirectory {
      throw notFound(id)
    }
  }

  /// The IDs of all containers, sorted.
  public func list() throws(RuntimeError) -> [ContainerID] {
    do {
      return try Kernel.list(root).sorted().compactMap { try? ContainerID($0) }
    } catch  where error.errno == .noSuchFileOrDirectory {
      return []
    }
  }

  /// - Returns: nil if the directory was deleted before the lock was had.
  private func lock(_ id: ContainerID, in parent: CInt) throws(RuntimeError) -> ContainerDirectory? {
    let descriptor: Descriptor
    do {
      descriptor = try openDirectory(id, in: parent)
    } catch  where error.errno == .noSuchFileOrDirectory {
      return nil
    }
    try Kernel.lock(descriptor.number, LOCK_EX)
    // Deleting keeps the lock until the directory is gone.
    if try Kernel.stat(descriptor.number).st_nlink == 0 { return nil }
    return ContainerDirectory(
      id: id, descriptor: descriptor, parent: try Kernel.duplicate(parent).release())
  }

  private func openDirectory(_ id: ContainerID, in parent: CInt) throws(RuntimeError) -> Descriptor {
    try Kernel.open(id.text, at: parent, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  /// Opens the root, making it and its parents if they are missing.
  private func openRoot() throws(RuntimeError) -> Descriptor {
    let flags = OpenFlags.path | O_DIRECTORY
    do {
      return try Kernel.open(root, flags: flags)
    } catch  where error.errno == .noSuchFileOrDirectory {
      var path = ""
      let parts = root.split(separator: "/")
      for (index, part) in parts.enumerated() {
        path += "/" + part
        do {
          try Kernel.makeDirectory(
            path, at: Directory.working, mode: index == parts.count - 1 ? 0o700 : 0o755)
        } catch  where error.errno == .fileExists {}
      }
      return try Kernel.open(root, flags: flags)
    }
  }

  private func notFound(_ id: ContainerID) -> RuntimeError {
    RuntimeError(.containerNotFound, "container \(id) does not exist")
  }
}
