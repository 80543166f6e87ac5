internal import LinuxKernel

/// The cgroup hierarchies in a text of /proc/PID/mountinfo. proc_pid_mountinfo(5)
struct MountInformation {
  /// In the order of the text; a hierarchy that is mounted again is listed once.
  private(set) var hierarchies: [Hierarchy] = []

  /// Takes the file's contents; lines about other file systems are skipped.
  init(_ text: [UInt8]) {
    text.withUnsafeBufferPointer { bytes in
      var start = 0
      while start < bytes.count {
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
        if let hierarchy = Self.hierarchy(UnsafeBufferPointer(rebasing: bytes[start..<end])) {
          insert(hierarchy)
        }
        start = end + 1
      }
    }
  }

  /// `31 23 0:28 ROOT MOUNTPOINT OPTIONS [TAG]... - TYPE SOURCE SUPEROPTIONS`
  private static func hierarchy(_ line: UnsafeBufferPointer<UInt8>) -> Hierarchy? {
    guard let type = typeOfFileSystem(line) else { return nil }
    let identity: Hierarchy.Identity
    switch field(0, of: line, from: type) {
    case "cgroup":
      guard let found = Self.identity(field(2, of: line, from: type)) else { return nil }
      identity = found
    case "cgroup2": identity = .cgroup2
    default: return nil
    }
    func path(_ number: Int) -> String { MountTable.unescape(field(number, of: line, from: 0)) }
    let (root, mountPoint) = (path(3), path(4))
    // Both are absolute; in a line with too few fields others are in their place.
    guard root.hasPrefix("/"), mountPoint.hasPrefix("/") else { return nil }
    return Hierarchy(identity, mountPoint: mountPoint, root: root)
  }

  /// Where the type starts if it is a cgroup's: after ` - `, which no earlier field can contain, as spaces are
  /// escaped.
  private static func typeOfFileSystem(_ line: UnsafeBufferPointer<UInt8>) -> Int? {
    var index = 2
    while index + 6 < line.count {
      if line[index] == UInt8(ascii: " "), line[index - 1] == UInt8(ascii: "-"),
        line[index - 2] == UInt8(ascii: " ")
      {
        return line[index + 1] == UInt8(ascii: "c") && line[index + 2] == UInt8(ascii: "g") ? index + 1 : nil
      }
      index += 1
    }
    return nil
  }

  /// One of the fields that stand from `start` on; empty if there are not so many.
  private static func field(_ number: Int, of line: UnsafeBufferPointer<UInt8>, from start: Int) -> String {
    var left = number
    var start = start
    for index in start..<line.count where line[index] == UInt8(ascii: " ") {
      if left == 0 { return String(decoding: line[start..<index], as: UTF8.self) }
      left -= 1
      start = index + 1
    }
    return left == 0 ? String(decoding: line[start...], as: UTF8.self) : ""
  }

  /// From the super block's options, such as `rw,cpu,cpuacct` or `rw,xattr,name=systemd`.
  private static func identity(_ options: String) -> Hierarchy.Identity? {
    var controllers: [Controller] = []
    var name: String?
    for option in options.utf8.split(separator: UInt8(ascii: ",")) {
      let option = String(Substring(option))
      if let controller = Controller(rawValue: option) { controllers.append(controller) }
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
