internal import LinuxKernel

/// The cgroup hierarchies in a text of /proc/PID/mountinfo. proc_pid_mountinfo(5)
struct MountInformation {
  /// In the order of the text; a hierarchy that is mounted again is listed once.
  private(set) var hierarchies: [Hierarchy] = []

  /// Takes the file's contents; lines about other file systems are skipped.
  init(_ text: [UInt8]) {
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let hierarchy = Self.hierarchy(line) else { continue }
      insert(hierarchy)
    }
  }

  /// `31 23 0:28 ROOT MOUNTPOINT OPTIONS [TAG]... - TYPE SOURCE SUPEROPTIONS`
  private static func hierarchy(_ line: ArraySlice<UInt8>) -> Hierarchy? {
    guard let type = typeOfFileSystem(line) else { return nil }
    let tail = line[type...].split(separator: UInt8(ascii: " "), maxSplits: 2)
    guard tail.count == 3, tail[0].starts(with: "cgroup".utf8) else { return nil }
    let fields = line[..<type].split(separator: UInt8(ascii: " "), maxSplits: 5)
    guard fields.count == 6 else { return nil }

    let identity: Hierarchy.Identity
    switch tail[0].count {
    case 6:
      guard let found = Self.identity(String(decoding: tail[2], as: UTF8.self)) else { return nil }
      identity = found
    case 7: identity = .cgroup2
    default: return nil
    }
    return Hierarchy(
      identity, mountPoint: MountTable.unescape(fields[4]), root: MountTable.unescape(fields[3]))
  }

  /// Where the type starts: after ` - `, which no earlier field can contain, as spaces are escaped.
  private static func typeOfFileSystem(_ line: ArraySlice<UInt8>) -> Int? {
    var index = line.startIndex + 2
    while index < line.endIndex {
      if line[index] == UInt8(ascii: " "), line[index - 1] == UInt8(ascii: "-"),
        line[index - 2] == UInt8(ascii: " ")
      {
        return index + 1
      }
      index += 1
    }
    return nil
  }

  /// From the super block's options, such as `rw,cpu,cpuacct` or `rw,xattr,name=systemd`.
  private static func identity(_ options: String) -> Hierarchy.Identity? {
    var controllers: [Controller] = []
    var name: String?
    for option in options.split(separator: ",") {
      if let controller = Controller(rawValue: String(option)) { controllers.append(controller) }
      if option.hasPrefix("name=") { name = String(option.dropFirst(5)) }
    }
    if !controllers.isEmpty { return .controllers(controllers) }
    return name.map { .named($0) }
  }

  /// Of several mounts of one hierarchy, the first that shows the most of it counts.
  private mutating func insert(_ hierarchy: Hierarchy) {
    guard let index = hierarchies.firstIndex(where: { $0.identity == hierarchy.identity }) else {
      return hierarchies.append(hierarchy)
    }
    if hierarchy.root == "/", hierarchies[index].root != "/" { hierarchies[index] = hierarchy }
  }
}
