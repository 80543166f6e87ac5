internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// Which processes are in a person's own user namespace: the file `swbox/namespace` in $XDG_RUNTIME_DIR, a line each.
///
/// It is only a hint where to look. Whether a process is still the one that was written down, and in the namespace,
/// the kernel says; and none is joined that the kernel does not let the caller into. Whoever has this object has the
/// lock of the directory.
final class NamespaceMembers {
  private static let file = "namespace"
  private let directory: Descriptor

  /// One process.
  private struct Member {
    let pid: Int32
    /// In clock ticks since boot: with it the pid is never another process's. proc_pid_stat(5)
    let start: String
    /// The kernel's name of the namespace: `user:[4026532001]`. namespaces(7)
    let namespace: String

    var line: String { "\(pid) \(start) \(namespace)\n" }
  }

  private init(_ directory: consuming Descriptor) {
    self.directory = directory
  }

  /// Those of the caller, locked.
  ///
  /// - Returns: nil without $XDG_RUNTIME_DIR, where no containers are either.
  /// - Throws: `invalidArgument` if it is somebody else's, or others may write to it.
  static func ofCaller() throws(RuntimeError) -> NamespaceMembers? {
    guard let path = getenv("XDG_RUNTIME_DIR").map({ String(cString: $0) }), path.hasPrefix("/") else {
      return nil
    }
    let flags = O_RDONLY | O_DIRECTORY
    let outer = try during("XDG_RUNTIME_DIR") { () throws(RuntimeError) in try Kernel.open(path, flags: flags)
    }
    try checkOwner(outer.number, path)
    do throws(RuntimeError) {
      try Kernel.makeDirectory("swbox", at: outer.number, mode: 0o700)
    } catch let error where error.errno == .fileExists {}
    let directory = try Kernel.open("swbox", at: outer.number, flags: flags | O_NOFOLLOW)
    try checkOwner(directory.number, path + "/swbox")
    try Kernel.lock(directory.number, LOCK_EX)
    return NamespaceMembers(directory)
  }

  private static func checkOwner(_ directory: CInt, _ path: String) throws(RuntimeError) {
    let status = try Kernel.stat(directory)
    guard status.st_uid != geteuid() || status.st_mode & 0o022 != 0 else { return }
    throw RuntimeError(
      .invalidArgument, "XDG_RUNTIME_DIR: \(path) is not the caller's alone",
      hint: "a login by PAM makes /run/user/UID, with mode 0700")
  }

  /// The namespace that they are in; nil if there is none any more.
  func namespace() throws(RuntimeError) -> Descriptor? {
    for member in try living() {
      guard let opened = try? Kernel.open("/proc/\(member.pid)/ns/user", flags: O_RDONLY),
        NamespaceMembers.namespace("/proc/self/fd/\(opened.number)") == member.namespace
      else { continue }
      return opened
    }
    return nil
  }

  /// Writes a process down that is in the same namespace as this one.
  ///
  /// - Throws: `interrupted` if others have come into a newer one meanwhile.
  func add(_ pid: Int32) throws(RuntimeError) {
    guard let own = NamespaceMembers.namespace("/proc/self/ns/user"),
      let start = NamespaceMembers.start(of: pid)
    else { return }
    let member = Member(pid: pid, start: start, namespace: own)
    let others = try living().filter { $0.pid != pid }
    guard others.allSatisfy({ $0.namespace == member.namespace }) else {
      throw RuntimeError(.interrupted, "the process that began this has ended")
    }
    try write(others + [member])
  }

  /// Removes the file if only one process is left.
  func removeIfAlone(_ pid: Int32) throws(RuntimeError) {
    guard try living().allSatisfy({ $0.pid == pid }) else { return }
    try? Kernel.remove(NamespaceMembers.file, at: directory.number)
  }

  /// Those that are still there, in the namespace that they were in.
  private func living() throws(RuntimeError) -> [Member] {
    let text: String
    do throws(RuntimeError) {
      text = try Kernel.readText(NamespaceMembers.file, at: directory.number)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return []
    }
    return text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ").map(String.init)
      guard fields.count == 3, let pid = Int32(fields[0]), NamespaceMembers.start(of: pid) == fields[1],
        NamespaceMembers.namespace("/proc/\(pid)/ns/user") == fields[2]
      else { return nil }
      return Member(pid: pid, start: fields[1], namespace: fields[2])
    }
  }

  private func write(_ members: [Member]) throws(RuntimeError) {
    let name = ".\(NamespaceMembers.file)"
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
    let file = try Kernel.open(name, at: directory.number, flags: flags, mode: 0o600)
    try Kernel.writeAll(file.number, Array(members.map(\.line).joined().utf8), name: name)
    try Kernel.rename(name, to: NamespaceMembers.file, at: directory.number)
  }

  /// What a file of a namespace leads to.
  private static func namespace(_ path: String) -> String? {
    try? Kernel.readLink(path, at: Directory.working)
  }

  /// When a process began; nil if it has ended.
  private static func start(of pid: Int32) -> String? {
    guard let status = Kernel.status(of: pid), !status.isZombie else { return nil }
    return String(status.startTime)
  }
}
