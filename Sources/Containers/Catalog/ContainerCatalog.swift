internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import JSON
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// The containers of a store: `containers/` in its directory.
///
/// `ID/` is a container; `names/NAME` a symbolic link whose target is the ID; `staging/` has what is being made, or
/// removed. A container comes to its place, and leaves it, by a rename. Its `lock` is held by who makes, supervises
/// or removes it, and goes with that process: whatever is not locked has nobody who cares for it.
public final class ContainerCatalog {
  /// Absolute path.
  public let path: String
  /// Absolute path of a directory for what does not outlive the system.
  public let volatilePath: String
  /// A name for the store that no other has: of cgroups, and of the volatile directory.
  public let key: String
  let root: Descriptor
  private let names: Descriptor
  private let staging: Descriptor

  /// Opens the containers of a store, and makes the directories if they are missing.
  ///
  /// - Parameters:
  ///   - store: Absolute path of the store's directory, which is there.
  ///   - volatile: Where directories for what does not outlive the system are made.
  public init(store: String, volatile: String) throws(RuntimeError) {
    path = store + "/containers"
    do throws(RuntimeError) {
      root = try ImageStore.directory(path, at: Directory.working)
      names = try ImageStore.directory("names", at: root.number)
      staging = try ImageStore.directory("staging", at: root.number)
      // Whatever the path is that leads to it.
      let status = try Kernel.stat(root.number)
      key = String(UInt64(status.st_dev), radix: 16) + "-" + String(status.st_ino, radix: 16)
      volatilePath = "\(volatile)/\(key)"
    } catch {
      throw error.adding(context: "containers of \(store)")
    }
  }

  /// Makes the directory for what does not outlive the system.
  func makeVolatile() throws(RuntimeError) {
    try Kernel.makeDirectories(volatilePath, mode: 0o700)
  }

  /// The IDs of all containers, sorted.
  public func identifiers() throws(RuntimeError) -> [String] {
    try Kernel.list(".", at: root.number).filter(ContainerCatalog.isID).sorted()
  }

  static func isID(_ text: String) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// All containers that can be read, the oldest first.
  ///
  /// - Parameters:
  ///   - warn: Gets what is wrong with the others.
  public func containers(warn: (String) -> Void) throws(RuntimeError) -> [Container] {
    var found: [Container] = []
    for id in try identifiers() {
      do throws(RuntimeError) {
        if let container = try container(id) { found.append(container) }
      } catch {
        warn(error.description)
      }
    }
    return found.sorted { ($0.record.created, $0.id) < ($1.record.created, $1.id) }
  }

  /// The container of an ID; nil if there is none, or none any more.
  public func container(_ id: String) throws(RuntimeError) -> Container? {
    do throws(RuntimeError) {
      let directory = try Kernel.open(id, at: root.number, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      return try Container(id: id, path: "\(path)/\(id)", directory: directory)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return nil
    }
  }

  /// The container that a person means: by name, or by the beginning of its ID.
  ///
  /// - Throws: `containerNotFound`; `invalidArgument` if several begin so.
  public func find(_ text: String) throws(RuntimeError) -> Container {
    if ContainerCatalog.isName(text), let id = try named(text), let container = try container(id) {
      return container
    }
    let found = try identifiers().filter { !text.isEmpty && $0.hasPrefix(text) }
    guard found.count < 2 else {
      throw RuntimeError(.invalidArgument, "\(found.count) containers begin with \(quoted(text))")
    }
    guard let id = found.first, let container = try container(id) else {
      throw RuntimeError(
        .containerNotFound, "no container is named \(quoted(text))", hint: "`swbox ps -a` lists them")
    }
    return container
  }

  /// The ID that a name stands for.
  private func named(_ name: String) throws(RuntimeError) -> String? {
    do throws(RuntimeError) {
      return try Kernel.readLink(name, at: names.number)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return nil
    }
  }

  /// Whether a text can be a container's name: letters, digits, `_`, `.` and `-`, not at its beginning.
  public static func isName(_ text: String) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool {
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    guard let first = text.utf8.first, isPlain(first), text.utf8.count <= 63 else { return false }
    return text.utf8.allSatisfy { isPlain($0) || [0x2d, 0x2e, 0x5f].contains($0) }
  }
}

/// Making and removing.
extension ContainerCatalog {
  /// A new ID.
  public static func newID() -> String {
    (0..<4).map { _ in
      let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }.joined()
  }

  /// Makes a container's directory, locked, where nobody looks for containers yet.
  ///
  /// - Returns: The container; if it is never published, `discard` removes it, or else the next collection.
  public func stage(_ record: ContainerRecord) throws(RuntimeError) -> Container {
    let directory = try ImageStore.directory(record.id, at: staging.number)
    let container = Container(record: record, path: "\(path)/\(record.id)", directory: directory)
    try container.makeLock()
    try container.write(record, to: ContainerFile.record, durably: !record.options.remove)
    return container
  }

  /// Makes the directory of a container whose record depends on the others: one after the other does so.
  ///
  /// - Parameters:
  ///   - record: Gets what can be read of all containers, also of those that are being made.
  func stage(
    _ record: ([ContainerRecord]) throws(RuntimeError) -> ContainerRecord
  ) throws(RuntimeError) -> Container {
    let lock = try lockNames()
    defer { withExtendedLifetime(lock) {} }
    var others: [ContainerRecord] = []
    // In the order in which a container goes through them.
    for directory in [staging.number, root.number] {
      for id in try Kernel.list(".", at: directory) where ContainerCatalog.isID(id) {
        if let other = try? Container(
          id: id, path: "", directory: Kernel.open(id, at: directory, flags: O_RDONLY | O_DIRECTORY))
        {
          others.append(other.record)
        }
      }
    }
    return try stage(record(others))
  }

  /// Gives a staged container its place and its name.
  ///
  /// - Throws: `containerExists` if the name is taken.
  public func publish(_ container: Container) throws(RuntimeError) {
    let lock = try lockNames()
    defer { withExtendedLifetime(lock) {} }
    let name = container.record.name
    if let id = try named(name) {
      if try Kernel.stat(id, at: root.number) != nil {
        throw RuntimeError(
          .containerExists, "the name \(quoted(name)) is that of container \(id.prefix(12))",
          hint: "`swbox rm` removes it, `swbox run --name` gives another name")
      }
      try Kernel.remove(name, at: names.number)
    }
    // A link that leads nowhere hinders nobody; a container without its link could not be named.
    let isLasting = !container.record.options.remove
    try Kernel.makeSymbolicLink(name, at: names.number, target: container.id)
    if isLasting { try Kernel.synchronize(names.number) }
    try Kernel.rename(container.id, at: staging.number, to: container.id, at: root.number)
    if isLasting { try Kernel.synchronize(root.number) }
  }

  /// A lock that goes with the descriptor.
  private func lockNames() throws(RuntimeError) -> NameLock {
    let descriptor = try Kernel.open(".", at: names.number, flags: O_RDONLY | O_DIRECTORY)
    try Kernel.lock(descriptor.number, LOCK_EX)
    return NameLock(descriptor)
  }

  /// Removes a container's directory with all that is in it. The caller holds the container.
  public func remove(_ container: Container) throws(RuntimeError) {
    do {
      let lock = try lockNames()
      defer { withExtendedLifetime(lock) {} }
      if try named(container.record.name) == container.id {
        try Kernel.remove(container.record.name, at: names.number)
      }
      try Kernel.rename(container.id, at: root.number, to: container.id, at: staging.number)
    }
    try discard(container)
  }

  /// Removes a container that was staged, and never published.
  public func discard(_ container: Container) throws(RuntimeError) {
    var patience = Patience(microseconds: 1_000_000)
    while true {
      do throws(RuntimeError) {
        return try DirectoryTree.remove(RawName(bytes: Array(container.id.utf8)), at: staging.number)
      } catch let error where error.errno == .noSuchFileOrDirectory {
        // A collection removes it, too.
      } catch let error where error.errno == .directoryNotEmpty && patience.wait() {
        // Somebody wrote to it once more.
      }
    }
  }

  /// What is in `staging` and nobody's, by path below the store's directory, with its size in bytes.
  func abandoned() throws(RuntimeError) -> [(name: String, size: Int64)] {
    var found: [(name: String, size: Int64)] = []
    for name in try Kernel.list(".", at: staging.number).sorted() {
      guard try Container.isFree(name, at: staging.number) else { continue }
      let size = (try? DirectoryTree.size(RawName(bytes: Array(name.utf8)), at: staging.number)) ?? 0
      found.append((name, size))
    }
    return found
  }

  /// Removes something of `staging`.
  func removeAbandoned(_ name: String) throws(RuntimeError) {
    do throws(RuntimeError) {
      try DirectoryTree.remove(RawName(bytes: Array(name.utf8)), at: staging.number)
      // Another process removes it, too.
    } catch let error where error.errno == .noSuchFileOrDirectory || error.errno == .directoryNotEmpty {}
  }

  /// Removes the directory of a container whose record cannot be read.
  func removeDamaged(_ id: String) throws(RuntimeError) {
    do throws(RuntimeError) {
      try Kernel.rename(id, at: root.number, to: id, at: staging.number)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return
    }
    try removeAbandoned(id)
  }

  /// Removes links whose containers are gone.
  func removeStaleNames() throws(RuntimeError) {
    let lock = try lockNames()
    defer { withExtendedLifetime(lock) {} }
    for name in try Kernel.list(".", at: names.number) {
      guard let id = try named(name), try Kernel.stat(id, at: root.number) == nil else { continue }
      try Kernel.remove(name, at: names.number)
    }
  }
}

/// A lock on the names of a catalog.
private final class NameLock {
  private let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }
}

extension ContainerCatalog {
  /// The runtime of a container.
  func runtime(of record: ContainerRecord) -> RuntimeProgram {
    RuntimeProgram(path: record.runtime, root: volatilePath + "/runtime")
  }
}
