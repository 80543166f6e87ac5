import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: runtime.md#lifecycle, runtime.md#operations
@Suite("lifecycle")
struct LifecycleTests {
  let runtime = Runtime()

  @Test("a container is created, started, killed and deleted")
  func wholeLife() throws {
    let container = try runtime.container { $0.shell("echo begun; exec sleep 1000") }
    let created = try container.create().succeeds()
    #expect(try container.status() == "created")
    #expect(created.output == "")
    try container.start().succeeds()
    #expect(try container.status() == "running")
    #expect(eventually { created.output == "begun\n" })
    try container.kill("TERM").succeeds()
    #expect(try container.status() == "running", "the first process of a pid namespace ignores SIGTERM")
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
    try container.delete().succeeds()
    #expect(try container.status() == "gone")
  }

  @Test("commands that succeed say nothing")
  func silence() throws {
    let container = try runtime.container { $0.wait() }
    let outcomes = try [
      container.create(), container.start(), container.kill("KILL"), container.delete("--force"),
    ]
    for outcome in outcomes {
      #expect(outcome.succeeds().output + outcome.errors == "")
    }
  }

  @Test("the program does not run before start")
  func notBeforeStart() throws {
    let container = try runtime.container { $0.run("touch", "/ran") }
    try container.create().succeeds()
    usleep(200_000)
    #expect(!File.exists(container.bundle.inside("ran")))
    try container.start().succeeds()
    try container.expect("stopped")
    #expect(File.exists(container.bundle.inside("ran")))
  }

  @Test("a running container cannot be started")
  func startTwice() throws {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    try container.start().fails(saying: container.id, "not created", "running")
    #expect(try container.status() == "running")
  }

  @Test("a stopped container cannot be started")
  func startStopped() throws {
    let container = try runtime.container()
    try container.createAndStart()
    try container.expect("stopped")
    try container.start().fails(saying: container.id, "not created", "stopped")
  }

  @Test("a container that was killed before its start cannot be started")
  func startKilled() throws {
    let container = try runtime.container()
    try container.create().succeeds()
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
    try container.start().fails(saying: "not created", "stopped")
    try container.delete().succeeds()
  }

  @Test("a stopped container cannot be killed, in the words that containerd looks for")
  func killStopped() throws {
    let container = try runtime.container()
    try container.createAndStart()
    try container.expect("stopped")
    try container.kill("TERM").fails(saying: "container not running")
    try container.kill("0").fails(saying: "container not running")
    try container.kill("KILL", "--all").fails(saying: "container not running")
  }

  @Test("a created container gets signals")
  func killCreated() throws {
    let container = try runtime.container()
    try container.create().succeeds()
    try container.kill("0").succeeds()
    #expect(try container.status() == "created")
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
  }

  @Test("a running container is not deleted without --force, and goes on")
  func deleteRunning() throws {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    let pid = try container.report().pid
    try container.delete().fails(saying: "cannot delete container", "not stopped")
    #expect(try container.status() == "running")
    #expect(try container.report().pid == pid)
    try container.delete("--force").succeeds()
    #expect(try container.status() == "gone")
    #expect(!isAlive(pid))
  }

  @Test("a created container is not deleted without --force, and can still be started")
  func deleteCreated() throws {
    let container = try runtime.container { $0.wait() }
    try container.create().succeeds()
    try container.delete().fails(saying: "not stopped", "created")
    try container.start().succeeds()
    #expect(try container.status() == "running")
  }

  @Test("a created container is deleted with --force")
  func forceDeleteCreated() throws {
    let container = try runtime.container()
    try container.create().succeeds()
    let pid = try container.report().pid
    try container.delete("-f").succeeds()
    #expect(try container.status() == "gone")
    #expect(!isAlive(pid))
  }

  @Test(
    "no command knows a container that is not there",
    arguments: ["state", "start", "kill", "delete", "pause", "resume", "ps", "update", "events"]
  )
  func unknown(_ command: String) throws {
    let outcome = try runtime.run(command, runtime.tag + "unknown")
    outcome.fails(saying: "container \(runtime.tag)unknown does not exist")
    #expect(outcome.output == "")
  }

  @Test("delete --force of a container that is not there succeeds")
  func forceDeleteUnknown() throws {
    try runtime.run("delete", "--force", runtime.tag + "unknown").succeeds()
  }

  @Test("a deleted container is unknown, and its ID is free again")
  func reuse() throws {
    let container = try runtime.container()
    for _ in 1...3 {
      try container.createAndStart()
      try container.expect("stopped")
      try container.delete().succeeds()
      try container.delete().fails(saying: "does not exist")
    }
  }

  @Test("an ID that is taken is refused, and its container is left alone")
  func duplicate() throws {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    let before = try container.report()
    try container.create().fails(saying: "container with given ID already exists")
    try container.run().fails(saying: "container with given ID already exists")
    #expect(try container.report() == before)
    #expect(isAlive(before.pid))
  }

  @Test(
    "an invalid ID is refused by every command",
    arguments: [
      "", ".", "..", "a/b", "../a", "a b", "ä", "a\nb", "a\u{1}", "$x", String(repeating: "x", count: 1025),
    ]
  )
  func invalidID(_ id: String) throws {
    let bundle = try runtime.container().bundle
    try runtime.run("create", "--bundle", bundle.path, "--", id).fails(saying: "ID")
    try runtime.run("run", "--bundle", bundle.path, "--", id).fails(saying: "ID")
    for command in ["state", "start", "kill", "delete", "pause", "resume", "ps", "update", "events"] {
      try runtime.run(command, "--", id).fails(saying: "ID")
    }
    #expect(File.names(in: runtime.root) == [])
  }

  @Test("letters, digits and _ + - . make an ID")
  func validID() throws {
    let bundle = try runtime.container().bundle
    let id = runtime.tag + "aZ09_+-.x"
    try runtime.run("create", "--bundle", bundle.path, id).succeeds()
    #expect(try runtime.listedIDs() == [id])
  }

  @Test("a container without a process can be created, but not started")
  func noProcess() throws {
    let container = try runtime.container { $0.process = nil }
    try container.create().succeeds()
    #expect(try container.status() == "created")
    try container.start().fails(saying: "/process")
    #expect(try container.status() == "created")
    try container.delete("--force").succeeds()
  }

  @Test("run of a container without a process fails and leaves nothing")
  func runWithoutProcess() throws {
    let container = try runtime.container { $0.process = nil }
    try container.run().fails(saying: "/process")
    #expect(try container.status() == "gone")
  }

  @Test("changes of config.json after create have no effect")
  func laterChanges() throws {
    let container = try runtime.container { $0.shell("echo first; hostname") }
    let created = try container.create().succeeds()
    container.bundle.config.shell("echo second; hostname")
    container.bundle.config.hostname = "other"
    try container.bundle.write()
    try container.start().succeeds()
    try container.expect("stopped")
    #expect(created.output == "first\ntesting\n")
    try container.bundle.write(json: "not JSON")
    try container.delete().succeeds()
  }

  @Test("kill --all reaches every process of a container that shares the host's pid namespace")
  func killAll() throws {
    let container = try runtime.container { config in
      config.shell("sleep 1000 & sleep 1000 & wait")
      config.changeLinux { $0.namespaces?.removeAll { $0.type == .pid } }
    }
    try container.createAndStart()
    let cgroup = CgroupHost.directory("pids", "/\(container.id)") + "/cgroup.procs"
    #expect(eventually { File.text(cgroup).split(separator: "\n").count == 3 })
    try container.kill("KILL", "--all").succeeds()
    #expect(eventually { File.text(cgroup).isEmpty })
    try container.expect("stopped")
  }

  @Test(
    "a signal is given by name, by short name or by number, in any case",
    arguments: ["USR1", "SIGUSR1", "usr1", "10"]
  )
  func signalNames(_ name: String) throws {
    let container = try runtime.container {
      $0.shell("trap 'exit 7' USR1; echo ready; while :; do sleep 0.01; done")
    }
    let running = try container.command("run").start()
    try #require(eventually { running.output == "ready\n" })
    try container.kill(name).succeeds()
    running.wait().ends(with: 7)
  }

  @Test("an unknown signal is refused", arguments: ["NOPE", "SIG", "-1", "65", "999999999999", ""])
  func unknownSignal(_ name: String) throws {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    try runtime.run("kill", "--", container.id, name).fails(saying: "signal")
    #expect(try container.status() == "running")
  }
}
