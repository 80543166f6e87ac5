internal import Cgroups
internal import Glibc
internal import JSON
public import LinuxKernel
public import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

/// A container's directory below the store's root: its record, and the socket that `start` calls.
///
/// It belongs to whoever holds its lock (`ContainerLock.swift`).
public final class ContainerDirectory {
  /// The container.
  public let id: ContainerID
  private(set) var descriptor: Descriptor
  private var parent: Descriptor

  private static let recordName = "state.json"
  private static let socketName = "start.sock"
  private static let configName = "config.json"
  private static let filterName = "seccomp.bpf"
  /// The directory of the socket for sd_notify(3).
  public static let notifyName = "notify"
  /// That socket in it.
  public static let notifySocketName = "notify.sock"
  private static let ownNames: Set = [
    recordName, recordName + ".new", socketName, configName, filterName, notifyName,
  ]

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
    guard let lines = try readLines() else { return nil }
    var record = try decode(
      ContainerRecord.self, from: Array(lines[1]), of: ContainerDirectory.recordName)
    record.outline = try decode(
      ContainerOutline.self, from: Array(lines[0]), of: ContainerDirectory.recordName)
    return record
  }

  /// Reads the record's first line alone: `list` does so for each container.
  ///
  /// - Returns: nil if `create` did not come to write one.
  /// - Throws: `damagedState` as `read` does, as far as it can be seen in the first line and the end.
  public func readOutline() throws(RuntimeError) -> ContainerOutline? {
    guard let lines = try readLines() else { return nil }
    return try decode(ContainerOutline.self, from: Array(lines[0]), of: ContainerDirectory.recordName)
  }

  /// The two lines of the record.
  private func readLines() throws(RuntimeError) -> [ArraySlice<UInt8>]? {
    let newline = UInt8(ascii: "\n")
    var bytes: [UInt8]
    do {
      let file = try Kernel.open(ContainerDirectory.recordName, at: descriptor.number, flags: O_RDONLY)
      bytes = try Kernel.read(file.number, most: 4096)
      // Mostly one call reads it all.
      if bytes.last != newline || bytes.count == 4096 {
        bytes += try Kernel.readAll(file.number, limit: 64 << 20, name: ContainerDirectory.recordName)
      }
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return nil
    }
    guard let end = bytes.firstIndex(of: newline), end + 1 < bytes.count, bytes.last == newline else {
      throw damaged(ContainerDirectory.recordName, "it does not have two whole lines")
    }
    return [bytes[..<end], bytes[(end + 1)...]]
  }

  /// What one of the own files says.
  private func decode<Value: JSONValue>(
    _ type: Value.Type, from bytes: [UInt8], of name: String
  ) throws(RuntimeError) -> Value {
    let document: JSONDocument
    do throws(JSONSyntaxError) { document = try JSONDocument(parsing: bytes) } catch {
      throw damaged(name, "\(error)")
    }
    let decoded = JSONReader.decode(type, from: document)
    if let fault = decoded.faults.first { throw damaged(name, "\(fault.pointer) \(fault.problem)") }
    return decoded.value
  }

  private func damaged(_ name: String, _ problem: String) -> RuntimeError {
    RuntimeError(
      .damagedState, "the state file of container \(id) is damaged: \(path(of: name)): \(problem)")
  }

  /// The whole path of one of the own files, for people.
  private func path(of name: String) -> String {
    let path = try? Kernel.readLink("/proc/self/fd/\(descriptor.number)", at: Directory.working)
    return (path ?? ".") + "/" + name
  }

  /// Keeps the configuration for `exec`, whatever becomes of the bundle, and the filter for its processes.
  ///
  /// - Parameters:
  ///   - config: The bytes of config.json, validated.
  ///   - filter: BPF instructions, as compiled from `linux.seccomp`.
  public func keep(config: [UInt8], filter: [UInt8]?) throws(RuntimeError) {
    try write(config, to: ContainerDirectory.configName)
    if let filter { try write(filter, to: ContainerDirectory.filterName) }
  }

  private func write(_ bytes: [UInt8], to name: String) throws(RuntimeError) {
    let file = try Kernel.open(
      name, at: descriptor.number, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    try Kernel.writeAll(file.number, bytes, name: name)
  }

  /// The configuration that the container was made from.
  public func readConfig() throws(RuntimeError) -> Config {
    let bytes = try read(ContainerDirectory.configName, limit: Config.maximumSize)
    return try decode(Config.self, from: bytes, of: ContainerDirectory.configName)
  }

  /// The filter that `keep` got.
  public func readFilter() throws(RuntimeError) -> [UInt8] {
    try read(ContainerDirectory.filterName, limit: 1 << 20)
  }

  private func read(_ name: String, limit: Int) throws(RuntimeError) -> [UInt8] {
    do throws(RuntimeError) {
      let file = try Kernel.open(name, at: descriptor.number, flags: O_RDONLY)
      return try Kernel.readAll(file.number, limit: limit, name: name)
    } catch {
      var error = error
      error.systemCall?.subject = path(of: name)
      throw error
    }
  }

  /// Whether `create` came to write a record. Looks at nothing more.
  public var hasRecord: Bool {
    (try? Kernel.stat(ContainerDirectory.recordName, at: descriptor.number)) != nil
  }

  /// Whether the record is older than this boot: then none of the container's processes can be alive.
  public var isOfEarlierBoot: Bool {
    guard let status = try? Kernel.stat(ContainerDirectory.recordName, at: descriptor.number) else {
      return false
    }
    return status.st_mtim.tv_sec < Kernel.bootTime()
  }

  /// Replaces the record as a whole: a reader, or a process after a crash, sees the old or the new one.
  ///
  /// - Parameters:
  ///   - durable: Whether it must survive a power cut, too. On tmpfs that costs nothing.
  public func write(_ record: ContainerRecord, durable: Bool) throws(RuntimeError) {
    let temporary = ContainerDirectory.recordName + ".new"
    let file = try Kernel.open(
      temporary, at: descriptor.number, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    var outline = record.outline
    outline.freezer = record.cgroup?.freezerFile
    let newline = [UInt8(ascii: "\n")]
    let text = JSONWriter().encode(outline) + newline + JSONWriter().encode(record) + newline
    try Kernel.writeAll(file.number, text, name: temporary)
    if durable { try Kernel.synchronizeData(file.number) }
    try Kernel.rename(temporary, to: ContainerDirectory.recordName, at: descriptor.number)
  }

  /// Makes the socket on which the init process waits for `start`.
  public func listenForStart() throws(RuntimeError) -> Descriptor {
    try Kernel.listen(on: socketPath, .packets)
  }

  /// Makes the directory that the container gets for sd_notify(3).
  public func makeNotifyDirectory() throws(RuntimeError) {
    try Kernel.makeDirectory(ContainerDirectory.notifyName, at: descriptor.number, mode: 0o755)
  }

  /// Makes the socket in it.
  public func listenForNotifications() throws(RuntimeError) -> Descriptor {
    let path = "\(ContainerDirectory.notifyName)/\(ContainerDirectory.notifySocketName)"
    try? Kernel.remove(path, at: descriptor.number)
    return try Kernel.listen(on: "/proc/self/fd/\(descriptor.number)/\(path)", .datagrams)
  }

  private func removeNotifyDirectory() throws(RuntimeError) {
    let path = "\(ContainerDirectory.notifyName)/\(ContainerDirectory.notifySocketName)"
    try? Kernel.remove(path, at: descriptor.number)
    try Kernel.remove(ContainerDirectory.notifyName, at: descriptor.number, isDirectory: true)
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
    } catch let error where error.errno == .resourceTemporarilyUnavailable {
      return true
    } catch let error where error.errno == .connectionRefused || error.errno == .noSuchFileOrDirectory {
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
    } catch let error where error.errno == .noSuchFileOrDirectory {}
  }

  /// Closes this process's copies after a clone3(2): a copy would hold the lock.
  public func closeCopies() {
    descriptor = Descriptor(owning: -1)
    parent = Descriptor(owning: -1)
  }

  /// Whether there is nothing in it that this program does not make: it is no directory of somebody else's.
  public func holdsOnlyOwnFiles() throws(RuntimeError) -> Bool {
    try Kernel.list(".", at: descriptor.number).allSatisfy(ContainerDirectory.ownNames.contains)
  }

  /// Removes the directory and all in it; the lock must be held.
  ///
  /// - Throws: If there is anything in it that is not this program's; then nothing is removed.
  public func remove() throws(RuntimeError) {
    let names = try Kernel.list(".", at: descriptor.number)
    if let foreign = names.first(where: { !ContainerDirectory.ownNames.contains($0) }) {
      throw RuntimeError(
        .invalidState, "the state directory of container \(id) holds \"\(foreign)\", which is not swrun's")
    }
    for name in names {
      do {
        if name == ContainerDirectory.notifyName {
          try removeNotifyDirectory()
        } else {
          try Kernel.remove(name, at: descriptor.number)
        }
      } catch let error where error.errno == .noSuchFileOrDirectory {}
    }
    do {
      try Kernel.remove(id.text, at: parent.number, isDirectory: true)
    } catch let error where error.errno == .noSuchFileOrDirectory {}
  }

  /// A way to the socket that fits into sockaddr_un however long the root's path is.
  private var socketPath: String {
    "/proc/self/fd/\(descriptor.number)/\(ContainerDirectory.socketName)"
  }
}
