import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("namespaces")
struct NamespaceTests {
  let runtime = Runtime()

  /// What the process sees as its own namespaces.
  private static let links =
    "for n in pid net ipc uts mnt user cgroup time; do readlink /proc/self/ns/$n; done"

  /// Types that need no user namespace with them.
  static let simple: [NamespaceType] = [.pid, .network, .ipc, .uts, .mount, .cgroup, .time]

  private func own(_ type: NamespaceType) -> String { File.link("/proc/self/ns/\(type.fileName)") }

  private func identities(_ outcome: Outcome) -> [NamespaceType: String] {
    let order: [NamespaceType] = [.pid, .network, .ipc, .uts, .mount, .user, .cgroup, .time]
    return Dictionary(uniqueKeysWithValues: zip(order, outcome.lines))
  }

  @Test("each type can be new, and the others stay what they are", arguments: simple)
  func new(type: NamespaceType) throws {
    let container = try runtime.container {
      $0.changeLinux { $0.namespaces = [Namespace(type: .mount)] }
      $0.hostname = nil
      if type != .mount { $0.setNamespace(type) }
      $0.mounts?.removeAll { $0.type == "sysfs" || $0.type == "mqueue" }
      $0.shell(NamespaceTests.links)
    }
    let found = identities(try container.run().succeeds())
    #expect(found.count == 8)
    for (other, identity) in found {
      #expect((identity != own(other)) == (other == type || other == .mount), "\(other): \(identity)")
    }
  }

  @Test("each type can be joined by its path, alone", arguments: simple)
  func joined(type: NamespaceType) throws {
    let holder = try NamespaceHolder(type)
    let container = try runtime.container {
      $0.setNamespace(type, path: holder.path(type))
      if type == .uts { $0.hostname = nil }
      if type == .mount {
        $0.changeLinux {
          $0.maskedPaths = []; $0.readonlyPaths = []
        }
      }
      $0.shell(NamespaceTests.links)
    }
    let found = identities(try container.run().succeeds())
    #expect(found[type] == holder.identity(type))
    for other in NamespaceTests.simple where other != type && other != .time {
      #expect(found[other] != own(other) && found[other] != holder.identity(other), "\(other)")
    }
  }

  @Test("each type can be inherited", arguments: simple)
  func inherited(type: NamespaceType) throws {
    let container = try runtime.container {
      $0.removeNamespace(type)
      if type == .mount {
        $0.changeLinux {
          $0.maskedPaths = []; $0.readonlyPaths = []
        }
      }
      $0.shell(NamespaceTests.links)
    }
    #expect(identities(try container.run().succeeds())[type] == own(type))
  }

  @Test("each type can be new together with a new user namespace, which owns it", arguments: simple)
  func newWithUser(type: NamespaceType) throws {
    let container = try runtime.container {
      $0.changeLinux { $0.namespaces = [.mount, .network, .ipc, .pid].map { Namespace(type: $0) } }
      $0.hostname = nil
      $0.setNamespace(type)
      $0.useUserNamespace()
      $0.shell(NamespaceTests.links)
    }
    let found = identities(try container.run().succeeds())
    #expect(found[type] != own(type) && found[.user] != own(.user))
  }

  @Test(
    "each type of the host's can be joined together with a new user namespace",
    arguments: [NamespaceType.network, .ipc, .uts, .cgroup, .pid, .time]
  )
  func joinedWithNewUser(type: NamespaceType) throws {
    let holder = try NamespaceHolder(type)
    let container = try runtime.container {
      $0.setNamespace(type, path: holder.path(type))
      if type == .uts { $0.hostname = nil }
      // Who owns no network or pid namespace may mount neither sysfs nor proc.
      if type == .network { $0.mounts?.removeAll { $0.type == "sysfs" } }
      if type == .ipc { $0.mounts?.removeAll { $0.type == "mqueue" } }
      if type == .pid { $0.mounts?.removeAll { $0.type == "proc" }; $0.bind("/proc", "/proc") }
      $0.useUserNamespace()
      $0.wait()
    }
    for _ in 0..<5 {
      try container.createAndStart()
      let pid = try container.report().pid
      #expect(File.link("/proc/\(pid)/ns/\(type.fileName)") == holder.identity(type))
      #expect(
        File.text("/proc/\(pid)/uid_map").split(separator: " ").map(String.init) == [
          "0", "100000", "65536\n",
        ]
      )
      try container.remove()
    }
  }

  @Test(
    "each type can be joined together with the user namespace that owns it",
    arguments: [NamespaceType.network, .ipc, .uts, .cgroup, .pid, .time]
  )
  func joinedWithItsUser(type: NamespaceType) throws {
    let holder = try NamespaceHolder(.user, type)
    let container = try runtime.container {
      $0.setNamespace(.user, path: holder.path(.user))
      $0.setNamespace(type, path: holder.path(type))
      if type == .uts { $0.hostname = nil }
      $0.shell(NamespaceTests.links)
    }
    let found = identities(try container.run().succeeds())
    #expect(found[.user] == holder.identity(.user) && found[type] == holder.identity(type))
  }

  @Test("a joined user namespace goes with new ones of all other types")
  func joinedUser() throws {
    let holder = try NamespaceHolder(.user, firstID: 300_000)
    let container = try runtime.container {
      $0.setNamespace(.user, path: holder.path(.user))
      $0.setNamespace(.time)
      $0.shell(NamespaceTests.links + "; cat /proc/self/uid_map; hostname; id -u")
    }
    let outcome = try container.run().succeeds()
    let found = identities(outcome)
    #expect(found[.user] == holder.identity(.user))
    for type in NamespaceTests.simple { #expect(found[type] != own(type), "\(type)") }
    #expect(
      outcome.lines.suffix(3).map { $0.split(separator: " ").joined(separator: " ") } == [
        "0 300000 65536", "testing", "0",
      ]
    )
  }

  @Test("the runtime's own user namespace cannot be joined: the error has the place and a hint")
  func ownUserNamespace() throws {
    let container = try runtime.container { $0.setNamespace(.user, path: "/proc/self/ns/user") }
    let namespaces = container.bundle.config.linux?.namespaces ?? []
    let index = try #require(namespaces.firstIndex { $0.type == .user })
    try container.create().fails(
      saying: "config.json: /linux/namespaces/\(index)/path: joining the user namespace", "leave it out")
    #expect(try container.status() == "gone")
  }

  @Test("in a new pid namespace the process is 1, in a joined one it is not, and its hooks are outside")
  func pids() throws {
    let fresh = try runtime.container("new") { $0.shell("echo $$; ls /proc | grep -c '^[0-9]'") }
    #expect(try fresh.run().succeeds().lines[0] == "1")
    let holder = try NamespaceHolder(.pid)
    let log = runtime.directory + "/hooks"
    let container = try runtime.container("joined") {
      $0.setNamespace(.pid, path: holder.path(.pid))
      let line = "echo $1 $(readlink /proc/self/ns/pid) >> \(log)"
      func hook(_ name: String) -> Hook {
        var hook = Hook(path: "/bin/sh")
        hook.args = ["sh", "-c", line, "sh", name]
        hook.env = ["PATH=/usr/bin:/bin"]
        return hook
      }
      var hooks = Hooks()
      hooks.prestart = [hook("prestart")]
      hooks.createRuntime = [hook("createRuntime")]
      hooks.poststart = [hook("poststart")]
      hooks.poststop = [hook("poststop")]
      $0.hooks = hooks
      $0.shell("echo $$; tr '\\0' ' ' < /proc/1/cmdline")
    }
    let lines = try container.run().succeeds().lines
    #expect(lines[0] != "1")
    #expect(lines[1].hasPrefix("sleep 1000"))
    let host = own(.pid)
    #expect(
      File.text(log).split(separator: "\n").map(String.init) == [
        "prestart \(host)", "createRuntime \(host)", "poststart \(host)", "poststop \(host)",
      ]
    )
  }

  @Test("lo is up in a new network namespace, and left alone in a joined one")
  func loopback() throws {
    let line = "ip -o link show lo | grep -o '<[^>]*>'"
    let fresh = try runtime.container("new") { $0.shell(line) }
    #expect(try fresh.run().succeeds().output.contains("LOOPBACK,UP"))
    let holder = try NamespaceHolder(.network)
    let joined = try runtime.container("joined") {
      $0.setNamespace(.network, path: holder.path(.network))
      $0.shell(line)
    }
    #expect(try joined.run().succeeds().output == "<LOOPBACK>\n")
  }

  @Test("hostname and domain name are set in a new uts namespace and in a joined one")
  func names() throws {
    let holder = try NamespaceHolder(.uts)
    for path in [nil, holder.path(.uts)] {
      let container = try runtime.container(path == nil ? "new" : "joined") {
        $0.setNamespace(.uts, path: path)
        $0.hostname = "some-host.example"
        $0.domainname = "some.domain"
        $0.shell("cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname")
      }
      #expect(try container.run().succeeds().lines == ["some-host.example", "some.domain"])
    }
    #expect(!File.text("/proc/sys/kernel/hostname").contains("some-host"))
  }

  @Test(
    "the offsets of a new time namespace move its clocks, also under a user namespace",
    arguments: [false, true],
    [
      ["monotonic": TimeOffset(secs: 172_800, nanosecs: 5)], ["boottime": TimeOffset(secs: 86400)],
      ["monotonic": TimeOffset(secs: 1000), "boottime": TimeOffset(secs: -10)], ["boottime": TimeOffset()],
      [:],
    ]
  )
  func timeOffsets(hasUser: Bool, offsets: [String: TimeOffset]) throws {
    let container = try runtime.container {
      $0.setNamespace(.time)
      if hasUser { $0.useUserNamespace() }
      $0.changeLinux { $0.timeOffsets = offsets }
      $0.run("probe")
    }
    var (monotonic, boottime) = (timespec(), timespec())
    clock_gettime(CLOCK_MONOTONIC, &monotonic)
    clock_gettime(CLOCK_BOOTTIME, &boottime)
    let facts = try container.run().succeeds().facts
    for (clock, now) in [("monotonic", monotonic.tv_sec), ("boottime", boottime.tv_sec)] {
      let shift = try #require(Int(facts[clock] ?? "")) - now - Int(offsets[clock]?.secs ?? 0)
      #expect((-1...30).contains(shift), "\(clock)")
    }
  }

  @Test("offsets that the kernel refuses are an error with their place")
  func wrongOffset() throws {
    let container = try runtime.container {
      $0.setNamespace(.time)
      $0.changeLinux { $0.timeOffsets = ["boottime": TimeOffset(secs: -1_000_000_000_000)] }
    }
    try container.run().fails(saying: "/linux/timeOffsets")
  }

  @Test("a path of another type's namespace is an error with its place", arguments: simple + [.user])
  func wrongType(type: NamespaceType) throws {
    let other = type == .ipc ? "uts" : "ipc"
    let container = try runtime.container { config in
      config.setNamespace(type, path: "/proc/self/ns/\(other)")
      config.hostname = nil
    }
    let index = try #require(container.bundle.config.linux?.namespaces).count - 1
    try container.run().fails(
      saying: "config.json: /linux/namespaces/\(index)/path",
      "a namespace of another type than \(type.rawValue)"
    )
  }

  @Test(
    "a path that is no namespace is an error with its place",
    arguments: [
      ("/etc/passwd", "is not a namespace"), ("/proc", "is not a namespace"),
      ("/dev/null", "is not a namespace"),
      ("/proc/1/status", "is not a namespace"), ("/nonexistent", "no such file or directory"),
      ("/proc/999999999/ns/net", "no such file or directory"), ("/etc/passwd/x", "not a directory"),
    ]
  )
  func noNamespace(path: String, words: String) throws {
    let container = try runtime.container { $0.setNamespace(.network, path: path) }
    try container.run(timeout: .seconds(10)).fails(saying: "config.json: /linux/namespaces/5/path", words)
  }

  @Test("a fifo as a namespace's path does not hang")
  func fifo() throws {
    let path = runtime.directory + "/fifo"
    mkfifo(path, 0o600)
    let container = try runtime.container { $0.setNamespace(.network, path: path) }
    try container.run(timeout: .seconds(10)).fails(
      saying: "config.json: /linux/namespaces/5/path",
      "is not a namespace"
    )
  }

  @Test("a namespace that is kept by a bind mount can be joined")
  func boundFile() throws {
    let holder = try NamespaceHolder(.network)
    let place = try runtime.mountTemporary("ns")
    try File.write("", to: place + "/net")
    _ = try Command("mount", ["--bind", holder.path(.network), place + "/net"]).run().succeeds()
    defer { umount2(place + "/net", Int32(MNT_DETACH)) }
    let container = try runtime.container {
      $0.setNamespace(.network, path: place + "/net")
      $0.shell(NamespaceTests.links)
    }
    #expect(identities(try container.run().succeeds())[.network] == holder.identity(.network))
  }

  @Test("two containers share namespaces by the first one's pid")
  func pod() throws {
    let first = try runtime.container("first") { $0.wait() }
    try first.createAndStart()
    let pid = try first.report().pid
    let second = try runtime.container("second") {
      for type in [NamespaceType.network, .ipc, .uts, .pid] {
        $0.setNamespace(type, path: "/proc/\(pid)/ns/\(type.fileName)")
      }
      $0.hostname = nil
      $0.shell("hostname; tr '\\0' ' ' < /proc/1/cmdline")
    }
    #expect(try second.run().succeeds().lines == ["testing", "sleep 1000 "])
  }
}
