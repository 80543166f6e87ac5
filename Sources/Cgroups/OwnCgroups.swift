internal import RuntimeErrors

/// The cgroups of a process, from a text of /proc/PID/cgroup. cgroups(7)
struct OwnCgroups {
  private let lines: [(hierarchy: Substring, path: Substring)]

  /// Takes lines such as `2:cpu,cpuacct:/user/1`, `1:name=systemd:/` and `0::/`.
  init(_ text: String) {
    lines = text.utf8.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let colon = UInt8(ascii: ":")
      guard let first = line.firstIndex(of: colon) else { return nil }
      let rest = line[line.index(after: first)...]
      guard let second = rest.firstIndex(of: colon) else { return nil }
      return (Substring(rest[..<second]), Substring(rest[rest.index(after: second)...]))
    }
  }

  /// Where the process is in `hierarchy`.
  ///
  /// - Returns: A path below the mount point that starts with a slash, or nothing for the mount point itself.
  func path(in hierarchy: Hierarchy) throws(RuntimeError) -> String {
    let name = hierarchy.identity.text
    let key = hierarchy.identity == .cgroup2 ? "" : name
    guard let line = lines.first(where: { $0.hierarchy == key }) else {
      throw RuntimeError(.unsupported, "/proc/self/cgroup does not list the mounted hierarchy \(name)")
    }
    if line.path.hasSuffix(" (deleted)") {
      throw RuntimeError(
        .invalidState,
        "the runtime's own cgroup \(line.path) in \(name) was removed",
        hint: "use an absolute linux.cgroupsPath"
      )
    }
    if line.path == "/", hierarchy.root == "/" { return "" }
    let root = hierarchy.root == "/" ? "" : hierarchy.root
    // By bytes, as the kernel does.
    let below = line.path.utf8.dropFirst(root.utf8.count)
    guard line.path.utf8.starts(with: root.utf8), below.isEmpty || below.first == UInt8(ascii: "/") else {
      throw RuntimeError(
        .unsupported,
        "the runtime's own cgroup \(line.path) is not below \(hierarchy.root), which is mounted at "
          + hierarchy.mountPoint,
        hint: "use an absolute linux.cgroupsPath"
      )
    }
    return String(Substring(below))
  }
}
