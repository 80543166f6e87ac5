import Glibc
import LinuxKernel
import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import Cgroups

extension HostTests {
  /// On the cgroup2 of a hybrid host, which has few controllers, as well as on a host of its own.
  @Suite("cgroup v2", .serialized, .enabled(if: UnifiedSandbox.isPossible, "cgroup2 is not mounted"))
  struct V2Tests {
    @Test func `a cgroup is made with those above it, and all are removed`() throws {
      let sandbox = try UnifiedSandbox()
      let manager = try sandbox.create("/a/b")
      #expect(manager.record.manager == "v2" && manager.mounts.map(\.type) == ["cgroup2"])
      #expect(sandbox.exists("/a/b"))
      try manager.remove()
      #expect(!sandbox.exists(""))
      try manager.remove()
    }

    @Test func `members are listed, nested ones too, frozen, thawed and killed`() throws {
      let sandbox = try UnifiedSandbox()
      let manager = try sandbox.create()
      let pids = [try sandbox.sleeper(in: ""), try sandbox.sleeper(in: "/nested")]
      #expect(Set(try manager.processes()) == Set(pids))
      #expect(try !manager.isFrozen)
      try manager.freeze()
      #expect(try manager.isFrozen)
      try manager.thaw()
      #expect(try !manager.isFrozen)
      try manager.freeze()
      // Also a paused container must die.
      try manager.killAll(signal: SIGKILL)
      #expect(try manager.processes() == [])
      sandbox.reap()
      try manager.remove()
      #expect(!sandbox.exists(""))
      try manager.killAll(signal: SIGKILL)
      #expect(try manager.processes() == [])
    }

    @Test func `other signals reach each process once, and leave a pause alone`() throws {
      let sandbox = try UnifiedSandbox()
      let manager = try sandbox.create()
      let pid = try sandbox.sleeper(in: "")
      try manager.freeze()
      try manager.killAll(signal: SIGTERM)
      #expect(try manager.isFrozen && kill(pid, 0) == 0)
      try manager.thaw()
      var status: CInt = 0
      #expect(waitpid(pid, &status, 0) == pid && status & 0x7f == SIGTERM)
      try manager.remove()
    }

    @Test func `a frozen cgroup is refused, also a frozen one above`() throws {
      let sandbox = try UnifiedSandbox()
      let outer = try sandbox.create()
      try outer.freeze()
      let nested = try sandbox.plan("/nested").makeManager()
      #expect { try nested.create(nil) } throws: { ($0 as? RuntimeError)?.code == .invalidState }
      try nested.remove()
      try outer.remove()
    }

    @Test func `device rules hold for members, and an update replaces them with no gap`() throws {
      let sandbox = try UnifiedSandbox()
      let manager = try sandbox.create()
      #expect(try sandbox.opens("/dev/null", in: ""))
      #expect(try !sandbox.opens("/dev/kmsg", in: ""))
      #expect(try !sandbox.opens("/dev/kmsg", in: "/nested"))
      var resources = Resources()
      var rule = DeviceRule(allow: true, access: "r")
      (rule.type, rule.major, rule.minor) = (.character, 1, 11)
      resources.devices = [rule]
      try manager.update(resources)
      #expect(try sandbox.opens("/dev/kmsg", in: "/nested"))
      resources.devices = []
      try manager.update(resources)
      #expect(try !sandbox.opens("/dev/kmsg", in: "") && sandbox.opens("/dev/null", in: ""))
      try manager.remove()
    }

    @Test func `a cgroup that was there keeps nothing of the rules when the container is gone`() throws {
      let sandbox = try UnifiedSandbox()
      let outer = try sandbox.makeShared()
      let manager = try sandbox.create()
      #expect(manager.record.isShared)
      #expect(try !sandbox.opens("/dev/kmsg", in: ""))
      try manager.remove()
      #expect(sandbox.exists("") && outer)
      #expect(try sandbox.opens("/dev/kmsg", in: ""))
    }

    @Test func `a container that is refused in the cgroup of another leaves the other its rules`() throws {
      let sandbox = try UnifiedSandbox()
      let first = try sandbox.create()
      _ = try sandbox.sleeper(in: "")
      let second = try sandbox.plan("").makeManager()
      #expect { try second.create(nil) } throws: { "\($0)".contains("it has processes already") }
      try second.remove()
      #expect(try first.processes().count == 1)
      #expect(try !sandbox.opens("/dev/kmsg", in: ""))
      try first.killAll(signal: SIGKILL)
      sandbox.reap()
      try first.remove()
    }

    @Test func `the owner gets what a kernel delegates, and nothing that limits`() throws {
      let sandbox = try UnifiedSandbox()
      let manager = try sandbox.plan("").makeManager()
      try manager.create(nil, owner: 12345)
      #expect(try Kernel.stat(sandbox.directory, at: Directory.working)?.st_uid == 12345)
      func owner(_ file: String) throws -> UInt32? {
        try Kernel.stat(sandbox.directory + "/" + file, at: Directory.working)?.st_uid
      }
      for file in ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"] {
        #expect(try owner(file) == 12345, "\(file)")
      }
      for file in ["cgroup.freeze", "cgroup.max.depth"] { #expect(try owner(file) == 0, "\(file)") }
      try manager.remove()
    }

    @Test func `a limit whose controller is missing is refused by name`() throws {
      let sandbox = try UnifiedSandbox()
      let missing = Set(["memory", "rdma", "cpuset"]).subtracting(sandbox.controllers)
      guard let controller = missing.sorted().first else { return }
      var resources = Resources()
      resources.unified = ["\(controller).max": "1"]
      let manager = try sandbox.plan("").makeManager()
      #expect { try manager.create(resources) } throws: {
        "\($0)".contains("the \(controller) controller is not available")
      }
      try manager.remove()
      #expect(!sandbox.exists(""))
    }

    @Test func `a threaded cgroup above is refused`() throws {
      let sandbox = try UnifiedSandbox()
      let outer = try sandbox.create()
      #expect(mkdir(sandbox.directory + "/threads", 0o755) == 0)
      try Kernel.writeText("threaded", to: sandbox.directory + "/threads/cgroup.type")
      let nested = try sandbox.plan("/threads/c").makeManager()
      #expect { try nested.create(nil) } throws: { "\($0)".contains("threaded") }
      try nested.remove()
      #expect(try outer.processes() == [])
      try outer.remove()
    }
  }
}

/// A cgroup of cgroup2 of a test's own, which is removed with all in it.
private final class UnifiedSandbox {
  private let layout: CgroupLayout
  private let path: String
  private let former: Set<String>
  private var children: [pid_t] = []

  nonisolated(unsafe) private static var count = 0

  private static var hierarchy: Hierarchy? {
    (try? CgroupLayout.discover())?.hierarchies.first { $0.identity == .cgroup2 }
  }

  static var isPossible: Bool { hierarchy != nil }

  init() throws {
    let hierarchy = try #require(UnifiedSandbox.hierarchy)
    Self.count += 1
    path = "/swrun-test-v2-\(getpid())-\(Self.count)"
    layout = CgroupLayout(hierarchies: [hierarchy])
    former = Self.words(hierarchy.mountPoint + "/cgroup.subtree_control")
  }

  deinit {
    reap()
    let place = CgroupRecord.Directory(
      hierarchy: "cgroup2", mountPoint: mountPoint, path: path, existing: "")
    try? CgroupRecord(manager: .v2, directories: [place]).makeManager().remove()
    // Controllers go back to cgroup v1 where they are used there.
    for name in Self.words(mountPoint + "/cgroup.subtree_control").subtracting(former) {
      try? Kernel.writeText("-\(name)", to: mountPoint + "/cgroup.subtree_control")
    }
  }

  private static func words(_ file: String) -> Set<String> {
    Set((try? Kernel.readControl(file))?.split(separator: " ").map(String.init) ?? [])
  }

  var mountPoint: String { layout.hierarchies[0].mountPoint }
  var directory: String { mountPoint + path }
  var controllers: Set<String> { Self.words(mountPoint + "/cgroup.controllers") }

  func plan(_ name: String) throws -> CgroupRecord {
    try layout.plan(path: path + name, containerID: "test", resources: nil)
  }

  func create(_ name: String = "") throws -> any CgroupManager {
    let manager = try plan(name).makeManager()
    try manager.create(nil)
    return manager
  }

  func exists(_ name: String) -> Bool { access(directory + name, F_OK) == 0 }

  /// Makes the cgroup before a container comes.
  func makeShared() throws -> Bool { mkdir(directory, 0o755) == 0 }

  /// A process in a cgroup below, which is made if it is missing.
  func sleeper(in name: String) throws -> pid_t {
    try spawn("exec sleep 1000", in: name)
  }

  /// Whether a process in a cgroup below may open a device to read.
  func opens(_ device: String, in name: String) throws -> Bool {
    var status: CInt = 0
    waitpid(try spawn(": < \(device)", in: name), &status, 0)
    return status == 0
  }

  /// Runs a line of shell that begins with joining the cgroup, and returns when it has.
  private func spawn(_ line: String, in name: String) throws -> pid_t {
    mkdir(directory + name, 0o755)
    let file = directory + name + "/cgroup.procs"
    var pid: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [
      strdup("sh"), strdup("-c"), strdup("echo 0 > \(file) && \(line) 2> /dev/null"), nil,
    ]
    defer { for argument in arguments { free(argument) } }
    // Threads of the test program block most signals.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var mask = sigset_t()
    sigemptyset(&mask)
    posix_spawnattr_setsigmask(&attributes, &mask)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    try #require(posix_spawnp(&pid, "sh", nil, &attributes, &arguments, environ) == 0)
    children.append(pid)
    var patience = Patience(microseconds: 5_000_000)
    repeat {
      let cgroup = (try? Kernel.readControl("/proc/\(pid)/cgroup")) ?? ""
      if cgroup.contains(path) || kill(pid, 0) != 0 { break }
    } while patience.wait()
    return pid
  }

  /// Ends all processes.
  func reap() {
    for child in children {
      kill(child, SIGKILL)
      waitpid(child, nil, 0)
    }
    children = []
  }
}
