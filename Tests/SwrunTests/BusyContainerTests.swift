import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Commands on a container that another command is at work on, perhaps for ever.
@Suite("a container in use")
struct BusyContainerTests {
  let runtime = Runtime()
  private static let kinds: [HookKind] = [
    .prestart, .createRuntime, .createContainer, .startContainer, .poststart,
  ]

  /// A container with a hook that hangs, and the command that hangs with it.
  private func busy(_ kind: HookKind) throws -> (Container, Running) {
    let container = try runtime.container { config in
      config.wait()
      // In the container its root is the only place to leave a mark.
      let mark = kind == .startContainer ? "/hooked" : "rootfs/hooked"
      config.hooks = hooks(kind, "echo > \(mark); sleep 1000")
      config.hooks?.add(.poststop, ["echo > stopped"])
    }
    let isCreate = [.prestart, .createRuntime, .createContainer].contains(kind)
    if !isCreate { try container.create().succeeds() }
    let holder = try container.command(isCreate ? "create" : "start").start()
    try #require(eventually { File.exists(container.bundle.inside("hooked")) }, "\(kind) did not run")
    return (container, holder)
  }

  private func expectRefused(
    _ command: Command, by holder: Running, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let begin = ContinuousClock.now
    let outcome = try command.run(timeout: .seconds(20))
    outcome.fails(
      saying: "is in use", "process \(holder.pid)", "delete --force", sourceLocation: sourceLocation)
    let duration = ContinuousClock.now - begin
    #expect(duration > .seconds(1) && duration < .seconds(6), "\(duration)", sourceLocation: sourceLocation)
  }

  @Test("commands that want it are refused after a while, and told who has it", arguments: kinds)
  func refused(_ kind: HookKind) throws {
    let (container, holder) = try busy(kind)
    for name in ["delete", "start"] { try expectRefused(container.command(name), by: holder) }
    #expect(!holder.hasEnded)
    try container.remove()
    holder.wait(timeout: .seconds(10))
  }

  @Test("delete --force interrupts who has it, and removes everything", arguments: kinds)
  func forced(_ kind: HookKind) throws {
    let (container, holder) = try busy(kind)
    let begin = ContinuousClock.now
    try container.command("delete", ["--force"]).run(timeout: .seconds(30)).succeeds()
    #expect(ContinuousClock.now - begin < .seconds(15))
    let outcome = holder.wait(timeout: .seconds(5))
    #expect(outcome.isPunctual && outcome.status != 0, "\(outcome)")
    #expect(try container.status() == "gone")
    var leftovers = Leftovers(tag: container.id, stateDirectory: runtime.root)
    eventually(within: .seconds(5)) {
      leftovers = Leftovers(tag: container.id, stateDirectory: runtime.root)
      return leftovers.isEmpty
    }
    #expect(leftovers.isEmpty, "\(leftovers)")
    // The hook, too; its shell's child has no name of the container but is in its bundle.
    #expect(leftovers.processes.isEmpty)
    try container.bundle.write()
  }

  @Test("delete --force interrupts run, too", arguments: kinds)
  func forcedRun(_ kind: HookKind) throws {
    let container = try runtime.container { config in
      config.wait()
      config.hooks = hooks(
        kind, "echo > \(kind == .startContainer ? "/hooked" : "rootfs/hooked"); sleep 1000")
    }
    let holder = try container.command("run").start()
    try #require(eventually { File.exists(container.bundle.inside("hooked")) }, "\(kind) did not run")
    try container.command("delete", ["--force"]).run(timeout: .seconds(30)).succeeds()
    let outcome = holder.wait(timeout: .seconds(5))
    #expect(outcome.isPunctual && outcome.status != 0, "\(outcome)")
    #expect(eventually { Leftovers(tag: container.id, stateDirectory: runtime.root).isEmpty })
  }

  @Test(
    "delete --force lets a delete finish whose poststop hook takes seconds",
    arguments: ["delete", "force", "run"])
  func poststop(_ holding: String) throws {
    let container = try runtime.container { config in
      config.hooks = hooks(.poststop, "echo > begun; sleep 4; echo x >> ended")
    }
    if holding != "run" {
      try container.createAndStart()
      try container.expect("stopped")
    }
    let command = holding == "run" ? "run" : "delete"
    let holder = try container.command(command, holding == "force" ? ["--force"] : []).start()
    try #require(eventually { File.exists(container.bundle.path + "/begun") })
    let begin = ContinuousClock.now
    try container.command("delete", ["--force"]).run(timeout: .seconds(30)).succeeds()
    #expect(ContinuousClock.now - begin > .seconds(2))
    holder.wait(timeout: .seconds(5)).succeeds()
    #expect(File.text(container.bundle.path + "/ended") == "x\n")
    #expect(Leftovers(tag: container.id, stateDirectory: runtime.root).isEmpty)
  }

  @Test(
    "during the hooks of create there is nothing to signal", arguments: [HookKind.prestart, .createContainer])
  func killWhileCreating(_ kind: HookKind) throws {
    let (container, holder) = try busy(kind)
    let begin = ContinuousClock.now
    try container.kill("KILL").fails(saying: "container not running", "creating")
    #expect(try container.status() == "creating")
    #expect(ContinuousClock.now - begin < .seconds(2), "neither waits for the lock")
    #expect(!holder.hasEnded)
    try container.remove()
    holder.wait(timeout: .seconds(10))
  }

  @Test(
    "a container whose hook of start hangs can be killed, which ends start",
    arguments: [HookKind.startContainer])
  func killWhileStarting(_ kind: HookKind) throws {
    let (container, holder) = try busy(kind)
    try container.kill("KILL").succeeds()
    #expect(holder.wait(timeout: .seconds(10)).fails(saying: "start").isPunctual)
    try container.expect("stopped")
  }

  @Test(
    "start of a created container whose cgroup is frozen is refused at once",
    .enabled(if: CgroupHost.isUsable))
  func frozen() throws {
    let container = try runtime.container { $0.wait() }
    try container.create().succeeds()
    try CgroupHost.freeze("/" + container.id)
    let begin = ContinuousClock.now
    try container.start().fails(saying: "cannot start")
    #expect(ContinuousClock.now - begin < .seconds(1))
    try CgroupHost.freeze("/" + container.id, false)
    try container.start().succeeds()
  }
}
