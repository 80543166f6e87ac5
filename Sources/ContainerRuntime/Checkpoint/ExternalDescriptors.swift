internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// What the container's standard streams were connected to outside when it was saved: the restored
/// processes get the streams of who restores them instead.
///
/// It is kept in the image directory in runc's form, a list of three names.
struct ExternalDescriptors {
  /// `pipe:[123]`, `file[1f:2a]:/dev/null`, or a path of the container's.
  let names: [String]

  private static let fileName = "descriptors.json"

  /// Looks at the standard streams of a running container's first process.
  init(of pid: Int32, proc: HostProc) throws(RuntimeError) {
    let mounts = try proc.read("\(pid)/mountinfo").split(separator: "\n").map { $0.prefix { $0 != " " } }
    var names: [String] = []
    for stream in 0...2 { names.append(try ExternalDescriptors.name(of: stream, pid, Set(mounts), proc)) }
    self.names = names
  }

  /// Reads what was written beside the images; nothing if there is no such file.
  init(in directory: CInt) throws(RuntimeError) {
    let text: String
    do {
      text = try Kernel.readText(ExternalDescriptors.fileName, at: directory)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      names = []
      return
    }
    guard let document = try? JSONDocument(parsing: Array(text.utf8)) else {
      throw RuntimeError(.invalidArgument, "\(ExternalDescriptors.fileName) of the images is damaged")
    }
    names = JSONReader.decode([String].self, from: document).value
  }

  /// Writes the names beside the images.
  func write(to directory: CInt) throws(RuntimeError) {
    let name = ExternalDescriptors.fileName
    let file = try Kernel.open(name, at: directory, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    try Kernel.writeAll(file.number, JSONWriter().encode(names), name: name)
  }

  /// Major numbers of ttys, consoles and pseudoterminals. Linux, admin-guide/devices.txt
  private static let terminals: Set<UInt> = Set([4, 5] + Array(136...143))

  /// A file is named only if the container has no mount that it lies on: by the kernel's number of the
  /// host's mount, as CRIU does.
  private static func name(
    of stream: Int, _ pid: Int32, _ mounts: Set<Substring>, _ proc: HostProc
  ) throws(RuntimeError) -> String {
    guard let file = try? proc.open("\(pid)/fd/\(stream)", flags: OpenFlags.path, isMagicLink: true) else {
      return ""
    }
    let link = try Kernel.readLink("/proc/self/fd/\(file.number)", at: Directory.working)
    guard link.hasPrefix("/"), !link.hasPrefix("/memfd:") else { return link }
    let status = try Kernel.stat(file.number)
    // A terminal outside is CRIU's to deal with: --shell-job.
    if status.st_mode & S_IFMT == S_IFCHR, terminals.contains(status.st_rdev >> 8 & 0xfff) { return link }
    let lines = try proc.read("\(pid)/fdinfo/\(stream)").split(separator: "\n")
    guard let line = lines.first(where: { $0.hasPrefix("mnt_id:") }),
      let mount = UInt64(line.dropFirst(7).drop { $0 == "\t" }), !mounts.contains(Substring("\(mount)"))
    else { return link }
    return "file[\(String(mount, radix: 16)):\(String(UInt64(status.st_ino), radix: 16))]:\(link)"
  }

  /// For saving: files outside of the container.
  var saved: [String] {
    // The same file may be two streams.
    Set(names.compactMap(ExternalDescriptors.file)).sorted()
  }

  /// For restoring: this process's streams for those that were outside. A file that was the null device
  /// stays it.
  ///
  /// - Parameters:
  ///   - null: The null device.
  func restored(null: CInt) -> [CriuOptions.Inherited] {
    var result: [CriuOptions.Inherited] = []
    for (stream, name) in names.prefix(3).enumerated() {
      guard let key = name.hasPrefix("pipe:") ? name : ExternalDescriptors.file(name) else { continue }
      let descriptor = name.hasSuffix("]:/dev/null") ? null : CInt(stream)
      if !result.contains(where: { $0.name == key }) {
        result.append(CriuOptions.Inherited(name: key, descriptor: descriptor))
      }
    }
    return result
  }

  /// `file[1f:2a]` of `file[1f:2a]:/dev/null`.
  private static func file(_ name: String) -> String? {
    guard name.hasPrefix("file["), let end = name.firstIndex(of: "]") else { return nil }
    return String(name[...end])
  }
}
