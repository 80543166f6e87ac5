internal import Foundation

/// What is there on the host with a tag in its name.
public struct Leftovers: CustomStringConvertible {
  /// Directories of every cgroup hierarchy.
  public var cgroups: [String] = []
  /// Lines of mountinfo.
  public var mounts: [String] = []
  /// Processes by their command line, environment, cgroup or root.
  public var processes: [String: String] = [:]
  /// Directories of containers.
  public var containers: [String] = []
  /// Network interfaces.
  public var interfaces: [String] = []

  /// Looks for what is left of the containers with `tag` in their names.
  public init(tag: String, stateDirectory: String? = nil) {
    cgroups = Leftovers.cgroupMounts.flatMap { Leftovers.directories(in: $0, naming: tag, depth: 4) }
    mounts = File.text("/proc/self/mountinfo").split(separator: "\n").map(String.init).filter {
      $0.contains(tag)
    }
    for pid in File.names(in: "/proc") where Int32(pid) != nil && Int32(pid) != getpid() {
      let signs = ["cmdline", "cgroup", "environ"].map { File.text("/proc/\(pid)/\($0)") }
      let links = ["cwd", "root"].map { File.link("/proc/\(pid)/\($0)") }
      // One that has ended belongs to its parent; cgroup2 goes on naming its cgroup.
      let hasEnded = File.text("/proc/\(pid)/stat").split(separator: ")").last?.hasPrefix(" Z") == true
      if !hasEnded, (signs + links).contains(where: { $0.contains(tag) }) {
        processes[pid] = signs[0].replacingOccurrences(of: "\0", with: " ")
      }
    }
    if let stateDirectory { containers = File.names(in: stateDirectory) }
    interfaces = File.names(in: "/sys/class/net").filter { $0.contains(tag) }
  }

  /// Whether nothing is left.
  public var isEmpty: Bool {
    cgroups.isEmpty && mounts.isEmpty && processes.isEmpty && containers.isEmpty && interfaces.isEmpty
  }

  /// All that is left.
  public var description: String {
    "cgroups \(cgroups), mounts \(mounts), processes \(processes), containers \(containers), "
      + "interfaces \(interfaces)"
  }

  /// Removes it without the runtime's help.
  public func remove() {
    for pid in processes.keys.compactMap({ Int32($0) }) { kill(pid, SIGKILL) }
    for line in mounts.reversed() {
      let fields = line.split(separator: " ")
      if fields.count > 4 { umount2(String(fields[4]), Int32(MNT_DETACH)) }
    }
    eventually(within: .seconds(5)) {
      for path in cgroups.reversed() { rmdir(path) }
      return !cgroups.contains(where: File.exists)
    }
  }

  private static var cgroupMounts: [String] {
    File.text("/proc/self/mountinfo").split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 1,
        fields[dash + 1].hasPrefix("cgroup")
      else { return nil }
      return String(fields[4])
    }
  }

  private static func directories(in path: String, naming tag: String, depth: Int) -> [String] {
    guard depth > 0 else { return [] }
    let names = File.directories(in: path)
    return names.flatMap { name in
      let isTagged = name.contains(tag)
      // All below a tagged directory is left, too, and would keep it from being removed.
      return (isTagged ? ["\(path)/\(name)"] : [])
        + directories(in: "\(path)/\(name)", naming: isTagged ? "" : tag, depth: depth - 1)
    }
  }
}
