internal import RuntimeErrors

/// A container's place in the hierarchies. Spec: config-linux.md#cgroups-path
enum CgroupPath: Equatable {
  /// Below each hierarchy's mount point.
  case absolute([String])
  /// Below the runtime's own cgroup in each hierarchy.
  case relative([String])

  /// Reads `linux.cgroupsPath`.
  ///
  /// - Parameters:
  ///   - path: As configured; nil or empty for a cgroup named after the container.
  ///   - containerID: A valid container ID.
  /// - Throws: invalidConfig for `..`, for a root, and for bytes that cannot be in a name.
  init(_ path: String?, containerID: String) throws(RuntimeError) {
    guard let path, !path.isEmpty else {
      self = .relative([containerID])
      return
    }
    // By bytes, as the kernel does: for Swift a slash and a combining accent are one character.
    let components = path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
      .filter { $0 != "." }
    // A cgroup's name is a C string, and cgroup v1 keeps one cgroup a line in its files.
    if path.utf8.contains(0) || path.utf8.contains(UInt8(ascii: "\n")) {
      throw RuntimeError(.invalidConfig, "/linux/cgroupsPath contains a zero byte or a newline")
    }
    if components.contains("..") {
      throw RuntimeError(.invalidConfig, "/linux/cgroupsPath must not contain '..': \(path)")
    }
    if components.isEmpty {
      throw RuntimeError(.invalidConfig, "/linux/cgroupsPath names no cgroup of its own: \(path)")
    }
    self = path.utf8.first == UInt8(ascii: "/") ? .absolute(components) : .relative(components)
  }
}
