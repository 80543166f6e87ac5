import Foundation
import TestSupport
import Testing

/// `run --in-place`
@Suite("run in place")
struct InPlaceRunTests {
  let box: Box

  init() throws {
    box = try Box()
    try box.makeTree()
  }

  private func command(_ name: String, _ options: [String], _ script: String) -> Command {
    box.command(
      ["run", "--rootfs", "tree", "--in-place", "--name", name] + options
        + ["--", "/bin/busybox", "sh", "-c", script])
  }

  @Test func `the process is the command, and the next of its name takes the place of what it left`() throws {
    for _ in 0..<3 {
      let running = try command("web", [], "echo $$ $PPID; exec busybox sleep 1000").start()
      #expect(eventually { running.output.contains("\n") || running.hasEnded }, "\(running.errors)")
      #expect(running.output == "\(running.pid) \(getpid())\n")
      let list = try box.run("ps", "--format", "json").output
      #expect(list.contains("\"status\": \"running\"") && list.contains("\"pid\": \(running.pid)"), "\(list)")
      let second = try command("web", [], "true").run()
      second.refuses(saying: "the name \"web\" is that of container")
      running.signal(SIGTERM)
      running.wait().ends(with: 128 + SIGTERM)
      #expect(try box.run("ps", "--all").output.contains("Exited"))
    }
    try box.run("gc").succeeds()
    #expect(File.names(in: box.root + "/containers").sorted() == ["names", "staging"])
  }

  @Test func `sockets of a service manager and of a superdaemon are handed over`() throws {
    let pipes = try (0..<3).map { _ in try TestPipe() }
    var listening = command(
      "a", [], "echo $LISTEN_FDS; for n in 3 4 5; do [ -e /proc/self/fd/$n ] && echo fd $n; done; true")
    listening.arguments =
      ["-c", "LISTEN_PID=$$ LISTEN_FDS=2 exec \"$@\"", "sh", listening.program]
      + listening.arguments
    listening.program = "sh"
    listening.descriptors = [3: pipes[0].reading, 4: pipes[1].reading, 5: pipes[2].reading]
    #expect(try listening.run().succeeds().lines == ["2", "fd 3", "fd 4"])

    var started = command("b", [], "echo $SERVER_STARTER_PORT; echo given >&6; busybox cat <&4")
    started.environment["SERVER_STARTER_PORT"] = "127.0.0.1:80=4;/run/x=6"
    started.descriptors = [4: pipes[0].reading, 6: pipes[1].writing]
    pipes[0].write("taken\n")
    pipes[0].closeWriting()
    #expect(try started.run().succeeds().lines == ["127.0.0.1:80=4;/run/x=6", "taken"])
    pipes[1].closeWriting()
    #expect(pipes[1].readAll() == "given\n")
    try box.run("gc").succeeds()
  }

  @Test func `what needs somebody who stays is refused`() throws {
    for (options, words) in [
      (["--rm"], "--rm"), (["--detach"], "--detach"), (["--tty"], "--tty"),
      (["--network", "bridge"], "--network bridge"), (["--userns", "100000:65536"], "--userns"),
    ] {
      try command("x", options, "true").run().refuses(saying: "--in-place", words)
    }
    let missing = try box.command(["run", "--rootfs", "tree", "--in-place", "--", "nothing"]).run()
      .ends(with: 127)
    #expect(missing.errors.hasPrefix("swbox: run "), "\(missing)")
    let directory = try box.command(
      ["--log-format", "json", "run", "--rootfs", "tree", "--in-place", "--", "/etc"]
    ).run().ends(with: 126)
    #expect(directory.errors.contains("\"code\":\"commandNotExecutable\""), "\(directory)")
    try box.run("gc").succeeds()
  }

  @Test func `nobody removes one that runs, or is about to`() throws {
    let mark = box.directory + "/asked"
    let slow = try box.makeRuntime(
      "[ $command != run ] || { touch \(mark); while [ -e \(mark) ]; do sleep 0.05; done; }")
    let running = try command("web", ["--runtime", slow], "echo up; exec busybox sleep 1000").start()
    #expect(eventually { File.exists(mark) })
    #expect(try box.run("ps", "--format", "json").output.contains("\"status\": \"starting\""))
    try box.run("gc").succeeds()
    try box.run("rm", "web").refuses(saying: "container web is starting")
    try command("web", [], "true").run().refuses(saying: "the name \"web\" is that of container")
    unlink(mark)
    #expect(eventually { running.output == "up\n" || running.hasEnded }, "\(running.errors)")
    try box.run("gc").succeeds()
    #expect(!running.hasEnded)
    #expect(try box.run("ps", "--format", "json").output.contains("\"pid\": \(running.pid)"))
    running.signal(SIGTERM)
    running.wait().ends(with: 128 + SIGTERM)
    try box.run("gc").succeeds()
    #expect(File.names(in: box.root + "/containers").sorted() == ["names", "staging"])
  }

  @Test func `others wait for its end, without its status`() throws {
    let running = try command("web", [], "echo up; exec busybox sleep 1000").start()
    #expect(eventually { running.output == "up\n" || running.hasEnded }, "\(running.errors)")
    let waiting = try [["wait", "web"], ["status", "--wait", "web"]].map { try box.command($0).start() }
    usleep(1_000_000)
    #expect(waiting.allSatisfy { !$0.hasEnded })
    running.signal(SIGKILL)
    // Also if nobody has asked for its status yet.
    #expect(eventually { waiting.allSatisfy(\.hasEnded) })
    #expect(waiting[0].wait().succeeds().output == "unknown\n")
    waiting[1].wait().ends(with: 1)
    running.wait()
    try box.run("gc").succeeds()
  }

  @Test func `processes of the host are not shown`() throws {
    let outcome = try command(
      "p", [], "cd /proc; for n in [0-9]*; do busybox basename $(busybox readlink $n/exe); done"
    )
    .run().succeeds()
    #expect(!outcome.lines.isEmpty && outcome.lines.allSatisfy { $0 == "busybox" }, "\(outcome)")
    try box.run("gc").succeeds()
  }
}
