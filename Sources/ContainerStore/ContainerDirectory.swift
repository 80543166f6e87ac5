internal import Glibc
internal import JSON
public import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// A container's directory below the store's root: its record, and the socket that `start` calls.
public final class ContainerDirectory {
  /// The container.
  public let id: ContainerID
  private var descriptor: Descriptor
  private var parent: Descriptor

  private static let recordName = "state.json"
  private static let socketName = "start.sock"

  init(id: ContainerID, descriptor: consuming Descriptor, parent: CInt) {
    self.id = id
    self.descriptor = descriptor
    self.parent = Descriptor(owning: parent)
  }

  /// Reads the record.
  ///
  /// - Returns: nil if `create` did not come to write one.
  /// - Throws: `damagedState` if the file is no record, as after a power cut.
  public func read() throws(RuntimeError) -> ContainerRecord? {
    let bytes: [UInt8]
    do {
      let file = try Kernel.open(ContainerDirectory.recordName, at: descriptor.number, flags: O_RDONLY)
      bytes = try Kernel.readAll(file.number, limit: 64 << 20, name: ContainerDirectory.recordName)
    } catch  where error.errno == .noSuchFileOrDirectory {
      return nil
    }
    guard let document = try? JSONDocument(parsing: bytes) else { throw damaged() }
    let decoded = JSONReader.decode(ContainerRecord.self, from: document)
    guard decoded.faults.isEmpty, let record = decoded.value else { throw damaged() }
    return record
  }

  private func damaged() -> RuntimeError {
    RuntimeError(
      .damagedState, "the state file of container \(id) is damaged",
      hint: "delete --force removes the container")
  }

  /// Replaces the record as a whole: a reader, or a process after a crash, sees the old or the new one.
  ///
  /// - Parameters:
  ///   - durable: Whether it must survive a power cut, too. On tmpfs that costs nothing.
  public func write(_ record: ContainerRecord, durable: Bool) throws(RuntimeError) {
    let temporary = ContainerDirectory.recordName + ".new"
    let file = try Kernel.open(
      temporary, at: descriptor.number, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    try Kernel.writeAll(file.number, JSONWriter().encode(record), name: temporary)
    if durable { try Kernel.synchronizeData(file.number) }
    try Kernel.rename(temporary, to: ContainerDirectory.recordName, at: descriptor.number)
  }

  /// Makes the socket on which the init process waits for `start`.
  public func listenForStart() throws(RuntimeError) -> Descriptor {
    try Kernel.listen(on: socketPath, .packets)
  }

  /// Calls the init process. Only one call is heard; a process that died refuses it.
  public func connectToInit() throws(RuntimeError) -> Descriptor {
    try Kernel.connect(to: socketPath, .packets)
  }

  /// Whether anybody would hear such a call. Does not wait: the process may be frozen.
  public func initListens() throws(RuntimeError) -> Bool {
    do {
      _ = try Kernel.connect(to: socketPath, .packets, isPatient: false)
      return true
    } catch  where error.errno == .resourceTemporarilyUnavailable {
      return true
    } catch  where error.errno == .connectionRefused || error.errno == .noSuchFileOrDirectory {
      return false
    }
  }

  /// Whether the init process still waits for `start`, or nobody can call it any more.
  public var awaitsStart: Bool {
    (try? Kernel.stat(ContainerDirectory.socketName, at: descriptor.number)) != nil
  }

  /// Removes the socket: the container is started.
  public func stopAwaitingStart() throws(RuntimeError) {
    do {
      try Kernel.remove(ContainerDirectory.socketName, at: descriptor.number)
    } catch  where error.errno == .noSuchFileOrDirectory {}
  }

  /// Whether another command holds the lock, such as `create` at work.
  public var isLockedByAnother: Bool {
    guard let had = try? Kernel.lock(descriptor.number, LOCK_SH | LOCK_NB) else { return false }
    if had { _ = try? Kernel.lock(descriptor.number, LOCK_UN) }
    return !had
  }

  /// Lets other commands have the container.
  public func unlock() throws(RuntimeError) {
    _ = try Kernel.lock(descriptor.number, LOCK_UN)
  }

  /// Waits for the lock.
  ///
  /// - Returns: Whether the container is still there; another one of its name is not this.
  public func lockAgain() throws(RuntimeError) -> Bool {
    _ = try Kernel.lock(descriptor.number, LOCK_EX)
    return try Kernel.stat(descriptor.number).st_nlink > 0
  }

  /// Closes this process's copies after a clone3(2): a copy would hold the lock.
  public func closeCopies() {
    descriptor = Descriptor(owning: -1)
    parent = Descriptor(owning: -1)
  }

  /// Removes the directory and all in it; the lock must be held.
  public func remove() throws(RuntimeError) {
    for name in try Kernel.list(".", at: descriptor.number) {
      do {
        try Kernel.remove(name, at: descriptor.number)
      } catch  where error.errno == .noSuchFileOrDirectory {}
    }
    do {
      try Kernel.remove(id.text, at: parent.number, isDirectory: true)
    } catch  where error.errno == .noSuchFileOrDirectory {}
  }

  /// A way to the socket that fits into sockaddr_un however long the root's path is.
  private var socketPath: String {
    "/proc/self/fd/\(descriptor.number)/\(ContainerDirectory.socketName)"
  }
}
