import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// What is left when CRIU is missing, fails or dies: the container as it was, or nothing.
@Suite("failures of checkpoint and restore", .enabled(if: CgroupHost.isUsable))
struct CheckpointFailureTests {
  let runtime = Runtime()

  private var images: String { runtime.directory + "/images" }

  private func running() throws -> Container {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    return container
  }

  private func command(_ name: String, _ id: String, criu: String?, _ options: [String] = []) -> Command {
    runtime.command(
      [name, "--image-path", images] + options + [id], global: criu.map { ["--criu", $0] } ?? [])
  }

  private func script(_ text: String) throws -> String {
    let path = runtime.directory + "/criu"
    try File.write("#!/bin/sh\n" + text, to: path, mode: 0o755)
    return path
  }

  @Test("without criu both say so")
  func missing() throws {
    let container = try running()
    try File.makeDirectory(images)
    var checkpoint = command("checkpoint", container.id, criu: nil)
    checkpoint.environment["PATH"] = "/nowhere"
    try checkpoint.run().fails(saying: "criu", "PATH is /nowhere")
    #expect(try container.status() == "running")
    var restore = command("restore", runtime.tag + "r", criu: nil, ["--bundle", container.bundle.path])
    restore.environment["PATH"] = "/nowhere"
    try restore.run().fails(saying: "criu", "PATH is /nowhere")
    try command("checkpoint", container.id, criu: "/no/criu").run().fails(saying: "--criu /no/criu")
    #expect(try runtime.listedIDs() == [container.id])
  }

  @Test(
    "a criu that fails leaves the container running",
    arguments: ["exit 1", "echo what a pity >&2; exit 3", "kill -9 $$", "exec sleep 0.1"])
  func falseProgram(text: String) throws {
    let container = try running()
    let criu = try script(text)
    let said = text.contains("pity") ? "what a pity" : "criu"
    try command("checkpoint", container.id, criu: criu).run().fails(saying: said)
    #expect(try container.status() == "running")
    let restored = runtime.tag + "r"
    container.bundle.config.changeLinux { $0.cgroupsPath = "/\(restored)" }
    try container.bundle.write()
    try command("restore", restored, criu: criu, ["--bundle", container.bundle.path]).run().fails(
      saying: said)
    #expect(Leftovers(tag: restored, stateDirectory: nil).isEmpty)
    #expect(try runtime.listedIDs() == [container.id])
  }

  @Test("images that are missing or damaged are told, and nothing is left")
  func damagedImages() throws {
    let container = try runtime.container { $0.wait() }
    let criu = Criu.program
    func restore() throws -> Outcome {
      try command("restore", container.id, criu: criu, ["-d", "--bundle", container.bundle.path]).run()
    }
    try restore().fails(saying: "--image-path", "no such file or directory")
    if criu == nil { return }
    try File.makeDirectory(images)
    try restore().fails(saying: "restore.log", images)
    for name in ["inventory.img", "pstree.img", "core-1.img"] {
      try File.write("garbage", to: images + "/" + name)
    }
    try restore().fails(saying: "restore.log")
    try File.write("{", to: images + "/descriptors.json")
    try restore().fails(saying: "descriptors.json")
    #expect(Leftovers(tag: container.id, stateDirectory: runtime.root).containers == [])
  }

  @Test("a hook that fails undoes restore", .enabled(if: Criu.program != nil))
  func failingHook() throws {
    let container = try running()
    try command("checkpoint", container.id, criu: Criu.program).run().succeeds()
    var hook = Hook(path: "/bin/sh")
    hook.args = ["sh", "-c", "echo no network; exit 1"]
    container.bundle.config.hooks = Hooks()
    container.bundle.config.hooks?.createRuntime = [hook]
    try container.bundle.write()
    try command("restore", container.id, criu: Criu.program, ["-d", "--bundle", container.bundle.path]).run()
      .fails(saying: "/hooks/createRuntime/0", "no network")
    #expect(eventually { Leftovers(tag: container.id, stateDirectory: runtime.root).isEmpty })
  }

  @Test(
    "a runtime that is killed leaves a container that runs, or nothing that cannot be deleted",
    .enabled(if: Criu.program != nil), arguments: [0, 5, 20, 50, 100, 200, 400])
  func killed(after milliseconds: UInt32) throws {
    let container = try running()
    let dump = try command("checkpoint", container.id, criu: Criu.program).start()
    usleep(milliseconds * 1000)
    dump.signal(SIGKILL)
    dump.wait()
    let status = try container.status()
    #expect(["running", "paused", "stopped", "gone"].contains(status))
    // CRIU notices that nobody listens, and undoes what it did.
    if status != "gone" {
      #expect(eventually { (try? container.status() != "paused") == true })
    }
    try container.remove()
    #expect(eventually { Leftovers(tag: runtime.tag, stateDirectory: runtime.root).isEmpty })
  }

  @Test(
    "a runtime that is killed while it restores leaves nothing that cannot be deleted",
    .enabled(if: Criu.program != nil), arguments: [0, 5, 20, 50, 100, 200, 400])
  func killedRestoring(after milliseconds: UInt32) throws {
    let container = try running()
    try command("checkpoint", container.id, criu: Criu.program).run().succeeds()
    let restore = try command(
      "restore", container.id, criu: Criu.program, ["-d", "--bundle", container.bundle.path]
    ).start()
    usleep(milliseconds * 1000)
    restore.signal(SIGKILL)
    restore.wait()
    #expect(
      eventually {
        (try? container.remove()) != nil
          && Leftovers(tag: runtime.tag, stateDirectory: runtime.root).isEmpty
      })
  }

  @Test(
    "a criu that is killed while it saves leaves no container that is frozen or cannot be deleted",
    .enabled(if: Criu.program != nil),
    arguments: ["0.02", "0.04", "0.06", "0.08", "0.1"])
  func killedCriu(after seconds: String) throws {
    let container = try running()
    // With its helpers: alone, they would wait for it for ever, and be no container's.
    let criu = try script("setsid \(Criu.program ?? "") \"$@\" &\nsleep \(seconds); kill -9 -$!; wait $!")
    let outcome = try command("checkpoint", container.id, criu: criu).run()
    // It may have been ready by then.
    if outcome.status == 0 {
      #expect(try container.status() == "gone")
    } else {
      outcome.fails(saying: "criu")
      // A process that had CRIU's code in it may not survive; none stands still.
      #expect(["running", "stopped"].contains(try container.status()))
    }
    try container.remove()
    #expect(eventually { Leftovers(tag: runtime.tag, stateDirectory: runtime.root).isEmpty })
  }

  @Test("a signal stops checkpoint, and the container goes on", .enabled(if: Criu.program != nil))
  func interrupted() throws {
    let container = try running()
    let begun = runtime.directory + "/begun"
    let criu = try script("touch \(begun); exec sleep 1")
    let dump = try command("checkpoint", container.id, criu: criu).start()
    try #require(eventually { File.exists(begun) })
    dump.signal(SIGTERM)
    dump.wait().fails(saying: "signal 15")
    #expect(try container.status() == "running")
  }

  @Test(
    "what explains a failure of criu is shown, and not what it says always", .enabled(if: Criu.program != nil)
  )
  func explanation() throws {
    let container = try running()
    let options = ["--leave-running", "--page-server", "127.0.0.1:1"]
    let outcome = try command("checkpoint", container.id, criu: Criu.program, options).run()
    outcome.fails(saying: "criu failed:\nCan't connect to server 127.0.0.1:1\n", "dump.log")
    for noise in ["rlimit", "detach", "FAILED", "tun"] {
      #expect(!outcome.errors.contains(noise), "\(outcome)")
    }
    #expect(try container.status() == "running")
  }

  @Test("options that cannot be are refused before anything is done")
  func options() throws {
    let container = try running()
    func fails(_ options: String..., saying text: String) throws {
      try runtime.command(["checkpoint"] + options + [container.id]).run().fails(saying: text)
    }
    try fails("--manage-cgroups-mode", "some", saying: "\"some\" is none of soft, full, strict, ignore")
    try fails("--empty-ns", "pid", saying: "\"pid\" is none of network")
    try fails("--page-server", "host", saying: "host")
    try fails("--image-path", images, "--parent-path", "/abs", saying: "relative")
    try fails("--image-path", images, "--parent-path", "../no", saying: "--parent-path")
    try fails("--image-path", images, "--status-fd", "77", saying: "--status-fd 77")
    try runtime.run("restore", "--lsm-mount-context").fails(
      saying: "flag needs an argument: --lsm-mount-context")
    try runtime.run("checkpoint", "--help").succeeds()
    #expect(try container.status() == "running")
  }
}
