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

  /// Absolute path of a container's directory.
  public func path(of id: ContainerID) -> String { "\(root)/\(id)" }

  /// Makes a container's directory and locks it.
  ///
  /// - Throws: `containerExists` if the ID is taken.
  public func reserve(_ id: ContainerID) throws(RuntimeError) -> ContainerDirectory {
    while true {
      let parent = try openRoot()
      do {
        try Kernel.makeDirectory(id.text, at: parent.number, mode: 0o700)
      } catch let error where error.errno == .fileExists {
        if let directory = try adopt(id) { return directory }
        throw RuntimeError(.containerExists, "container with given ID already exists: \(id)")
      } catch {
        throw error.adding(context: "making the state directory in \(root)")
          .hinting("--root names another place for state")
      }
      do throws(RuntimeError) {
        let directory = try open(id)
        switch try directory.lock() {
        // Somebody else may have adopted it before it was locked, and be done already.
        case .held where !directory.hasRecord: return directory
        case .held, .busy:
          throw RuntimeError(.containerExists, "container with given ID already exists: \(id)")
        // Deleted while it was empty: it is made again.
        case .gone: continue
        }
      } catch let error where error.code == .containerNotFound {
      } catch let error where error.code == .containerExists {
        throw error
      } catch {
        try? Kernel.remove(id.text, at: parent.number, isDirectory: true)
        throw error
      }
    }
  }

  /// Takes a directory over that a killed `create` left before it made anything.
  private func adopt(_ id: ContainerID) throws(RuntimeError) -> ContainerDirectory? {
    do throws(RuntimeError) {
      let directory = try open(id)
      guard !directory.hasRecord, try directory.lock(within: 0) == .held else { return nil }
      let isUnused = try directory.holdsOnlyOwnFiles()
      return isUnused && !directory.hasRecord ? directory : nil
    } catch let error where error.code == .containerNotFound {
      return nil
    }
  }

  /// Opens a container's directory for reading: no lock, for `state` and `list`.
  ///
  /// - Throws: `containerNotFound`.
  public func open(_ id: ContainerID) throws(RuntimeError) -> ContainerDirectory {
    let parent: Descriptor
    do {
      parent = try Kernel.open(root, flags: OpenFlags.path | O_DIRECTORY)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      throw notFound(id)
    }
    do {
      return ContainerDirectory(
        id: id, descriptor: try openDirectory(id, in: parent.number), parent: parent.release())
    } catch let error where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
      // A file of that name is somebody's.
      throw notFound(id)
    }
  }

  /// Opens a container's directory and takes its lock.
  ///
  /// - Throws: `containerNotFound`; `invalidState` if another command keeps the lock for long.
  public func openLocked(_ id: ContainerID) throws(RuntimeError) -> ContainerDirectory {
    let directory = try open(id)
    switch try directory.lock() {
    case .held: return directory
    case .busy: throw directory.busy()
    case .gone: throw notFound(id)
    }
  }

  /// Opens all directories that may be a container's for reading, sorted by name.
  ///
  /// One that disappears meanwhile is left out, and so are files of others.
  public func forEach(_ body: (ContainerDirectory) throws(RuntimeError) -> Void) throws(RuntimeError) {
    let root: Descriptor
    do {
      root = try Kernel.open(self.root, flags: O_RDONLY | O_DIRECTORY)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return
    }
    for name in try Kernel.list(".", at: root.number).sorted() {
      guard let id = try? ContainerID(name) else { continue }
      let directory: ContainerDirectory
      do {
        directory = ContainerDirectory(
          id: id, descriptor: try openDirectory(id, in: root.number), parent: -1)
      } catch let error where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
        continue
      }
      try body(directory)
    }
  }

  private func openDirectory(_ id: ContainerID, in parent: CInt) throws(RuntimeError) -> Descriptor {
    try Kernel.open(id.text, at: parent, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  /// Opens the root, making it and its parents if they are missing.
  private func openRoot() throws(RuntimeError) -> Descriptor {
    let flags = OpenFlags.path | O_DIRECTORY
    do {
      return try Kernel.open(root, flags: flags)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      var path = ""
      let parts = root.split(separator: "/")
      for (index, part) in parts.enumerated() {
        path += "/" + part
        do {
          try Kernel.makeDirectory(
            path, at: Directory.working, mode: index == parts.count - 1 ? 0o700 : 0o755)
        } catch let error where error.errno == .fileExists {}
      }
      return try Kernel.open(root, flags: flags)
    }
  }

  /// What to say of an ID that no container has.
  public func notFound(_ id: ContainerID) -> RuntimeError {
    RuntimeError(.containerNotFound, "container \(id) does not exist")
  }
}
