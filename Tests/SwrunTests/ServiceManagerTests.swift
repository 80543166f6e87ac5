import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// A service manager above the runtime: NOTIFY_SOCKET and LISTEN_FDS. sd_notify(3), sd_listen_fds(3)
@Suite("service manager")
struct ServiceManagerTests {
  let runtime = Runtime()

  private func manager() throws -> DatagramSocket {
    try DatagramSocket(in: runtime.directory, named: "notify")
  }

  /// A container that tells its readiness after a moment, and then goes on.
  private func container(_ message: String = "READY=1") throws -> Container {
    try runtime.container {
      $0.shell("sleep 0.3; probe tell $NOTIFY_SOCKET '\(message)'; echo told; exec sleep 1000")
    }
  }

  private func texts(_ manager: DatagramSocket) -> [String] {
    manager.received().map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("start waits until the program is ready, and tells the manager its pid")
  func start() throws {
    let manager = try manager()
    let container = try container("STATUS=up\nREADY=1\nMAINPID=1")
    var create = container.command("create")
    create.environment["NOTIFY_SOCKET"] = manager.path
    try create.run().succeeds()
    var start = container.command("start")
    start.environment["NOTIFY_SOCKET"] = manager.path
    try start.run().succeeds()
    #expect(texts(manager) == ["STATUS=up\nREADY=1\nMAINPID=\(try container.report().pid)"])
    try container.expect("running")
  }

  @Test("run --detach waits in the same way")
  func runDetached() throws {
    let manager = try manager()
    let container = try container()
    var run = container.command("run", ["--detach"])
    run.environment["NOTIFY_SOCKET"] = manager.path
    try run.run().succeeds()
    #expect(texts(manager) == ["READY=1\nMAINPID=\(try container.report().pid)"])
  }

  @Test("run passes everything on as long as the container lives")
  func run() throws {
    let manager = try manager()
    let container = try runtime.container {
      $0.shell("for m in STATUS=a READY=1 WATCHDOG=1; do probe tell $NOTIFY_SOCKET $m; done; sleep 0.3")
    }
    var run = container.command("run")
    run.environment["NOTIFY_SOCKET"] = manager.path
    try run.run().succeeds()
    let texts = texts(manager)
    #expect(texts.count == 3 && texts.first == "STATUS=a" && texts.last == "WATCHDOG=1", "\(texts)")
  }

  @Test("a program that ends before it is ready ends the wait, and so does kill")
  func neverReady() throws {
    let manager = try manager()
    for line in ["exit 3", "sleep 1000"] {
      let container = try runtime.container(line == "exit 3" ? "a" : "b") { $0.shell(line) }
      var create = container.command("create")
      create.environment["NOTIFY_SOCKET"] = manager.path
      try create.run().succeeds()
      var start = container.command("start")
      start.environment["NOTIFY_SOCKET"] = manager.path
      let running = try start.start()
      if line != "exit 3" {
        try container.expect("running")
        try container.kill("KILL").succeeds()
      }
      running.wait(timeout: .seconds(20)).succeeds()
      try container.expect("stopped")
    }
    #expect(texts(manager) == [])
  }

  @Test("the socket is in a directory that the container cannot write to")
  func directory() throws {
    let manager = try manager()
    let container = try runtime.container {
      $0.shell("echo $NOTIFY_SOCKET; touch /run/notify/x || echo refused")
    }
    var run = container.command("run")
    run.environment["NOTIFY_SOCKET"] = manager.path
    #expect(try run.run().succeeds().output == "/run/notify/notify.sock\nrefused\n")
  }

  @Test("a manager that is not there, or no address, is warned of, and the container runs")
  func wrongAddress() throws {
    for (name, address, text) in [
      ("a", "/no/such", "NOTIFY_SOCKET: connect(2) /no/such"),
      ("b", "relative", "neither an absolute path nor @ and a name"),
    ] {
      let container = try runtime.container(name) { $0.wait() }
      var run = container.command("run", ["--detach"])
      run.environment["NOTIFY_SOCKET"] = address
      let outcome = try run.run().succeeds()
      #expect(outcome.errors.contains("level=warning") && outcome.errors.contains(text), "\(outcome)")
      #expect(try container.status() == "running")
    }
    let container = try runtime.container("c") { $0.wait() }
    for name in ["create", "start"] {
      var command = container.command(name)
      command.environment["NOTIFY_SOCKET"] = "/no/such"
      let outcome = try command.run().succeeds()
      #expect(outcome.errors.contains("NOTIFY_SOCKET") == (name == "start"), "\(outcome)")
    }
    #expect(try container.status() == "running")
  }

  @Test("descriptors of socket activation come first, with their names and the program's own pid")
  func activation() throws {
    let container = try runtime.container {
      $0.shell(
        "echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3; cat <&4; ls /proc/self/fd | tr '\\n' ' '")
      $0.process?.env?.append("LISTEN_FDS=77")
    }
    let file = runtime.directory + "/given"
    try File.write("first\n", to: file)
    let line = """
      exec 3<\(file) 4<<end
      second
      end
      export LISTEN_FDS=1 LISTEN_FDNAMES=web LISTEN_PID=$$; exec "$@"
      """
    var run = container.command("run", ["--preserve-fds", "1"])
    run.arguments = ["-c", line, "sh", run.program] + run.arguments
    run.program = "sh"
    #expect(try run.run().succeeds().output == "1 1 web\nfirst\nsecond\n0 1 2 3 4 5 ")
  }

  @Test("descriptors that the manager names and did not hand over are told by its variable")
  func missingDescriptors() throws {
    let container = try runtime.container { $0.run("true") }
    var run = container.command("run", ["--preserve-fds", "1"])
    run.arguments =
      ["-c", "export LISTEN_FDS=9999 LISTEN_PID=$$; exec \"$@\"", "sh", run.program] + run.arguments
    run.program = "sh"
    let outcome = try run.run()
    outcome.fails(saying: "LISTEN_FDS=9999: descriptor ", " is not open")
    #expect(!outcome.errors.contains("--preserve-fds"))
  }

  @Test("descriptors for another process are not the container's")
  func othersActivation() throws {
    let container = try runtime.container { $0.shell("echo \"<$LISTEN_FDS>\"") }
    var run = container.command("run")
    run.environment["LISTEN_FDS"] = "1"
    run.environment["LISTEN_PID"] = "1"
    #expect(try run.run().succeeds().output == "<>\n")
  }
}
