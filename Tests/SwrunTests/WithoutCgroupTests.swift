import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// `--cgroup-manager=disabled`
@Suite("containers without cgroups")
struct WithoutCgroupTests {
  let runtime = Runtime()
  private let global = ["--cgroup-manager=disabled"]

  private func container(_ name: String = "c", _ configure: (inout Config) -> Void) throws -> Container {
    try runtime.container(name) { config in
      config.changeLinux { $0.resources = nil }
      configure(&config)
    }
  }

  @Test("a container stays in the caller's cgroups, and none is made")
  func staysWhereItIs() throws {
    let container = try container { $0.wait() }
    try container.command("create", global: global).run().succeeds()
    try container.start().succeeds()
    let pid = try container.report().pid
    #expect(File.text("/proc/\(pid)/cgroup") == File.text("/proc/self/cgroup"))
    #expect(Leftovers(tag: container.id).cgroups == [])
    #expect(try container.status() == "running")
    try container.kill("KILL", "--all").succeeds()
    try container.expect("stopped")
    try container.delete().succeeds()
  }

  @Test("its view of cgroups is empty")
  func view() throws {
    let container = try container { $0.shell("ls -A /sys/fs/cgroup; echo done") }
    #expect(try container.command("run", global: global).run().succeeds().output == "done\n")
  }

  @Test("a limit is refused, and empty resources are none")
  func limits() throws {
    let limited = try runtime.container("limited") { config in
      config.changeLinux {
        $0.resources = Resources()
        $0.resources?.pids = PidsResources(limit: 10)
      }
    }
    try limited.command("run", global: global).run()
      .fails(saying: "config.json: /linux/resources: no limit can be set with --cgroup-manager=disabled")
    #expect(try limited.status() == "gone")
    let empty = try runtime.container("empty") { config in
      config.changeLinux {
        $0.resources = Resources()
        $0.resources?.memory = MemoryResources()
        $0.resources?.devices = []
      }
    }
    try empty.command("run", global: global).run().succeeds()
  }

  @Test("kill --all with a signal that not all would get is refused")
  func killAll() throws {
    let container = try container { $0.wait() }
    try container.command("create", global: global).run().succeeds()
    try container.kill("TERM", "--all").fails(saying: "--all needs cgroups")
    try container.kill("TERM").succeeds()
  }

  @Test(
    "what works by cgroups says that there are none",
    arguments: [
      ["pause"], ["update", "--memory", "64m"], ["events", "--stats"],
    ])
  func commands(command: [String]) throws {
    let container = try container { $0.wait() }
    try container.command("create", global: global).run().succeeds()
    try runtime.command(command + [container.id]).run().fails(saying: "the container has no cgroups")
  }

  @Test("ps finds the processes by the pid namespace, and says if there is none")
  func processes() throws {
    let container = try container { $0.wait() }
    try container.command("run", ["--detach"], global: global).run().succeeds()
    try container.execCommand(["--detach"], ["sleep", "999"], global: global).run().succeeds()
    let lines = try runtime.run("ps", container.id).succeeds().lines
    #expect(lines.count == 3 && lines[1].contains("sleep 1000") && lines[2].contains("sleep 999"))
    try container.remove()
    let other = try self.container("other") {
      $0.wait()
      $0.removeNamespace(.pid)
    }
    try other.command("create", global: global).run().succeeds()
    try runtime.run("ps", other.id).fails(saying: "neither cgroups nor a pid namespace")
  }

  @Test("exec --cgroup in a container without cgroups is an error")
  func execCgroup() throws {
    let container = try container { $0.wait() }
    try container.command("run", ["-d"], global: ["--cgroup-manager=disabled"]).run().succeeds()
    try container.exec("true", options: ["--cgroup", "pids:x"]).failsToExecute(saying: "--cgroup \"pids:x\"")
  }
}
