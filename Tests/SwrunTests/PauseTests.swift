import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("pause and resume", .enabled(if: CgroupHost.isUsable))
struct PauseTests {
  let runtime = Runtime()

  /// A container that counts in a file as long as it is not paused.
  private func counter() throws -> Container {
    try runtime.container { $0.shell("n=0; while :; do n=$((n+1)); echo $n > /count; sleep 0.01; done") }
  }

  private func count(_ container: Container) -> String { File.text(container.bundle.inside("count")) }

  private func isFrozen(_ container: Container) -> Bool { CgroupHost.isFrozen("/" + container.id) }

  @Test("a paused container stands still until it is resumed")
  func standsStill() throws {
    let container = try counter()
    try container.createAndStart()
    try #require(eventually { !count(container).isEmpty })
    let outcome = try container.command("pause").run().succeeds()
    #expect(outcome.output + outcome.errors == "")
    #expect(isFrozen(container))
    #expect(try container.status() == "paused")
    #expect(try runtime.run("list").output.contains("paused"))
    let before = count(container)
    usleep(200_000)
    #expect(count(container) == before)
    #expect(try container.command("resume").run().succeeds().output == "")
    #expect(!isFrozen(container))
    #expect(try container.status() == "running")
    #expect(eventually { count(container) != before })
  }

  @Test("a created container can be paused, and is not started meanwhile")
  func created() throws {
    let container = try runtime.container { $0.wait() }
    try container.create().succeeds()
    try container.command("pause").run().succeeds()
    #expect(try container.status() == "paused")
    try container.start().fails(saying: "paused")
    try container.command("resume").run().succeeds()
    #expect(try container.status() == "created")
    try container.start().succeeds()
    #expect(try container.status() == "running")
  }

  @Test("only what runs is paused, and only what is paused is resumed")
  func wrongState() throws {
    let container = try runtime.container { $0.wait() }
    try container.create().succeeds()
    try container.command("resume").run().fails(saying: "container not paused", "created")
    try container.start().succeeds()
    try container.command("resume").run().fails(saying: "container not paused", "running")
    try container.command("pause").run().succeeds()
    try container.command("pause").run().fails(saying: "container not running", "paused")
    #expect(try container.status() == "paused")
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
    try container.command("pause").run().fails(saying: "container not running", "stopped")
    try container.command("resume").run().fails(saying: "container not paused", "stopped")
    #expect(!isFrozen(container))
  }

  @Test("no container, no pause", arguments: ["pause", "resume"])
  func unknown(command: String) throws {
    try runtime.run(command, runtime.tag + "unknown").fails(saying: "does not exist")
    try runtime.run(command).fails(saying: "container-id")
    try runtime.run(command, "a", "b").fails(saying: "b")
  }

  @Test("SIGKILL ends a paused container", arguments: [[], ["--all"]])
  func killed(options: [String]) throws {
    let container = try counter()
    try container.createAndStart()
    try container.command("pause").run().succeeds()
    try runtime.command(["kill"] + options + [container.id, "KILL"]).run().succeeds()
    try container.expect("stopped")
    try container.delete().succeeds()
  }

  @Test("another signal waits for the end of the pause")
  func signalled() throws {
    let container = try runtime.container {
      $0.shell("trap 'exit 7' USR1; echo ready; while :; do sleep 0.01; done")
    }
    let running = try container.command("run").start()
    try #require(eventually { running.output == "ready\n" })
    try container.command("pause").run().succeeds()
    try container.kill("USR1").succeeds()
    usleep(100_000)
    #expect(try container.status() == "paused")
    #expect(!running.hasEnded)
    try container.command("resume").run().succeeds()
    running.wait().ends(with: 7)
  }

  @Test("a paused container is deleted by force only")
  func deleted() throws {
    let container = try counter()
    try container.createAndStart()
    try container.command("pause").run().succeeds()
    try container.delete().fails(saying: "not stopped", "paused")
    try container.delete("--force").succeeds()
    #expect(try container.status() == "gone")
  }

  @Test("processes in cgroups of the container's own stand still, too")
  func nested() throws {
    let container = try runtime.container { config in
      config.shell(
        """
        mkdir \(CgroupHost.inside("freezer"))/in && echo 0 > \(CgroupHost.inside("freezer"))/in/cgroup.procs
        n=0; while :; do n=$((n+1)); echo $n > /count; sleep 0.01; done
        """)
      config.keepAllCapabilities()
      config.mounts?.append(Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup"))
    }
    try container.createAndStart()
    try #require(eventually { !count(container).isEmpty })
    try container.command("pause").run().succeeds()
    let before = count(container)
    usleep(100_000)
    #expect(count(container) == before)
    try container.command("resume").run().succeeds()
    #expect(eventually { count(container) != before })
  }

  @Test("a pause that would stop the runtime, too, is refused")
  func sharedCgroup() throws {
    let path = "/\(runtime.tag)shared"
    let directory = CgroupHost.directory("freezer", path)
    mkdir(directory, 0o755)
    defer { rmdir(directory) }
    let container = try runtime.container { config in
      config.wait()
      config.changeLinux { $0.cgroupsPath = path }
    }
    try container.createAndStart()
    let program = "\(Runtime.program) --root \(runtime.root)"
    let line = "echo 0 > \(directory)/cgroup.procs; exec \(program) pause \(container.id)"
    try TestSupport.Command("sh", ["-c", line]).run(timeout: .seconds(10))
      .fails(saying: "the runtime itself is in the container's cgroup")
    #expect(try container.status() == "running")
    try container.command("pause").run().succeeds()
    try container.delete("--force").succeeds()
  }
}
