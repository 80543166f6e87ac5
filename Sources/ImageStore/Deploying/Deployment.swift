internal import Glibc
internal import ImageLayers
public import JSON
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// A directory with versions of a root file system, of which one is current.
///
/// `releases/1`, `releases/2` … are complete versions, `current` is a symbolic link to one of them. A version is unpacked
/// beside, and comes to its number by a rename; the link is replaced by a rename. So whatever is killed, the link leads
/// to the old version or to the new one. What lies in `releases` and begins with a dot is not complete, or on its way
/// out: it is locked by who cares for it, and removed by the next deployment if nobody does.
public final class Deployment {
  /// One version.
  public struct Release: JSONObject, Sendable, Equatable {
    /// Later ones have higher numbers.
    public var number = 0
    /// Absolute path, or as the directory's was given.
    public var path = ""
    /// Whether `current` leads to it.
    public var isCurrent = false

    /// See `JSONValue`.
    public init() {}

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("number", &number)
      json.member("path", &path)
      json.member("isCurrent", &isCurrent)
    }
  }

  private static let link = "current"
  private static let unfinished = ".new-"
  private static let leaving = ".old-"

  private let path: String
  private let directory: Descriptor
  private let releases: Descriptor
  /// Gets what is no error.
  public var warn: (String) -> Void = { _ in }

  /// Opens a directory, and makes it if it is missing; its parent is there.
  public init(making path: String) throws(RuntimeError) {
    self.path = path
    func open(_ name: String, at parent: CInt) throws(RuntimeError) -> Descriptor {
      do throws(RuntimeError) {
        try Kernel.makeDirectory(name, at: parent, mode: 0o755)
      } catch let error where error.errno == .fileExists {}
      return try Kernel.open(name, at: parent, flags: O_RDONLY | O_DIRECTORY)
    }
    directory = try open(path, at: Directory.working)
    releases = try open("releases", at: directory.number)
  }

  /// Opens a directory that has versions.
  ///
  /// - Throws: `invalidState` if nothing was ever deployed there.
  public init(_ path: String) throws(RuntimeError) {
    self.path = path
    do throws(RuntimeError) {
      directory = try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY)
      releases = try Kernel.open("releases", at: directory.number, flags: O_RDONLY | O_DIRECTORY)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      throw RuntimeError(.invalidState, "\(path): nothing was deployed there")
    }
  }

  /// Unpacks a version, makes it the current one, and removes the oldest.
  ///
  /// - Parameters:
  ///   - kept: How many versions before the new one stay.
  ///   - unpack: Fills an empty directory.
  /// - Returns: The new version.
  public func deploy(
    keeping kept: Int, _ unpack: (CInt) throws(RuntimeError) -> Void
  ) throws(RuntimeError) -> Release {
    let name = Deployment.unfinished + "\(getpid())-" + String(UInt64.random(in: 0 ... .max), radix: 36)
    let staged = try stage(name)
    do throws(RuntimeError) {
      try unpack(staged.number)
      // Before a name says that it is complete.
      try Kernel.synchronizeFileSystem(staged.number)
      let lock = try lockDirectory()
      defer { withExtendedLifetime(lock) {} }
      // Not over something that a person put there meanwhile.
      _ = try current()
      let number = (try numbers().last ?? 0) + 1
      try Kernel.rename(name, to: "\(number)", at: releases.number)
      try Kernel.synchronize(releases.number)
      try makeCurrent(number)
      removeOldest(beside: number, keeping: kept)
      return release(number, isCurrent: true)
    } catch {
      try? DirectoryTree.remove(RawName(bytes: Array(name.utf8)), at: releases.number)
      throw error
    }
  }

  /// Makes the version before the current one the current one. The later ones stay until they are the oldest.
  ///
  /// - Throws: `invalidState` if there is none.
  public func rollBack() throws(RuntimeError) -> Release {
    let lock = try lockDirectory()
    defer { withExtendedLifetime(lock) {} }
    guard let current = try current() else {
      throw RuntimeError(.invalidState, "\(path): no version is current")
    }
    guard let former = try numbers().last(where: { $0 < current }) else {
      throw RuntimeError(.invalidState, "\(path): there is no version before \(current)")
    }
    try makeCurrent(former)
    return release(former, isCurrent: true)
  }

  /// All complete versions, the oldest first.
  public func list() throws(RuntimeError) -> [Release] {
    let current = try current()
    return try numbers().map { release($0, isCurrent: $0 == current) }
  }

  private func release(_ number: Int, isCurrent: Bool) -> Release {
    var release = Release()
    (release.number, release.path, release.isCurrent) = (number, "\(path)/releases/\(number)", isCurrent)
    return release
  }

  private func numbers() throws(RuntimeError) -> [Int] {
    try Kernel.list(".", at: releases.number).compactMap { name in
      // A name that a person gave may be larger than what can be counted on from.
      Int(name).flatMap { "\($0)" == name && (1..<1_000_000_000).contains($0) ? $0 : nil }
    }.sorted()
  }

  private func current() throws(RuntimeError) -> Int? {
    do throws(RuntimeError) {
      let target = try Kernel.readLink(Deployment.link, at: directory.number)
      return target.hasPrefix("releases/") ? Int(target.dropFirst(9)) : nil
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return nil
    } catch let error where error.errno == .invalidArgument {
      throw RuntimeError(
        .invalidState, "\(path)/\(Deployment.link) is no symbolic link", hint: "remove it first")
    }
  }

  private func lockDirectory() throws(RuntimeError) -> Descriptor {
    let lock = try Kernel.open(".", at: directory.number, flags: O_RDONLY | O_DIRECTORY)
    try Kernel.lock(lock.number, LOCK_EX)
    return lock
  }

  private func makeCurrent(_ number: Int) throws(RuntimeError) {
    let temporary = ".\(Deployment.link).new"
    // Only who has the lock makes it: what is there is of a process that was killed.
    try? Kernel.remove(temporary, at: directory.number)
    try Kernel.makeSymbolicLink(temporary, at: directory.number, target: "releases/\(number)")
    try Kernel.rename(temporary, to: Deployment.link, at: directory.number)
    try Kernel.synchronize(directory.number)
  }

  /// What cannot be removed stays: the new version is the current one, whatever is left of old ones.
  private func removeOldest(beside current: Int, keeping kept: Int) {
    let others = ((try? numbers()) ?? []).filter { $0 != current }
    for number in others.dropLast(kept) {
      do throws(RuntimeError) {
        let name = Deployment.leaving + "\(number)-\(getpid())"
        // At once no version any more, however long the removal takes.
        try Kernel.rename("\(number)", to: name, at: releases.number)
        try DirectoryTree.remove(RawName(bytes: Array(name.utf8)), at: releases.number)
      } catch {
        warn("version \(current) is the current one, but version \(number) could not be removed: \(error)")
      }
    }
  }

  /// Makes a directory for what is not complete, locked before anybody else can look whether it is.
  private func stage(_ name: String) throws(RuntimeError) -> Descriptor {
    let lock = try lockDirectory()
    defer { withExtendedLifetime(lock) {} }
    // Before anything is unpacked in vain.
    _ = try current()
    removeAbandoned()
    try Kernel.makeDirectory(name, at: releases.number, mode: 0o755)
    let staged = try Kernel.open(name, at: releases.number, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try Kernel.lock(staged.number, LOCK_EX)
    return staged
  }

  /// Removes what killed processes have left.
  private func removeAbandoned() {
    for name in (try? Kernel.list(".", at: releases.number)) ?? [] {
      guard name.hasPrefix(Deployment.unfinished) || name.hasPrefix(Deployment.leaving) else { continue }
      do throws(RuntimeError) {
        let found = try Kernel.open(name, at: releases.number, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        guard try Kernel.lock(found.number, LOCK_EX | LOCK_NB) else { continue }
        try DirectoryTree.remove(RawName(bytes: Array(name.utf8)), at: releases.number)
      } catch let error where error.errno == .noSuchFileOrDirectory {
      } catch {
        warn("what a former deployment has left could not be removed: \(error)")
      }
    }
  }
}
