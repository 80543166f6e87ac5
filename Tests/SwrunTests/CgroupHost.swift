import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// The cgroup hierarchies of this machine: v1 and perhaps cgroup2 beside it, or cgroup2 alone.
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

  /// Whether the machine has cgroup2 alone.
  static let isV2 = getuid() == 0 && unified == "/sys/fs/cgroup"

  /// Whether containers of this machine can have cgroups.
  static let isUsable = isV1 || isV2

  /// The directory of a cgroup; on a machine with cgroup2 alone that is one for all controllers.
  static func directory(_ controller: String, _ path: String) -> String {
    ((isV2 ? unified : mountPoint(controller)) ?? "/nowhere") + path
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

  /// Where a container that mounts its cgroups sees the one of a controller.
  static func inside(_ controller: String) -> String {
    isV2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/" + controller
  }

  /// Whether the cgroup of a path is frozen by its own setting.
  static func isFrozen(_ path: String) -> Bool {
    isV2
      ? File.text(directory("", path) + "/cgroup.freeze") == "1\n"
      : File.text(directory("freezer", path) + "/freezer.state") == "FROZEN\n"
  }

  /// Freezes the cgroup of a path, or thaws it.
  static func freeze(_ path: String, _ isFrozen: Bool = true) throws {
    if isV2 {
      try File.write(isFrozen ? "1" : "0", to: directory("", path) + "/cgroup.freeze")
    } else {
      try File.write(isFrozen ? "FROZEN" : "THAWED", to: directory("freezer", path) + "/freezer.state")
    }
  }

  /// All directories of a cgroup's path, in every hierarchy.
  static func directories(of path: String) -> [String] {
    if let unified, isV2 { return [unified + path] }
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

extension Resources {
  /// Limits memory, in bytes.
  mutating func limitMemory(_ limit: Int64?, swap: Int64? = nil, reservation: Int64? = nil) {
    var memory = MemoryResources()
    (memory.limit, memory.swap, memory.reservation) = (limit, swap, reservation)
    self.memory = memory
  }

  /// Limits CPU time, in microseconds.
  mutating func limitCPU(
    quota: Int64? = nil, period: UInt64? = nil, burst: UInt64? = nil, shares: UInt64? = nil,
    cpus: String? = nil, mems: String? = nil
  ) {
    var cpu = CPUResources()
    (cpu.quota, cpu.period, cpu.burst, cpu.shares) = (quota, period, burst, shares)
    (cpu.cpus, cpu.mems) = (cpus, mems)
    self.cpu = cpu
  }
}

extension Runtime {
  /// A created container with limits, whose files can be read.
  func createdContainer(limiting change: (inout Resources) -> Void) throws -> Container {
    let container = try container { config in
      config.wait()
      config.limit(change)
    }
    try container.create().succeeds()
    return container
  }
}
