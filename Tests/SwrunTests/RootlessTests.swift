import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

extension Config {
  /// What `spec --rootless` writes for the tests' user.
  mutating func makeRootless() {
    removeNamespace(.network)
    setNamespace(.user)
    changeLinux {
      $0.uidMappings = [IDMapping(containerID: 0, hostID: OrdinaryUser.id, size: 1)]
      $0.gidMappings = $0.uidMappings
      $0.resources = nil
      $0.cgroupsPath = nil
    }
    mounts = mounts?.map { mount in
      var mount = mount
      if mount.destination == "/dev/pts" { mount.options?.removeAll { $0.hasPrefix("gid=") } }
      return mount
    }
  }

  /// His own ID as root, and subordinate IDs for all others.
  mutating func mapSubordinates(from first: UInt32 = OrdinaryUser.firstSubordinate) {
    changeLinux {
      $0.uidMappings?.append(IDMapping(containerID: 1, hostID: first, size: 60_000))
      $0.gidMappings = $0.uidMappings
    }
  }
}

@Suite("a user without privileges", .enabled(if: geteuid() == 0))
struct RootlessTests {
  private let runtime = Runtime()
  private let user: OrdinaryUser

  init() throws { user = try OrdinaryUser(of: runtime) }

  private func container(_ change: (inout Config) -> Void = { _ in }) throws -> Container {
    try runtime.container { config in
      config.makeRootless()
      change(&config)
    }
  }

  @Test("what spec --rootless writes runs as it is")
  func specification() throws {
    let container = try runtime.container()
    user.give(container.bundle.path)
    unlink(container.bundle.path + "/config.json")
    try user.command(["spec", "--rootless", "--bundle", container.bundle.path]).run().succeeds()
    let path = container.bundle.path + "/config.json"
    let text = File.text(path).replacingOccurrences(of: "\"terminal\": true", with: "\"terminal\": false")
      .replacingOccurrences(of: "\"sh\"", with: "\"sh\", \"-c\", \"id -u; echo > /dev/null && hostname\"")
    try File.write(text, to: path)
    #expect(try container.command("run", by: user).run().succeeds().lines == ["0", "swrun"])
  }

  @Test("has containers of his own, through their whole life")
  func lifecycle() throws {
    let container = try container { $0.wait() }
    try container.command("create", by: user).run().succeeds()
    #expect(try container.status() == "created")
    try user.command(["exec", container.id, "true"]).run().failsToExecute(saying: "start it first")
    try container.command("start", by: user).run().succeeds()
    let pid = try container.report().pid
    #expect(try container.report().owner == "#\(OrdinaryUser.id)")
    #expect(try user.command(["exec", container.id, "id", "-u"]).run().succeeds().output == "0\n")
    #expect(try user.command(["list", "-q"]).run().succeeds().lines == [container.id])
    #expect(try user.command(["ps", "-f", "json", container.id]).run().succeeds().output == "[\(pid)]\n")
    let table = try user.command(["ps", container.id]).run().succeeds().lines
    #expect(table.count == 2 && table[1].contains("sleep 1000"))
    try container.command("delete", by: user).run().fails(saying: "not stopped")
    try user.command(["kill", container.id, "KILL"]).run().succeeds()
    try container.expect("stopped")
    try container.command("delete", by: user).run().succeeds()
    #expect(try container.status() == "gone")
  }

  @Test("without rights over cgroups a container has none, and says so where one is needed")
  func noCgroups() throws {
    let container = try container { $0.wait() }
    try container.command("run", ["--detach"], by: user).run().succeeds()
    let pid = try container.report().pid
    #expect(File.text("/proc/\(pid)/cgroup") == File.text("/proc/self/cgroup"))
    for words in [["pause"], ["update", "--memory", "100000000"], ["events", "--stats"]] {
      try user.command(words + [container.id]).run().fails(
        saying: "the container has no cgroups: its user had no right to make any", "--cgroup-manager=systemd")
    }
    try user.command(["kill", "--all", container.id, "KILL"]).run().succeeds()
  }

  @Test("a limit that would not hold is an error that names it")
  func limit() throws {
    let container = try container {
      $0.changeLinux {
        $0.resources = Resources()
        $0.resources?.pids = PidsResources(limit: 10)
      }
    }
    try container.command("run", by: user).run().fails(
      saying: "config.json: /linux/resources/pids: a limit needs a cgroup", "--cgroup-manager=systemd")
    #expect(try container.status() == "gone")
  }

  @Test("rules on devices ask for nothing that he could do anyway")
  func deviceRules() throws {
    let container = try container {
      $0.changeLinux {
        $0.resources = Resources()
        $0.resources?.devices = [DeviceRule(allow: false, access: "rwm")]
      }
      $0.shell("mknod /dev/x c 1 3 || head -c 2 /dev/zero | wc -c")
    }
    #expect(try container.command("run", by: user).run().succeeds().output == "2\n")
  }

  @Test("--rootless=false makes an error of what is left out")
  func strict() throws {
    let container = try container()
    try container.command("run", by: user, global: ["--rootless=false"]).run().fails(
      saying: "creating the cgroup", "permission denied")
    try container.command("run", by: user, global: ["--rootless=true"]).run().succeeds()
  }

  @Test("a lower OOM score is a warning, a higher one is set")
  func score() throws {
    let container = try container {
      $0.shell("cat /proc/self/oom_score_adj")
      $0.changeProcess { $0.oomScoreAdj = -999 }
    }
    let outcome = try container.command("run", by: user).run().succeeds()
    #expect(outcome.output == File.text("/proc/self/oom_score_adj"))
    #expect(outcome.errors.contains("/process/oomScoreAdj: it stays"))
    let higher = try runtime.container("higher") {
      $0.makeRootless()
      $0.shell("cat /proc/self/oom_score_adj")
      $0.changeProcess { $0.oomScoreAdj = 999 }
    }
    #expect(try higher.command("run", by: user).run().succeeds().output == "999\n")
  }

  @Test("offsets of clocks are set")
  func clocks() throws {
    let container = try container {
      $0.setNamespace(.time)
      $0.changeLinux { $0.timeOffsets = ["boottime": TimeOffset(secs: 10_000_000, nanosecs: 0)] }
      $0.shell("cut -d. -f1 /proc/uptime")
    }
    let outcome = try container.command("run", by: user).run().succeeds()
    #expect(try #require(Int(outcome.lines.first ?? "")) > 10_000_000)
  }

  @Test("can add new file systems to a container that runs, but nothing of the host's")
  func addedMounts() throws {
    let container = try container { $0.wait() }
    try container.command("run", ["--detach"], by: user).run().succeeds()
    func add(_ mount: String) throws -> Outcome {
      var command = user.command(["mounts", "add", container.id, "-"])
      command.input = .text("[\(mount)]")
      return try command.run()
    }
    try add(#"{"destination":"/tmp","type":"tmpfs","source":"tmpfs"}"#).succeeds()
    try user.command(["exec", container.id, "touch", "/tmp/x"]).run().succeeds()
    try add(#"{"destination":"/srv","type":"bind","source":"/","options":["rbind"]}"#).fails(
      saying: "without root, bind mounts are made when the container is made")
  }

  @Test("needs a user namespace, and a place for state")
  func requirements() throws {
    let container = try container {
      $0.removeNamespace(.user)
      $0.changeLinux { linux in
        linux.uidMappings = nil
        linux.gidMappings = nil
      }
    }
    try container.command("run", by: user).run().fails(
      saying: "/linux/namespaces: without root a container needs a user namespace", "swrun spec --rootless")
    try user.command(program: [user.program, "list"], environment: [:]).run().fails(
      saying: "$XDG_RUNTIME_DIR, and that is not set", "/run/user/\(OrdinaryUser.id)")
    try user.command(program: [user.program, "--version"], environment: [:]).run().succeeds()
  }

  @Test(
    "mappings that he cannot have become that of his own ID, with a warning; never where it is not enough")
  func singleID() throws {
    let container = try container {
      $0.mapSubordinates()
      $0.mounts?.append(Mount(destination: "/dev/pts", type: "devpts", source: "devpts", options: ["gid=5"]))
      $0.shell("cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups")
    }
    let outcome = try container.command("run", by: user).run().succeeds()
    let lines = outcome.lines.map { $0.split(separator: " ").joined(separator: " ") }
    #expect(lines == ["0 \(OrdinaryUser.id) 1", "0 \(OrdinaryUser.id) 1", "deny"])
    #expect(outcome.errors.contains("/linux/uidMappings: the container has no users and groups but root"))
    try container.command("run", by: user, global: ["--rootless=false"]).run().fails(
      saying: "/linux/uidMappings: only user \(OrdinaryUser.id) can be mapped", "newuidmap")
    let other = try runtime.container("other") {
      $0.makeRootless()
      $0.mapSubordinates()
      $0.changeProcess { $0.user = User(uid: 7, gid: 0) }
    }
    try other.command("run", by: user).run().fails(
      saying: "/linux/uidMappings: only user", "to root and no other")
  }

  @Test("his own program is out of the container's reach, though he could make it writable")
  func ownProgram() throws {
    user.give(user.program)
    chmod(user.program, 0o555)
    let container = try container()
    try container.command("create", by: user).run().succeeds()
    #expect(File.link("/proc/\(try container.report().pid)/exe").contains("memfd:swrun"))
  }
}

@Suite(
  "a user with subordinate IDs", .enabled(if: geteuid() == 0 && OrdinaryUser.canHaveSubordinates),
  .enabled(if: File.exists("/etc/subuid") && File.exists("/etc/subgid")))
struct SubordinateIDTests {
  private let runtime = Runtime()
  private let user: OrdinaryUser

  init() throws { user = try OrdinaryUser(of: runtime, hasSubordinates: true) }

  @Test("newuidmap and newgidmap map them, and the container has several users and groups")
  func mapped() throws {
    let container = try runtime.container {
      $0.makeRootless()
      $0.mapSubordinates()
      $0.shell("cat /proc/self/uid_map /proc/self/setgroups; id")
      $0.changeProcess {
        $0.user = User(uid: 7, gid: 8)
        $0.user?.additionalGids = [9]
      }
    }
    let lines = try container.command("run", by: user).run().succeeds().lines
    #expect(
      lines.map { $0.split(separator: " ").joined(separator: " ") } == [
        "0 \(OrdinaryUser.id) 1", "1 \(OrdinaryUser.firstSubordinate) 60000", "allow", "uid=7 gid=8 groups=9",
      ])
  }

  @Test("his own files are out of reach of a container that he is not in")
  func subordinatesOnly() throws {
    let container = try runtime.container {
      $0.makeRootless()
      $0.changeLinux {
        $0.uidMappings = [IDMapping(containerID: 0, hostID: OrdinaryUser.firstSubordinate, size: 1000)]
        $0.gidMappings = $0.uidMappings
      }
      $0.bind(user.directory, "/tmp", "ro")
      $0.shell("id -u; ls /tmp || stat -c %u /tmp")
    }
    let outcome = try container.command("run", by: user).run().succeeds()
    #expect(outcome.lines == ["0", "65534"])
  }

  @Test("a range that he does not have is an error in newuidmap's words")
  func foreign() throws {
    let container = try runtime.container {
      $0.makeRootless()
      $0.mapSubordinates(from: 900_000)
    }
    try container.command("run", by: user).run().fails(
      saying: "config.json: /linux/uidMappings: /usr/bin/newuidmap exited with status 1", "not allowed",
      "/etc/subuid must allow user \(OrdinaryUser.id)")
    #expect(try container.status() == "gone")
  }
}
