import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("ps", .enabled(if: CgroupHost.isUsable))
struct ProcessListTests {
  let runtime = Runtime()

  /// A container with a shell and two sleepers, which run.
  private func family() throws -> Container {
    let container = try runtime.container { $0.shell("sleep 1001 & sleep 1002 & wait") }
    try container.createAndStart()
    try #require(eventually { members(container).count == 3 })
    return container
  }

  private func members(_ container: Container) -> [Int32] {
    CgroupHost.read("cgroup.procs", of: container, controller: "freezer").split(separator: "\n")
      .compactMap { Int32($0) }.sorted()
  }

  private func ps(_ container: Container, _ options: String...) throws -> Outcome {
    try runtime.command(["ps", container.id] + options).run()
  }

  private func pids(_ container: Container) throws -> [Int32] {
    let outcome = try runtime.run("ps", "--format", "json", container.id).succeeds()
    #expect(outcome.errors == "")
    return try decode([Int32].self, from: outcome.output).sorted()
  }

  @Test("the pids as JSON, those of the host, however the format is given")
  func json() throws {
    let container = try family()
    #expect(try pids(container) == members(container))
    let pid = try container.report().pid
    #expect(try pids(container).contains(pid))
    let expected = try runtime.run("ps", "--format", "json", container.id).output
    for options in [["--format=json"], ["-f", "json"], ["-format", "json"], ["-f=json"]] {
      let outcome = try runtime.command(["ps"] + options + [container.id]).run().succeeds()
      #expect(outcome.output == expected)
    }
  }

  @Test("a table with the lines of the container's processes alone")
  func table() throws {
    let container = try family()
    let outcome = try ps(container).succeeds()
    #expect(outcome.errors == "")
    let lines = outcome.lines
    #expect(lines.count == 4)
    #expect(lines[0].hasPrefix("UID ") && lines[0].hasSuffix(" CMD"))
    let shown = lines.dropFirst().compactMap { Int32($0.split(separator: " ")[1]) }.sorted()
    #expect(shown == members(container))
    #expect(lines.contains { $0.hasSuffix("sleep 1001") })
  }

  @Test(
    "everything after the ID goes to ps",
    arguments: [
      ["-o", "pid,args"], ["-e", "-opid,args"], ["axo", "pid,args"], ["-eo", "pid", "-o", "args"],
    ])
  func options(options: [String]) throws {
    let container = try family()
    let options = options.contains("-o") && !options.contains("-eo") ? ["-e"] + options : options
    let outcome = try runtime.command(["ps", container.id] + options).run().succeeds()
    let header = try #require(outcome.lines.first)
    #expect(header.split(separator: " ") == ["PID", "COMMAND"])
    #expect(outcome.lines.count == 4)
    #expect(outcome.output.contains("sleep 1002"))
  }

  @Test("options of ps that are also the runtime's own are for ps", arguments: ["--version", "--help"])
  func likeOwn(option: String) throws {
    let container = try family()
    let said = try TestSupport.Command("ps", [option]).run()
    try #require(said.status == 0)
    // No table, and so no PID.
    try ps(container, option).fails(saying: "no column PID")
  }

  @Test("options that hide the pid, or that ps refuses, are errors")
  func wrongOptions() throws {
    let container = try family()
    try ps(container, "-e", "-o", "args").fails(saying: "ps shows no column PID")
    try ps(container, "--nonsense").fails(saying: "/ps exited with status 1: error: unknown gnu long option")
    try ps(container, "-e", "-o", "args,pid").fails(saying: "no number in the column PID")
    try runtime.run("ps", "--format", "xml", container.id).fails(saying: "xml")
    try runtime.run("ps").fails(saying: "container-id")
  }

  @Test("processes of nested cgroups and of a created and a paused container are there")
  func states() throws {
    let container = try runtime.container { config in
      let nested = CgroupHost.inside("freezer") + "/in"
      config.shell("mkdir \(nested) && echo 0 > \(nested)/cgroup.procs; echo in; exec sleep 1000")
      config.keepAllCapabilities()
      config.mounts?.append(Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup"))
    }
    let created = try container.create().succeeds()
    let pid = try container.report().pid
    #expect(try pids(container) == [pid])
    try container.start().succeeds()
    try #require(eventually { created.output == "in\n" })
    #expect(members(container).isEmpty)
    #expect(try pids(container) == [pid])
    try container.command("pause").run().succeeds()
    #expect(try pids(container) == [pid])
    #expect(try ps(container).succeeds().lines.count == 2)
  }

  @Test("a stopped container has none, and an unknown one is an error")
  func stopped() throws {
    let container = try runtime.container()
    try container.createAndStart()
    try container.expect("stopped")
    #expect(try runtime.run("ps", "-f", "json", container.id).succeeds().output == "[]\n")
    #expect(try ps(container).succeeds().lines.count == 1)
    try runtime.run("ps", runtime.tag + "unknown").fails(saying: "does not exist")
  }

  @Test("without a ps on the PATH there is still JSON")
  func noProgram() throws {
    let container = try family()
    var command = runtime.command(["ps", container.id])
    command.environment = ["PATH": runtime.directory]
    try command.run().fails(saying: "there is no ps in $PATH")
    command = runtime.command(["ps", "-f", "json", container.id])
    command.environment = ["PATH": runtime.directory]
    try command.run().succeeds()
  }
}
