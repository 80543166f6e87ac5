import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// `checkpoint` and `restore` of containers of the test.
@Suite(
  "checkpoint and restore",
  .enabled(
    if: Criu.program != nil && CgroupHost.isUsable, "no criu works here: run scripts/criu .build/criu"),
  .serialized)
struct CheckpointTests: CheckpointSuite {
  let runtime = Runtime()

  @Test("a counter goes on from where it was")
  func goesOn() throws {
    let container = try counter()
    try start(container)
    let outcome = try checkpoint(container).succeeds()
    #expect(outcome.output + outcome.errors == "")
    #expect(try container.status() == "gone")
    #expect(Leftovers(tag: container.id, stateDirectory: runtime.root).containers == [])
    let saved = count(container)
    usleep(100_000)
    #expect(count(container) == saved)

    let pidFile = runtime.directory + "/pid"
    try restore(container, "--pid-file", pidFile).succeeds()
    let report = try container.report()
    #expect(report.status == "running")
    #expect(File.text(pidFile) == "\(report.pid)")
    #expect(eventually { count(container) > saved })
    #expect(count(container) < saved + 1000, "it did not begin again: \(count(container)) after \(saved)")
    #expect(CgroupHost.read("cgroup.procs", of: container, controller: "freezer").contains("\(report.pid)"))
    try runtime.run("exec", container.id, "cat", "/proc/1/comm").succeeds()
    try container.kill().succeeds()
    try container.expect("stopped")
    try container.delete().succeeds()
  }

  @Test("with --leave-running it goes on at once, and can be saved again")
  func leavesRunning() throws {
    let container = try counter()
    try start(container)
    let pid = try container.report().pid
    let work = runtime.directory + "/work"
    for _ in 1...2 {
      let saved = count(container)
      try checkpoint(container, "--leave-running", "--leave-running", "--work-path", work).succeeds()
      #expect(try container.report().pid == pid)
      #expect(try container.status() == "running")
      #expect(eventually { count(container) > saved })
    }
    #expect(File.exists(work + "/dump.log"))
    #expect(!File.exists(images + "/dump.log"))
    #expect(File.exists(images + "/descriptors.json"))
  }

  @Test("it is restored under another name, beside the one that was saved")
  func otherName() throws {
    // In a file of the container's own: the first one goes on changing what both have.
    let container = try runtime.container {
      $0.shell("n=0; while :; do n=$((n+1)); echo $n > /dev/shm/count; sleep 0.01; done")
    }
    try container.createAndStart()
    usleep(200_000)
    try checkpoint(container, "--leave-running").succeeds()
    container.bundle.config.changeLinux { $0.cgroupsPath = "/\(runtime.tag)other" }
    try container.bundle.write()
    let other = runtime.tag + "other"
    try restore(container, as: other).succeeds()
    let states = try [container.id, other].map { try runtime.run("state", $0).succeeds().output }
    #expect(states.allSatisfy { $0.contains("\"status\": \"running\"") })
    #expect(File.text(CgroupHost.directory("freezer", "/\(other)") + "/cgroup.procs") != "")
    try runtime.run("kill", other, "KILL").succeeds()
    #expect(eventually { (try? runtime.run("state", other).output.contains("stopped")) == true })
    try runtime.run("delete", other).succeeds()
    #expect(try container.status() == "running")
  }

  @Test("restore without --detach waits, returns the exit status and deletes the container")
  func attended() throws {
    let container = try runtime.container {
      $0.shell("until [ -e /go ]; do sleep 0.01; done; echo bye; exit 7")
    }
    try container.createAndStart()
    try checkpoint(container).succeeds()
    try File.write("", to: container.bundle.inside("go"))
    let output = try TestPipe()
    var restore = command("restore", container.id, ["--bundle", container.bundle.path, "-no-subreaper"])
    restore.output = .descriptor(output.writing)
    try restore.run().ends(with: 7)
    #expect(try container.status() == "gone")
  }

  @Test("an open connection in a network namespace of its own goes on", arguments: [true, false])
  func connection(isAllowed: Bool) throws {
    let container = try runtime.container {
      $0.shell(
        """
        nc -l -p 4000 -e sh -c 'while read x; do echo $x; done' &
        sleep 0.3
        (n=0; while :; do n=$((n+1)); echo $n; sleep 0.05; done) | nc 127.0.0.1 4000 | \
          while read n; do echo $n > /count; done
        """)
    }
    try start(container)
    guard isAllowed else {
      let saved = count(container)
      try checkpoint(container).fails(saying: "tcp", "dump.log")
      #expect(try container.status() == "running")
      #expect(eventually { count(container) > saved })
      return
    }
    try checkpoint(container, "--tcp-established").succeeds()
    let saved = count(container)
    try restore(container, "--tcp-established").succeeds()
    #expect(eventually { count(container) > saved + 3 })
  }

  @Test("a container with a user namespace is restored with its devices")
  func userNamespace() throws {
    let container = try runtime.container(rootfs: .busybox) {
      $0.useUserNamespace()
      $0.shell(
        "n=0; while :; do n=$((n+1)); echo $n > /dev/shm/count; head -c 1 /dev/zero > /dev/null; sleep 0.01; done"
      )
    }
    var create = container.command("create")
    // A file in memory would be saved, and belong to a user that is not there.
    (create.output, create.errors) = (.null, .null)
    try create.run().succeeds()
    try container.start().succeeds()
    usleep(300_000)
    try checkpoint(container).succeeds()
    try restore(container).succeeds()
    let map = File.text("/proc/\(try container.report().pid)/uid_map").split(separator: " ")
    #expect(map.first == "0" && map.dropFirst().first == "100000")
    try runtime.run("exec", container.id, "cat", "/dev/shm/count").succeeds()
  }

  @Test("limits, seccomp, capabilities and no_new_privs are those of before")
  func rights() throws {
    let container = try counter {
      $0.changeLinux {
        $0.resources?.memory = MemoryResources()
        $0.resources?.memory?.limit = 64 << 20
        var seccomp = Seccomp(defaultAction: .allow)
        seccomp.syscalls = [SeccompRule(names: ["chmod", "fchmodat"], action: .errno)]
        $0.seccomp = seccomp
      }
    }
    try start(container)
    func rights() throws -> [Substring] {
      let names = ["Cap", "NoNewPrivs", "Seccomp", "Uid", "Gid"]
      return File.text("/proc/\(try container.report().pid)/status").split(separator: "\n")
        .filter { line in names.contains { line.hasPrefix($0) } }
    }
    let before = try rights()
    #expect(before.contains("Seccomp:\t2"))
    try checkpoint(container).succeeds()
    try restore(container).succeeds()
    #expect(try rights() == before)
    #expect(
      CgroupHost.read(CgroupHost.isV2 ? "memory.max" : "memory.limit_in_bytes", of: container)
        == "\(64 << 20)")
    try runtime.run("exec", container.id, "chmod", "700", "/tmp").ends(with: 1)
  }

  @Test("a paused container can be saved")
  func paused() throws {
    let container = try counter()
    try start(container)
    try container.command("pause").run().succeeds()
    let saved = count(container)
    try checkpoint(container).succeeds()
    #expect(try container.status() == "gone")
    try restore(container).succeeds()
    #expect(try container.status() == "running")
    #expect(eventually { count(container) > saved })
  }

  @Test("hooks of the network run for a restored container, and hooks of its end")
  func hooks() throws {
    let record = runtime.directory + "/hooks"
    func hook(_ name: String) -> Hook {
      var hook = Hook(path: "/bin/sh")
      hook.args = ["sh", "-c", "echo \(name) $(cat) >> \(record)"]
      return hook
    }
    let container = try counter {
      var hooks = Hooks()
      hooks.prestart = [hook("prestart")]
      hooks.createRuntime = [hook("createRuntime")]
      hooks.createContainer = [hook("createContainer")]
      hooks.poststart = [hook("poststart")]
      hooks.poststop = [hook("poststop")]
      $0.hooks = hooks
    }
    try start(container)
    try checkpoint(container).succeeds()
    func names() -> [String] {
      File.text(record).split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    }
    #expect(names().last == "poststop")
    unlink(record)
    try restore(container).succeeds()
    #expect(names() == ["prestart", "createRuntime"])
    #expect(File.text(record).contains("\"pid\":\(try container.report().pid)"))
  }

  @Test("only a container that runs is saved")
  func states() throws {
    try runtime.run("checkpoint", runtime.tag + "none").fails(saying: "does not exist")
    let container = try runtime.container { $0.wait() }
    try container.create().succeeds()
    try checkpoint(container).fails(saying: "container not running", "created")
    try container.start().succeeds()
    try container.kill().succeeds()
    try container.expect("stopped")
    try checkpoint(container).fails(saying: "container not running", "stopped")
    #expect(!File.exists(images))
  }

  @Test("an existing container is not restored over")
  func exists() throws {
    let container = try counter()
    try start(container)
    try checkpoint(container, "--leave-running").succeeds()
    try restore(container).fails(saying: "already exists")
    #expect(try container.status() == "running")
  }
}
