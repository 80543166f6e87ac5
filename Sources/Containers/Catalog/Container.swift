internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

/// Names in a container's directory.
public enum ContainerFile {
  /// What it is.
  public static let record = "record.json"
  /// How it went.
  public static let progress = "progress.json"
  /// Held by who cares for the container.
  public static let lock = "lock"
  /// What the program wrote.
  public static let log = "log"
  /// What it wrote before.
  static let olderLog = "log.1"
  /// Room on the disk for the last document.
  static let reserve = "reserve"
  /// What the runtime wrote.
  public static let runtimeLog = "runtime.log"
  /// The bundle.
  public static let bundle = "bundle"
  /// In the bundle: where the root file system is mounted.
  public static let rootfs = "rootfs"
  /// In the bundle: files that are shown in the container.
  public static let files = "files"
  /// Overlayfs's upper directory: the changes.
  public static let upper = "upper"
  /// Overlayfs's work directory.
  public static let work = "work"
  /// What an archive of a root file system held.
  public static let unpacked = "rootfs"
}

/// One container's directory.
public final class Container {
  /// 64 hexadecimal digits.
  public let id: String
  /// Absolute path of its directory.
  public let path: String
  /// What it is.
  public let record: ContainerRecord
  private let directory: Descriptor
  private var lock: CInt?

  /// A container that is there.
  init(id: String, path: String, directory: consuming Descriptor) throws(RuntimeError) {
    self.id = id
    self.path = path
    let name = "container \(id.prefix(12)): \(ContainerFile.record)"
    guard
      let record = try Container.document(
        ContainerRecord.self, ContainerFile.record, at: directory.number, name: name), record.id == id
    else {
      throw RuntimeError(
        .damagedState, "\(name) is damaged or missing",
        hint: "`swbox gc` removes it when it does not run any more")
    }
    self.record = record
    self.directory = directory
  }

  /// A container that is being made.
  init(record: ContainerRecord, path: String, directory: consuming Descriptor) {
    id = record.id
    self.path = path
    self.record = record
    self.directory = directory
  }

  deinit {
    if let lock { close(lock) }
  }

  /// The open directory's number.
  public var number: CInt { directory.number }

  /// How it went so far.
  public func progress() throws(RuntimeError) -> ContainerProgress {
    try Container.document(
      ContainerProgress.self, ContainerFile.progress, at: number, name: ContainerFile.progress)
      ?? ContainerProgress()
  }

  /// The config.json that it was started with.
  ///
  /// - Throws: `damagedState`; what the kernel says if there is none.
  func configuration() throws(RuntimeError) -> Config {
    let path = "\(ContainerFile.bundle)/config.json"
    let text = try Kernel.readText(path, at: number, limit: 16 << 20)
    guard let document = try? JSONDocument(parsing: Array(text.utf8)) else {
      throw RuntimeError(.damagedState, "\(path) of container \(record.name) is damaged")
    }
    return JSONReader.decode(Config.self, from: document).value
  }

  /// A document of the directory; nil if it is missing, or cut by a crash of the machine.
  private static func document<Document: JSONObject>(
    _ type: Document.Type, _ file: String, at directory: CInt, name: String
  ) throws(RuntimeError) -> Document? {
    do throws(RuntimeError) {
      let text = try Kernel.readText(file, at: directory, limit: 16 << 20)
      guard let document = try? JSONDocument(parsing: Array(text.utf8)) else { return nil }
      // Members that a later version has more keep their defaults.
      return JSONReader.decode(type, from: document).value
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return nil
    }
  }

  /// Replaces a document as a whole.
  ///
  /// - Parameters:
  ///   - durably: Whether it is to outlive a crash of the machine.
  func write(_ document: some JSONValue, to name: String, durably: Bool) throws(RuntimeError) {
    let temporary = ".\(name).\(getpid())"
    do throws(RuntimeError) {
      try write(document, to: name, by: temporary, durably: durably)
    } catch {
      try? Kernel.remove(temporary, at: number)
      throw error
    }
  }

  private func write(
    _ document: some JSONValue, to name: String, by temporary: String, durably: Bool
  ) throws(RuntimeError) {
    let file = try Kernel.open(temporary, at: number, flags: O_WRONLY | O_CREAT, mode: 0o600)
    let bytes = JSONWriter(style: .twoSpaces).encode(document)
    try Kernel.writeAll(file.number, bytes, name: name)
    try Kernel.changeLength(file.number, to: Int64(bytes.count))
    if durably { try Kernel.synchronize(file.number) }
    try Kernel.rename(temporary, to: name, at: number)
    if durably { try Kernel.synchronize(number) }
  }

  /// Keeps room on the disk for `writeLast`: the program may fill it. Nothing fails for want of it.
  func keepReserve() {
    guard
      let file = try? Kernel.open(
        ContainerFile.reserve, at: number, flags: O_WRONLY | O_CREAT, mode: 0o600)
    else { return }
    try? Kernel.allocate(file.number, length: 4096)
  }

  /// Replaces a document as a whole, also on a full disk, to outlive a crash of the machine.
  func writeLast(_ document: some JSONValue, to name: String) throws(RuntimeError) {
    do throws(RuntimeError) {
      try write(document, to: name, durably: true)
      try? Kernel.remove(ContainerFile.reserve, at: number)
    } catch let error where error.errno == .noSpace || error.errno == .diskQuotaExceeded {
      guard try Kernel.stat(ContainerFile.reserve, at: number) != nil else { throw error }
      try write(document, to: name, by: ContainerFile.reserve, durably: true)
    }
  }
}

/// Who cares for a container.
extension Container {
  /// Takes the lock of a container that nobody has.
  ///
  /// - Returns: false if somebody has it.
  @discardableResult
  func hold() throws(RuntimeError) -> Bool {
    guard lock == nil else { return true }
    let file: Descriptor
    do throws(RuntimeError) {
      file = try Kernel.open(ContainerFile.lock, at: number, flags: O_RDWR)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      // Another process is removing it.
      return false
    }
    // Those who only look have it for a moment.
    var patience = Patience(microseconds: 100_000)
    while try !Kernel.lock(file.number, LOCK_EX | LOCK_NB) {
      if !patience.wait() { return false }
    }
    lock = file.release()
    return true
  }

  /// The lock's descriptor, to be handed to another process: who has a copy has the lock.
  var heldLock: CInt? { lock }

  /// Lets a copy of the lock survive an execve(2).
  ///
  /// - Parameters:
  ///   - first: The lowest number that the copy may have.
  func passLockOn(above first: CInt) throws(RuntimeError) {
    guard let lock else { return }
    let copy = try Kernel.duplicate(lock, above: first)
    try Kernel.setCloseOnExec(copy.number, false)
    _ = copy.release()
  }

  /// Makes the lock of a new container, and takes it.
  func makeLock() throws(RuntimeError) {
    let file = try Kernel.open(ContainerFile.lock, at: number, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
    try Kernel.lock(file.number, LOCK_EX)
    lock = file.release()
  }

  /// Takes over a lock that another process held for this one.
  func adopt(lock descriptor: CInt) throws(RuntimeError) {
    lock = descriptor
    try Kernel.setCloseOnExec(descriptor, true)
  }

  /// Whether some process makes, supervises or removes the container now.
  public func isHeld() throws(RuntimeError) -> Bool {
    try !Container.isFree(".", at: number)
  }

  /// Waits until no process makes, supervises or removes the container.
  public func waitUntilFree() throws(RuntimeError) {
    do throws(RuntimeError) {
      let file = try Kernel.open(ContainerFile.lock, at: number, flags: O_RDONLY)
      try Kernel.lock(file.number, LOCK_SH)
      // Removed, or about to be.
    } catch let error where error.errno == .noSuchFileOrDirectory {}
  }

  /// Whether nobody holds the lock in a container's directory; also if there is none.
  static func isFree(_ name: String, at directory: CInt) throws(RuntimeError) -> Bool {
    do throws(RuntimeError) {
      let file = try Kernel.open("\(name)/\(ContainerFile.lock)", at: directory, flags: O_RDONLY)
      return try Kernel.lock(file.number, LOCK_SH | LOCK_NB)
    } catch let error
      where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory
    {
      return true
    }
  }
}
