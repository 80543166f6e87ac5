import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("exec", .enabled(if: CgroupHost.isUsable))
struct ExecTests {
  let runtime = Runtime()

  /// Waits until the init process is the only one again.
  private func expectAlone(_ container: Container, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let pid = try container.report().pid
    #expect(
      eventually(within: .seconds(5)) { CgroupHost.processes(of: container) == [pid] },
      "\(CgroupHost.processes(of: container)) are left", sourceLocation: sourceLocation)
  }

  @Test("a program runs in the container, and its output and status come back")
  func outputAndStatus() throws {
    let container = try runtime.runningContainer()
    let outcome = try container.execShell("hostname; echo bad >&2; exit 7").ends(with: 7)
    #expect(outcome.output == "testing\n")
    #expect(outcome.errors == "bad\n")
    try container.exec("true").succeeds()
    try expectAlone(container)
  }

  @Test("a program that a signal ends gives 128 and its number", arguments: [SIGKILL, SIGTERM, SIGSEGV])
  func signalled(_ signal: CInt) throws {
    let container = try runtime.runningContainer()
    try container.execShell("kill -\(signal) $$").ends(with: 128 + signal)
  }

  @Test("while the program runs, the host sees of the runtime what its caller gave")
  func commandLine() throws {
    let container = try runtime.runningContainer()
    var command = container.execCommand([], ["sh", "-c", "echo there; sleep 60"])
    command.environment["SWRUN_TEST_MARK"] = "kept"
    let running = try command.start()
    try #require(eventually { running.output.contains("there") })
    let words = try String(contentsOfFile: "/proc/\(running.pid)/cmdline", encoding: .utf8).split(
      separator: "\0")
    #expect(words.suffix(3) == ["sh", "-c", "echo there; sleep 60"])
    let variables = try String(contentsOfFile: "/proc/\(running.pid)/environ", encoding: .utf8)
    #expect(variables.split(separator: "\0").contains("SWRUN_TEST_MARK=kept"))
    running.signal(SIGTERM)
    #expect(running.wait().status == 128 + SIGTERM)
  }

  @Test("words behind the ID are the program's, whatever they look like")
  func words() throws {
    let container = try runtime.runningContainer()
    try container.bundle.addScript("bin/say", "#!/bin/sh\nfor w; do echo \"<$w>\"; done\n")
    let words = [
      "-la", "--all", "-b", "--bundle", "x", "-t", "--", "--help", "-e", "A=1", "--user=3", "", " ", "-",
    ]
    let expected = words.map { "<\($0)>\n" }.joined()
    #expect(try container.execCommand([], ["say"] + words).run().succeeds().output == expected)
    // Also where the usual reader gives up, and with one dash.
    #expect(try container.execCommand(["-user", "0"], ["say"] + words).run().succeeds().output == expected)
    #expect(
      try container.execCommand(["--no-subreaper"], ["say"] + words).run().succeeds().output == expected)
    #expect(try container.execCommand(["--"], ["say"] + words).run().succeeds().output == expected)
  }

  @Test(
    "a program that cannot be run gives 255 and says why",
    arguments: [
      ("nope", "exec: \"nope\": executable file not found in $PATH"),
      ("/nope", "exec: \"/nope\": no such file or directory"),
      ("/bin/sh/x", "exec: \"/bin/sh/x\": not a directory"),
      ("/etc/passwd", "exec: \"/etc/passwd\": permission denied"),
      ("/etc", "permission denied"),
      ("/script", "bad interpreter \"/bin/nope\": no such file or directory"),
      ("/empty", "exec format error"),
    ])
  func cannotRun(_ program: String, _ words: String) throws {
    let container = try runtime.runningContainer()
    try container.bundle.addScript("script", "#!/bin/nope\n")
    try container.bundle.addScript("empty", "")
    try container.exec(program).failsToExecute(saying: words)
    try container.exec(program, options: ["--detach"]).failsToExecute(saying: words)
    try expectAlone(container)
    #expect(try container.status() == "running")
  }

  @Test("without a container or a program there is nothing to run")
  func incomplete() throws {
    let container = try runtime.runningContainer()
    try runtime.run("exec").fails(saying: "container-id")
    try runtime.run("exec", "--bogus", container.id, "true").fails(saying: "--bogus")
    try runtime.run("exec", runtime.tag + "unknown", "true").failsToExecute(saying: "does not exist")
    try container.exec().failsToExecute(saying: "exec needs a program")
    try container.exec("").failsToExecute(saying: "/args/0")
  }

  @Test("signals reach the program", arguments: [SIGUSR1, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGWINCH])
  func forwarded(_ signal: CInt) throws {
    let container = try runtime.runningContainer()
    let line = "trap 'exit 9' \(signal); echo ready; while :; do sleep 0.01; done"
    let running = try container.execCommand([], ["sh", "-c", line]).start()
    try #require(eventually { running.output == "ready\n" })
    running.signal(signal)
    running.wait(timeout: .seconds(10)).ends(with: 9)
    try expectAlone(container)
  }

  @Test("standard input and its end reach the program")
  func input() throws {
    let container = try runtime.runningContainer()
    let pipe = try TestPipe()
    var command = container.execCommand([], ["sh", "-c", "cat; echo over"])
    command.input = .descriptor(pipe.reading)
    let running = try command.start()
    pipe.write("some words\n")
    try #require(eventually { running.output == "some words\n" })
    #expect(!running.hasEnded)
    pipe.closeWriting()
    #expect(running.wait(timeout: .seconds(10)).succeeds().output == "some words\nover\n")
  }

  @Test("a created container can be joined, and is started afterwards")
  func created() throws {
    let container = try runtime.container { $0.run("cat", "/made") }
    let created = try container.create().succeeds()
    try container.execShell("echo by exec > /made").succeeds()
    #expect(try container.status() == "created")
    try container.start().succeeds()
    #expect(eventually { created.output == "by exec\n" })
  }

  @Test("a stopped container cannot be joined")
  func stopped() throws {
    let container = try runtime.container()
    try container.createAndStart()
    try container.expect("stopped")
    try container.exec("true").failsToExecute(saying: "container not running", "stopped")
  }

  @Test("a container that is being created cannot be joined")
  func creating() throws {
    let container = try runtime.container { $0.hooks = hooks(.createRuntime, "touch hooked; sleep 1000") }
    let creating = try container.command("create").start()
    try #require(eventually { File.exists(container.bundle.path + "/hooked") })
    try container.exec("true").failsToExecute(saying: "container not running", "creating")
    creating.signal(SIGTERM)
    creating.wait().ends(with: 1)
  }

  @Test(
    "a paused container is joined only with --ignore-paused, and the program waits", arguments: [false, true])
  func paused(isCreated: Bool) throws {
    let container = try runtime.container { $0.wait() }
    try container.create().succeeds()
    if !isCreated { try container.start().succeeds() }
    try container.command("pause").run().succeeds()
    try container.exec("true").failsToExecute(saying: "paused", "--ignore-paused")
    let running = try container.execCommand(["--ignore-paused"], ["echo", "late"]).start()
    usleep(300_000)
    #expect(!running.hasEnded)
    #expect(running.output == "")
    try container.command("resume").run().succeeds()
    #expect(running.wait(timeout: .seconds(10)).succeeds().output == "late\n")
    try expectAlone(container)
  }

  @Test("an exec that waits for a paused container can be interrupted, and leaves nothing")
  func pausedAndInterrupted() throws {
    let container = try runtime.runningContainer()
    try container.command("pause").run().succeeds()
    let running = try container.execCommand(["--ignore-paused"], ["touch", "/ran"]).start()
    usleep(200_000)
    running.signal(SIGTERM)
    running.wait(timeout: .seconds(10)).failsToExecute(saying: "interrupted")
    try container.command("resume").run().succeeds()
    try expectAlone(container)
    #expect(!File.exists(container.bundle.inside("ran")))
  }

  @Test("the other commands work while programs run, and deleting the container ends them")
  func others() throws {
    let container = try runtime.runningContainer()
    let sleeping = try (1...2).map { _ in try container.execCommand([], ["sleep", "1000"]).start() }
    try #require(eventually { CgroupHost.processes(of: container).count == 3 })
    #expect(try container.exec("echo", "fine").succeeds().output == "fine\n")
    #expect(try container.status() == "running")
    try container.delete().fails(saying: "not stopped")
    try container.remove()
    for running in sleeping { running.wait(timeout: .seconds(10)).ends(with: 128 + SIGKILL) }
  }

  @Test("thirty programs at once all run")
  func many() throws {
    let container = try runtime.runningContainer()
    let all = try (1...30).map {
      try container.execCommand([], ["sh", "-c", "echo \($0); exit \($0)"]).start()
    }
    for (index, running) in all.enumerated() {
      #expect(running.wait().ends(with: Int32(index + 1)).output == "\(index + 1)\n")
    }
    try expectAlone(container)
  }

  @Test("--detach returns while the program runs, and the pid file names it")
  func detached() throws {
    let container = try runtime.runningContainer()
    let file = runtime.directory + "/pid"
    let options = ["--detach", "--pid-file", file]
    let outcome = try container.execShell("echo here; exec sleep 1000", options: options).succeeds()
    let pid = try #require(Int32(File.text(file)))
    #expect(CgroupHost.processes(of: container).sorted() == [try container.report().pid, pid].sorted())
    #expect(eventually { outcome.output == "here\n" })
    kill(pid, SIGKILL)
    try expectAlone(container)
  }

  @Test("a pid file that cannot be written leaves no process", arguments: [true, false])
  func badPidFile(isFull: Bool) throws {
    let container = try runtime.runningContainer()
    var path = runtime.directory + "/none/pid"
    if isFull {
      let disk = try runtime.mountTemporary("full", options: "size=4k")
      try File.write(String(repeating: "x", count: 4096), to: disk + "/filler")
      path = disk + "/pid"
    }
    for options in [["--pid-file", path], ["--detach", "--pid-file", path]] {
      try container.exec("touch", "/ran", options: options).failsToExecute(
        saying: "--pid-file", isFull ? "no space left on device" : "no such file or directory")
      try expectAlone(container)
    }
    #expect(!File.exists(container.bundle.inside("ran")))
    if isFull { #expect(File.names(in: runtime.directory + "/full") == ["filler"]) }
  }

  @Test("a container without a process in its configuration can be joined")
  func withoutProcess() throws {
    let container = try runtime.container { $0.process = nil }
    try container.create().succeeds()
    #expect(try container.exec("/bin/echo", "fine").succeeds().output == "fine\n")
  }

  @Test("what became of the bundle after create does not matter")
  func changedBundle() throws {
    let container = try runtime.runningContainer()
    try container.bundle.write(json: "{}")
    #expect(try container.exec("hostname").succeeds().output == "testing\n")
    unlink(container.bundle.path + "/config.json")
    let facts = try container.exec("probe").succeeds().facts
    #expect(facts["NoNewPrivs"] == "1")
    #expect(facts["CapBnd"] == "0000000020000420")
  }

  @Test("exec leaves nothing in the state directory")
  func nothingLeft() throws {
    let container = try runtime.runningContainer()
    let before = File.names(in: "\(runtime.root)/\(container.id)")
    try container.exec("true").succeeds()
    try container.exec("nope").failsToExecute(saying: "not found")
    #expect(File.names(in: "\(runtime.root)/\(container.id)") == before)
  }
}
