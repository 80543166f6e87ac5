internal import CLinux
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Filters that were compiled before: for a profile of hundreds of system calls libseccomp takes longer than all the
/// rest of a start.
///
/// A file holds all that its filter was made from, and is taken only if that is the same to the last byte. It
/// lies where nobody but the runtime's user comes: in /run, in a directory and a file of his own. Whatever is wrong with
/// it, the filter is compiled as without it.
struct FilterCache {
  /// Where the files are; any of them, and the directory, can be removed at any time.
  let path: String

  /// The cache of this user; nil if there is no place for it.
  init?() {
    guard Caller.isForUser else {
      path = "/run/" + FilterCache.name
      return
    }
    guard let directory = getenv("XDG_RUNTIME_DIR"), directory[0] == CChar(UInt8(ascii: "/")) else {
      return nil
    }
    path = String(cString: directory) + "/" + FilterCache.name
  }

  private static let name = "swrun-filters"
  /// With so many files it begins anew.
  private static let capacity = 64
  private static let largestFile = 1 << 20

  /// The filter that was made of `origin`, or nil.
  func filter(of origin: FilterOrigin) -> [UInt8]? {
    guard let directory = try? openDirectory(),
      let file = try? Kernel.open(
        origin.fileName, at: directory.number, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
      isOwn(file.number, S_IFREG),
      let bytes = try? Kernel.readAll(file.number, limit: FilterCache.largestFile, name: origin.fileName)
    else { return nil }
    return origin.filter(in: bytes)
  }

  /// Keeps `filter`, if that is possible.
  func keep(_ filter: [UInt8], of origin: FilterOrigin) {
    let contents = origin.file(with: filter)
    // A longer one would fill /run, and never be read.
    guard contents.count <= FilterCache.largestFile else { return }
    try? Kernel.makeDirectory(path, at: Directory.working, mode: 0o700)
    guard let directory = try? openDirectory() else { return }
    if let names = try? Kernel.list(path), names.count >= FilterCache.capacity {
      for name in names { try? Kernel.remove(name, at: directory.number) }
    }
    let temporary = ".\(getpid())"
    do throws(RuntimeError) {
      let file = try Kernel.open(
        temporary, at: directory.number, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
      try Kernel.writeAll(file.number, contents, name: temporary)
      try Kernel.rename(temporary, to: origin.fileName, at: directory.number)
    } catch {
      try? Kernel.remove(temporary, at: directory.number)
    }
  }

  private func openDirectory() throws(RuntimeError) -> Descriptor {
    let directory = try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    guard isOwn(directory.number, S_IFDIR) else {
      throw RuntimeError(.unsupported, "\(path) is not only this user's")
    }
    return directory
  }

  /// Whether this is a file of the kind that only this user can have written.
  private func isOwn(_ number: CInt, _ kind: mode_t) -> Bool {
    guard let status = try? Kernel.stat(number) else { return false }
    return status.st_mode & S_IFMT == kind && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
  }
}

/// All that a filter is made from, as bytes.
struct FilterOrigin {
  private var bytes: [UInt8] = []

  /// Of a profile, compiled by this program.
  ///
  /// - Returns: nil if the program cannot tell which one it is.
  init?(_ seccomp: Seccomp) {
    var identity: UnsafePointer<UInt8>?
    let count = linux_build_id(&identity)
    guard count > 0, let identity else { return nil }
    append(UnsafeBufferPointer(start: identity, count: count))
    append(seccomp.defaultAction.rawValue, seccomp.defaultErrnoRet)
    append(UInt64(seccomp.architectures?.count ?? 0))
    for architecture in seccomp.architectures ?? [] { append(architecture.rawValue.utf8) }
    for rule in seccomp.syscalls ?? [] {
      append(rule.action.rawValue, rule.errnoRet)
      append(UInt64(rule.names.count))
      for name in rule.names { append(name.utf8) }
      append(UInt64(rule.args?.count ?? 0))
      for argument in rule.args ?? [] {
        append(argument.op.rawValue, argument.index)
        append(argument.value)
        append(argument.valueTwo ?? 0)
      }
    }
  }

  private mutating func append(_ word: String, _ number: UInt32?) {
    append(word.utf8)
    append(number.map { UInt64($0) } ?? .max)
  }

  private mutating func append(_ number: UInt64) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }

  private mutating func append(_ text: some Collection<UInt8>) {
    append(UInt64(text.count))
    bytes.append(contentsOf: text)
  }

  /// What a file is called; two origins of one name take turns.
  var fileName: String { String(FilterOrigin.hash(bytes[...]), radix: 16) }

  /// A file's bytes: how long the origin is, the origin, the filter, and a sum of it all.
  func file(with filter: [UInt8]) -> [UInt8] {
    var file = FilterOrigin()
    file.append(UInt64(bytes.count))
    file.bytes += bytes
    file.bytes += filter
    file.append(FilterOrigin.hash(file.bytes[...]))
    return file.bytes
  }

  /// The filter in a file, if the file is whole and of this origin.
  func filter(in file: [UInt8]) -> [UInt8]? {
    let start = 8 + bytes.count, end = file.count - 8
    guard start < end, (end - start) % 8 == 0,
      file[..<8].elementsEqual(FilterOrigin.encoded(UInt64(bytes.count))),
      file[8..<start] == bytes[...],
      file[end...].elementsEqual(FilterOrigin.encoded(FilterOrigin.hash(file[..<end])))
    else { return nil }
    return Array(file[start..<end])
  }

  private init() {}

  private static func encoded(_ number: UInt64) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
  }

  /// FNV-1a: for names and against torn files, not against forgers, who cannot write here.
  private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.withUnsafeBufferPointer { buffer in
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for byte in buffer { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      return hash
    }
  }
}
