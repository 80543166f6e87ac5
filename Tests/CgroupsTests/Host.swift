import Glibc
import LinuxKernel
import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import Cgroups

/// Cgroups of this test's own on the host, which are removed with whatever is still in them.
final class Sandbox {
  let path: String
  let layout: CgroupLayout
  private var children: [pid_t] = []
  private let control: String?
  /// Controllers of cgroup2 that were switched on before.
  private let enabled: String

  /// Whether this host lets tests make cgroups of v1.
  static let isPossible: Bool = {
    guard getuid() == 0, let layout = try? CgroupLayout.discover(), (try? layout.kind) == .v1 else {
      return false
    }
    return layout.hierarchies.allSatisfy { access($0.mountPoint, W_OK) == 0 }
  }()

  nonisolated(unsafe) private static var count = 0

  init() throws {
    Self.count += 1
    path = "/swrun-test-\(getpid())-\(Self.count)"
    layout = try CgroupLayout.discover()
    control = layout.hierarchies.first { $0.identity == .cgroup2 }.map {
      $0.mountPoint + "/cgroup.subtree_control"
    }
    enabled = try control.map { try Kernel.readControl($0) } ?? ""
  }

  deinit {
    for child in children { end(child) }
    for hierarchy in layout.hierarchies {
      let place = CgroupRecord.Directory(
        hierarchy: hierarchy.identity.text,
        mountPoint: hierarchy.mountPoint,
        path: path,
        existing: ""
      )
      try? CgroupRecord(manager: .v1, directories: [place]).makeManager().remove()
    }
    if let control, enabled.isEmpty, let now = try? Kernel.readControl(control), !now.isEmpty {
      let request = now.split(separator: " ").map { "-\($0)" }.joined(separator: " ")
      try? Kernel.writeText(request, to: control)
    }
  }

  func plan(_ name: String = "", resources: Resources? = nil) throws -> CgroupRecord {
    try layout.plan(path: path + name, containerID: "test", resources: resources)
  }

  func create(_ name: String = "", _ resources: Resources? = nil) throws -> any CgroupManager {
    let manager = try plan(name, resources: resources).makeManager()
    try manager.create(resources)
    return manager
  }

  func mountPoint(_ controller: Controller) -> String {
    layout.hierarchies.first { $0.identity.has(controller) }?.mountPoint ?? ""
  }

  func has(_ controller: Controller) -> Bool { mountPoint(controller) != "" }

  func read(_ controller: Controller, _ file: String, below name: String = "") throws -> String {
    try Kernel.readControl("\(mountPoint(controller))\(path)\(name)/\(file)")
  }

  /// Where the sandbox or a cgroup in it still exists.
  func remains(_ name: String = "") -> [String] {
    layout.hierarchies.map { $0.mountPoint + path + name }.filter { access($0, F_OK) == 0 }
  }

  /// Starts a process that does nothing.
  func sleeper() throws -> pid_t {
    var pid: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("1000"), nil]
    defer { for argument in arguments { free(argument) } }
    try #require(posix_spawnp(&pid, "sleep", nil, nil, &arguments, environ) == 0)
    children.append(pid)
    return pid
  }

  /// Puts a process into the container's cgroup in every hierarchy, from outside.
  func put(_ pid: pid_t, into record: CgroupRecord) throws {
    for directory in record.directories {
      try Kernel.writeText("\(pid)", to: directory.hostPath + "/cgroup.procs")
    }
  }

  /// Kills and reaps a process that `sleeper` started.
  func end(_ pid: pid_t) {
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
    children.removeAll { $0 == pid }
  }
}

/// Tests on the host's cgroups, one at a time.
@Suite("cgroups of the host", .serialized, .enabled(if: Sandbox.isPossible, "needs root and cgroup v1"))
struct HostTests {}
