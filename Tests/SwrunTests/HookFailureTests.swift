import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: runtime.md#lifecycle, what happens when a hook fails
@Suite("hooks that fail")
struct HookFailureTests {
  let runtime = Runtime()

  /// A container whose poststop hook leaves a mark.
  private func container(_ kind: HookKind, _ lines: String..., timeout: Int? = nil) throws -> Container {
    try runtime.container { config in
      config.wait()
      var hooks = Hooks()
      hooks.add(kind, lines, timeout: timeout)
      hooks.add(.poststop, ["echo $(cat) > poststop"])
      config.hooks = hooks
    }
  }

  private func expectDestroyed(_ container: Container, sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    #expect(try container.status() == "gone", sourceLocation: sourceLocation)
    #expect(
      Leftovers(tag: container.id).cgroups + Leftovers(tag: container.id).processes.values == [],
      sourceLocation: sourceLocation)
    let poststop = File.text(container.bundle.path + "/poststop")
    #expect(
      poststop.contains("\"status\":\"stopped\""), "poststop did not run", sourceLocation: sourceLocation)
  }

  @Test(
    "a hook of create that fails ends the container: create fails, and poststop hooks run",
    arguments: [HookKind.prestart, .createRuntime, .createContainer]
  )
  func duringCreate(_ kind: HookKind) throws {
    for command in ["create", "run"] {
      let container = try container(kind, "echo what happened; echo and why >&2; exit 3", "touch later")
      let outcome = try container.command(command).run()
      outcome.fails(saying: "/hooks/\(kind)/0 (/bin/sh)", "status 3", "what happened", "and why")
      #expect(!File.exists(container.bundle.path + "/later"), "the next hook ran")
      try expectDestroyed(container)
      try FileManager.default.removeItem(atPath: container.bundle.path)
    }
  }

  @Test("a startContainer hook that fails ends the container, and its program never runs")
  func startContainer() throws {
    for viaRun in [false, true] {
      let container = try container(.startContainer, "echo what happened; exit 3")
      container.bundle.config.run("touch", "/ran")
      try container.bundle.write()
      if !viaRun { try container.create().succeeds() }
      let outcome = try container.command(viaRun ? "run" : "start").run()
      outcome.fails(saying: "/hooks/startContainer/0 (/bin/sh)", "status 3", "what happened")
      #expect(!File.exists(container.bundle.inside("ran")))
      try expectDestroyed(container)
      try FileManager.default.removeItem(atPath: container.bundle.path)
    }
  }

  @Test("a poststart hook that fails ends the container")
  func poststart() throws {
    for viaRun in [false, true] {
      let container = try container(.poststart, "exit 3")
      if !viaRun { try container.create().succeeds() }
      let outcome = try container.command(viaRun ? "run" : "start").run()
      outcome.fails(saying: "/hooks/poststart/0 (/bin/sh)", "status 3")
      try expectDestroyed(container)
      try FileManager.default.removeItem(atPath: container.bundle.path)
    }
  }

  @Test("a poststop hook that fails is a warning, and the next ones run", arguments: ["delete", "run"])
  func poststop(_ command: String) throws {
    let container = try runtime.container {
      $0.hooks = hooks(.poststop, "exit 3", "touch second; kill -9 $$", "touch third")
    }
    let log = runtime.directory + "/log"
    if command == "delete" {
      try container.createAndStart()
      try container.expect("stopped")
    }
    try container.command(command, global: ["--log", log]).run().succeeds()
    #expect(try container.status() == "gone")
    #expect(File.exists(container.bundle.path + "/second"))
    #expect(File.exists(container.bundle.path + "/third"))
    let warnings = File.text(log).split(separator: "\n")
    #expect(warnings.count == 2)
    #expect(warnings.allSatisfy { $0.contains("level=warning") && $0.contains("/hooks/poststop/") })
  }

  @Test(
    "a hook that does not end in time is killed with its children, and counts as failed",
    arguments: [HookKind.prestart, .createContainer, .startContainer, .poststart]
  )
  func timeout(_ kind: HookKind) throws {
    let inside = kind == .startContainer
    let container = try container(
      kind, "sleep 1000 & echo $! > \(inside ? "/" : "")children; wait", timeout: 1)
    let begin = ContinuousClock.now
    let outcome = try container.run(timeout: .seconds(20))
    outcome.fails(saying: "did not end within 1 s")
    #expect(ContinuousClock.now - begin > .seconds(1))
    if !inside, kind != .createContainer {
      let child = File.text(container.bundle.path + "/children").trimmingCharacters(in: .newlines)
      #expect(eventually { !isAlive(Int32(child) ?? 1) })
    }
    try expectDestroyed(container)
  }

  @Test("a poststop hook that does not end in time does not stop delete")
  func poststopTimeout() throws {
    let container = try container(.poststop, "sleep 1000", timeout: 1)
    try container.create().succeeds()
    try container.delete("--force").succeeds()
    #expect(File.exists(container.bundle.path + "/poststop"))
  }

  @Test(
    "a hook that cannot be run says so",
    arguments: [
      ("/nonesuch", "no such file or directory"), ("/etc/passwd", "permission denied"),
      ("/etc", "permission denied"),
    ])
  func cannotRun(_ path: String, _ words: String) throws {
    let container = try runtime.container { config in
      config.hooks = Hooks()
      config.hooks?.createRuntime = [Hook(path: path)]
    }
    try container.create().fails(saying: "/hooks/createRuntime/0 (\(path))", words)
  }

  @Test("a startContainer hook is looked for in the container")
  func startContainerPath() throws {
    let container = try runtime.container { config in
      config.hooks = Hooks()
      config.hooks?.startContainer = [Hook(path: "/only-inside")]
    }
    try container.bundle.addScript("only-inside", "#!/bin/sh\necho x > /hooked\n")
    try container.run().succeeds()
    #expect(File.exists(container.bundle.inside("hooked")))
  }

  @Test("an endless output of a hook is cut")
  func muchOutput() throws {
    let container = try runtime.container {
      $0.hooks = hooks(.createRuntime, "seq 100000; echo last words; exit 1")
    }
    let outcome = try container.create().fails(saying: "last words")
    #expect(outcome.errors.utf8.count < 8192)
  }

  @Test("a hook killed by a signal is told so")
  func killedHook() throws {
    let container = try runtime.container { $0.hooks = hooks(.createRuntime, "kill -SEGV $$") }
    try container.create().fails(saying: "killed by signal 11")
  }
}
