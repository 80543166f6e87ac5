import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("run")
struct RunTests {
  let runtime = Runtime()

  @Test("run returns the program's exit status", arguments: [0, 1, 2, 42, 126, 127, 128, 137, 255])
  func exitStatus(_ status: Int32) throws {
    let container = try runtime.container { $0.shell("exit \(status)") }
    try container.run().ends(with: status)
    #expect(try container.status() == "gone")
  }

  @Test("run returns 128 + n when signal n ends the program", arguments: [1, 2, 6, 9, 11, 15])
  func endedBySignal(_ number: Int32) throws {
    let container = try runtime.container { config in
      // The first process of a pid namespace cannot kill itself.
      config.shell("kill -\(number) $$; sleep 5")
      config.changeLinux { $0.namespaces?.removeAll { $0.type == .pid } }
    }
    try container.run().ends(with: 128 + number)
  }

  @Test("standard input, output and error are the caller's pipes")
  func streams() throws {
    let container = try runtime.container { $0.shell("tr a-z A-Z; echo problem >&2") }
    let (input, output) = (try TestPipe(), try TestPipe())
    var command = container.command("run")
    command.input = .descriptor(input.reading)
    command.output = .descriptor(output.writing)
    let running = try command.start()
    output.closeWriting()
    input.write("hello\n")
    input.closeWriting()
    #expect(output.readAll() == "HELLO\n")
    #expect(running.wait().succeeds().errors == "problem\n")
  }

  @Test("a long stream through pipes arrives whole")
  func longStream() throws {
    let container = try runtime.container { $0.shell("dd if=/dev/zero bs=65536 count=160 2>/dev/null") }
    let output = try TestPipe()
    var command = container.command("run")
    command.output = .descriptor(output.writing)
    let running = try command.start()
    output.closeWriting()
    #expect(output.readAll().utf8.count == 160 * 65536)
    running.wait().succeeds()
  }

  @Test(
    "run passes signals on",
    arguments: [("HUP", SIGHUP), ("TERM", SIGTERM), ("USR1", SIGUSR1), ("INT", SIGINT), ("WINCH", SIGWINCH)]
  )
  func forwardedSignals(_ name: String, _ number: Int32) throws {
    let container = try runtime.container {
      $0.shell("trap 'echo got \(name); exit 7' \(name); echo ready; while :; do sleep 0.01; done")
    }
    let running = try container.command("run").start()
    try #require(eventually { running.output == "ready\n" })
    running.signal(number)
    running.wait(timeout: .seconds(10)).ends(with: 7)
    #expect(running.output == "ready\ngot \(name)\n")
  }

  @Test("run --detach returns while the program runs")
  func detach() throws {
    let container = try runtime.container { $0.shell("echo begun; exec sleep 1000") }
    let outcome = try container.run("--detach").succeeds()
    #expect(try container.status() == "running")
    #expect(eventually { outcome.output == "begun\n" })
    try container.start().fails(saying: "not created")
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
    try container.delete().succeeds()
  }

  @Test("run --detach keeps no descriptor of the caller's open")
  func detachedDescriptors() throws {
    let container = try runtime.container { $0.wait() }
    let pipe = try TestPipe()
    var command = container.command("run", ["--detach"])
    command.descriptors = [7: pipe.writing]
    try command.run().succeeds()
    pipe.closeWriting()
    #expect(pipe.readAll(within: .seconds(5)) == "")
    #expect(canBeRead(pipe.reading, within: .zero), "somebody still holds the pipe's other end")
    let pid = try container.report().pid
    #expect(File.names(in: "/proc/\(pid)/fd") == ["0", "1", "2"])
  }

  @Test("run --keep leaves the stopped container for delete")
  func keep() throws {
    let container = try runtime.container { $0.shell("exit 5") }
    try container.run("--keep").ends(with: 5)
    #expect(try container.status() == "stopped")
    try container.delete().succeeds()
  }

  @Test("others see and signal a container while run waits for it")
  func othersMeanwhile() throws {
    let container = try runtime.container { $0.wait() }
    let running = try container.command("run").start()
    try container.expect("running")
    try container.delete().fails(saying: "not stopped")
    try runtime.command(["kill", container.id, "KILL"]).run(timeout: .seconds(10)).succeeds()
    running.wait(timeout: .seconds(10)).ends(with: 137)
    #expect(try container.status() == "gone")
  }

  @Test("a container may be deleted while run waits for it")
  func deletedMeanwhile() throws {
    let container = try runtime.container { $0.wait() }
    let running = try container.command("run").start()
    try container.expect("running")
    try runtime.command(["delete", "--force", container.id]).run(timeout: .seconds(10)).succeeds()
    let outcome = running.wait(timeout: .seconds(10)).ends(with: 137)
    #expect(outcome.errors == "")
  }

  @Test("run leaves processes that outlive the first one's pid namespace nowhere")
  func orphans() throws {
    let container = try runtime.container { config in
      config.shell("(sleep 1000 &) ; echo done")
      config.changeLinux { $0.namespaces?.removeAll { $0.type == .pid } }
    }
    let outcome = try container.run(timeout: .seconds(20)).succeeds()
    #expect(outcome.output == "done\n")
  }

  @Test(
    "run reaps orphans unless --no-subreaper, also with a single dash",
    arguments: ["", "--no-subreaper", "-no-subreaper"]
  )
  func subreaper(_ option: String) throws {
    let container = try runtime.container { config in
      config.shell("(sh -c 'sleep 0.2; grep PPid /proc/$$/status' &); sleep 0.5")
      config.changeLinux { $0.namespaces?.removeAll { $0.type == .pid } }
    }
    let running = try container.command("run", option.isEmpty ? [] : [option]).start()
    running.wait(timeout: .seconds(20)).succeeds()
    let parent = running.output.split(separator: "\t").last.map { $0.trimmingCharacters(in: .newlines) }
    #expect((parent == "\(running.pid)") == option.isEmpty, "\(running.output)")
  }

  @Test("a program that cannot be run makes run fail and leaves nothing")
  func failure() throws {
    let container = try runtime.container { $0.run("no-such-program") }
    try container.run().fails(saying: "executable file not found in $PATH")
    #expect(try container.status() == "gone")
  }

  @Test("a runtime that is killed takes the container that it has not finished with it")
  func killedDuringCreate() throws {
    let container = try runtime.container { $0.hooks = hooks(.createContainer, "sleep 3") }
    let running = try container.command("run").start()
    try container.expect("creating")
    usleep(50_000)
    running.signal(SIGKILL)
    running.wait()
    try container.expect("stopped")
    try container.delete("--force").succeeds()
  }
}
