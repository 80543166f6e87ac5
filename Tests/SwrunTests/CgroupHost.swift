import Foundation
import OCIRuntimeSpec
import TestSupport

/// The cgroup v1 hierarchies of this machine.
enum CgroupHost {
  /// Where a controller is mounted; nil if it is not, or on cgroup2.
  static func mountPoint(_ controller: String) -> String? {
    for line in File.text("/proc/self/mountinfo").split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3, fields[dash + 1] == "cgroup"
      else {
        continue
      }
      if fields[dash + 3].split(separator: ",").contains(Substring(controller)) { return String(fields[4]) }
    }
    return nil
  }

  /// Where cgroup2 is mounted.
  static var unified: String? {
    File.text("/proc/self/mountinfo").split(separator: "\n").map { $0.split(separator: " ") }
      .first { $0.contains("cgroup2") }.map { String($0[4]) }
  }

  /// Whether the machine limits containers by cgroup v1, which these tests are about.
  static let isV1 = getuid() == 0 && mountPoint("memory") != nil && mountPoint("devices") != nil

  /// The directory of a cgroup.
  static func directory(_ controller: String, _ path: String) -> String {
    (mountPoint(controller) ?? "/nowhere") + path
  }

  /// What a control file of a container's cgroup says.
  static func read(_ file: String, of container: Container, controller: String? = nil) -> String {
    let name = controller ?? String(file.prefix { $0 != "." })
    let path = container.bundle.config.linux?.cgroupsPath ?? ""
    return File.text(directory(name, path) + "/" + file).trimmingCharacters(in: .newlines)
  }

  /// The pids in a container's cgroup, without those of the cgroups below it.
  static func processes(of container: Container) -> [Int32] {
    read("cgroup.procs", of: container, controller: "freezer").split(separator: "\n").compactMap { Int32($0) }
  }

  /// All directories of a cgroup's path, in every hierarchy.
  static func directories(of path: String) -> [String] {
    let names = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "name=systemd"]
    return Set(names.compactMap { mountPoint($0) }).sorted().map { $0 + path }
  }
}

extension Config {
  /// Changes `linux.resources`.
  mutating func limit(_ change: (inout Resources) -> Void) {
    changeLinux {
      var resources = $0.resources ?? Resources()
      change(&resources)
      $0.resources = resources
    }
  }
}
