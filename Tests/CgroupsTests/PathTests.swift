import LinuxKernel
import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import Cgroups

@Suite("cgroup paths")
struct PathTests {
  @Test func `an unset path is a cgroup named after the container, below the runtime's own`() throws {
    #expect(try CgroupPath(nil, containerID: "web") == .relative(["web"]))
    #expect(try CgroupPath("", containerID: "web") == .relative(["web"]))
  }

  @Test(arguments: [
    ("/a/b", CgroupPath.absolute(["a", "b"])), ("//a/./b/", .absolute(["a", "b"])),
    ("a/b", .relative(["a", "b"])),
    ("system.slice:x:y", .relative(["system.slice:x:y"])), ("/...", .absolute(["..."])),
  ])
  func `slashes decide between absolute and relative`(text: String, path: CgroupPath) throws {
    #expect(try CgroupPath(text, containerID: "x") == path)
  }

  @Test(arguments: [
    "/", "//", "/.", "..", "/a/../b", "a/..", "../\u{301}a", "/a/..\u{2F}\u{301}",
  ])
  func `paths that leave their place or name none are refused`(text: String) {
    #expect { _ = try CgroupPath(text, containerID: "x") } throws: {
      ($0 as? RuntimeError)?.code == .invalidConfig
    }
  }

  @Test func `bytes that cannot be in a name are refused`() {
    for path in ["/a\0b", "/a\nb"] {
      #expect(throws: RuntimeError.self) { _ = try CgroupPath(path, containerID: "x") }
    }
  }

  @Test func `mountinfo gives controllers mounted together, named hierarchies, odd places and parts`() {
    let text = """
      23 1 8:1 / / rw - ext4 /dev/sda1 rw
      31 23 0:28 / /sys/fs/cgroup rw shared:9 master:1 - tmpfs tmpfs rw,mode=755
      32 31 0:29 / /odd\\040place/cpu,cpuacct rw,relatime shared:10 - cgroup cgroup rw,cpu,cpuacct
      33 31 0:30 /docker/1 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
      34 31 0:30 / /elsewhere/memory rw - cgroup cgroup rw,memory
      35 31 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/x,name=systemd
      36 31 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate
      37 31 0:29 / /again rw - cgroup cgroup rw,cpu,cpuacct
      """
    #expect(
      MountInformation(Array(text.utf8)).hierarchies == [
        Hierarchy(.controllers([.cpu, .cpuacct]), mountPoint: "/odd place/cpu,cpuacct"),
        Hierarchy(.controllers([.memory]), mountPoint: "/elsewhere/memory"),
        Hierarchy(.named("systemd"), mountPoint: "/sys/fs/cgroup/systemd"),
        Hierarchy(.cgroup2, mountPoint: "/sys/fs/cgroup/unified"),
      ]
    )
    #expect(MountInformation([]).hierarchies == [])
    #expect(MountInformation(Array("x\n - cgroup\n1 2 - cgroup c rw,cpu\n".utf8)).hierarchies == [])
    #expect(MountTable.unescape(#"a\134b\011c\"#) == "a\\b\tc\\")
  }

  @Test func `a runtime in a container finds its own cgroup below what is mounted`() throws {
    let own = OwnCgroups("4:memory:/docker/1/sub\n2:cpu,cpuacct:/\n1:name=systemd:/a:b\n0::/x (deleted)\n")
    func path(_ identity: Hierarchy.Identity, root: String = "/") throws -> String {
      try own.path(in: Hierarchy(identity, mountPoint: "/m", root: root))
    }
    #expect(try path(.controllers([.memory])) == "/docker/1/sub")
    #expect(try path(.controllers([.memory]), root: "/docker/1") == "/sub")
    #expect(try path(.controllers([.memory]), root: "/docker/1/sub") == "")
    #expect(try path(.controllers([.cpu, .cpuacct])) == "")
    #expect(try path(.named("systemd")) == "/a:b")
    #expect(throws: RuntimeError.self) { try path(.controllers([.memory]), root: "/docker/12") }
    #expect(throws: RuntimeError.self) { try path(.controllers([.memory]), root: "/docker/1/su") }
    #expect(throws: RuntimeError.self) { try path(.controllers([.cpu, .cpuacct]), root: "/../..") }
    #expect(throws: RuntimeError.self) { try path(.cgroup2) }
    #expect(throws: RuntimeError.self) { try path(.controllers([.pids])) }
  }

  @Test func `the layout decides who makes cgroups, and what is not there yet says so`() throws {
    let systemd = Hierarchy(.named("systemd"), mountPoint: "/a")
    let cgroup2 = Hierarchy(.cgroup2, mountPoint: "/b")
    let cpu = Hierarchy(.controllers([.cpu]), mountPoint: "/c")
    #expect(try CgroupLayout(hierarchies: [systemd, cgroup2, cpu]).kind == .v1)
    #expect(try CgroupLayout(hierarchies: [systemd, cgroup2]).kind == .v2)
    #expect(throws: RuntimeError.self) { try CgroupLayout(hierarchies: []).kind }
    func isUnsupported(_ error: any Error) -> Bool { (error as? RuntimeError)?.code == .unsupported }
    #expect(
      try CgroupLayout(hierarchies: [cgroup2]).plan(path: "/x", containerID: "x", resources: nil).manager
        == "v2")
    #expect {
      try CgroupLayout(hierarchies: [cpu]).plan(
        path: nil,
        containerID: "x",
        resources: nil,
        usesSystemd: true
      )
    } throws: { isUnsupported($0) }
    #expect { try CgroupRecord(manager: .v2, directories: []).makeManager() } throws: {
      ($0 as? RuntimeError)?.code == .damagedState
    }
  }

  @Test func `a hierarchy's text says all about it, and mounts are named as distributions do`() {
    for identity in [Hierarchy.Identity.controllers([.cpu, .cpuacct]), .named("systemd"), .cgroup2] {
      #expect(Hierarchy.Identity(text: identity.text) == identity)
    }
    #expect(Hierarchy.Identity(text: "") == nil && Hierarchy.Identity(text: "cpu,nonsense") == nil)
    let both = CgroupMount(.controllers([.cpu, .cpuacct]), hostDirectory: "/h")
    #expect(both.name == "cpu,cpuacct" && both.links == ["cpu", "cpuacct"] && both.options == "cpu,cpuacct")
    let systemd = CgroupMount(.named("systemd"), hostDirectory: "/h")
    #expect(systemd.name == "systemd" && systemd.links == [] && systemd.options == "none,name=systemd")
  }
}
