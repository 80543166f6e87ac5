import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("terminals of exec")
struct ExecTerminalTests {
  let runtime = Runtime()

  @Test("a shell at a terminal answers, its exit status comes back, and the caller's terminal is as before")
  func shell() throws {
    let container = try runtime.runningContainer()
    let terminal = try TestTerminal()
    let running = try container.execCommand(["--tty"], ["sh"]).at(terminal).start()
    _ = terminal.read(until: "# ")
    #expect(!terminal.echoes)
    terminal.type("test -t 0 && test -t 1 && test -t 2 && echo $((6*7)) $(tty)\n")
    #expect(terminal.read(until: "42 /dev/pts/0\r\n").contains("42 /dev/pts/0\r\n"))
    terminal.type("exit 9\n")
    running.wait(timeout: .seconds(10)).ends(with: 9)
    #expect(terminal.echoes)
  }

  @Test("the caller's terminal is as before when the program cannot be run")
  func failure() throws {
    let container = try runtime.runningContainer()
    let terminal = try TestTerminal()
    let running = try container.execCommand(["-t"], ["nope"]).at(terminal).start()
    running.wait(timeout: .seconds(10)).ends(with: 255)
    #expect(terminal.echoes)
    #expect(terminal.read(until: "$PATH").contains("executable file not found in $PATH"))
  }

  @Test("the terminal has the caller's window size, and follows its changes")
  func windowSize() throws {
    let container = try runtime.runningContainer()
    let line = "trap 'stty size' WINCH; stty size; while :; do sleep 0.01; done"
    let terminal = try TestTerminal()
    terminal.resize(rows: 33, columns: 99)
    let running = try container.execCommand(["-t"], ["sh", "-c", line]).at(terminal).start()
    #expect(terminal.read(until: "\n").contains("33 99"))
    terminal.resize(rows: 44, columns: 111)
    #expect(terminal.read(until: "\n").contains("44 111"))
    running.signal(SIGTERM)
    running.wait(timeout: .seconds(10)).ends(with: 128 + SIGTERM)
    #expect(terminal.echoes)
  }

  @Test("control characters reach the program, not the runtime")
  func interrupt() throws {
    let container = try runtime.runningContainer()
    let line = "trap 'echo interrupted; exit 4' INT; echo ready; while :; do sleep 0.01; done"
    let terminal = try TestTerminal()
    let running = try container.execCommand(["-t"], ["sh", "-c", line]).at(terminal).start()
    _ = terminal.read(until: "ready")
    terminal.type("\u{3}")
    #expect(terminal.read(until: "interrupted").contains("interrupted"))
    running.wait(timeout: .seconds(10)).ends(with: 4)
  }

  @Test("--console-socket receives the terminal, in the size of the file, and the program may stay alone")
  func consoleSocket() throws {
    let container = try runtime.runningContainer()
    let socket = try DescriptorSocket(in: runtime.directory)
    let path = runtime.directory + "/process.json"
    try File.write(
      """
      {"args": ["sh", "-c", "stty size; read word; echo got $word"], "cwd": "/", "terminal": true,
       "consoleSize": {"height": 17, "width": 71}, "env": ["PATH=/bin"]}
      """, to: path)
    let options = ["--detach", "--console-socket", socket.path, "--process", path]
    let running = try container.execCommand(options, []).start()
    let terminal = try socket.receiveTerminal()
    running.wait().succeeds()
    #expect(terminal.size == [17, 71])
    #expect(terminal.read(until: "71\r\n") == "17 71\r\n")
    terminal.type("hello\n")
    #expect(terminal.readAll().contains("got hello\r\n"))
  }

  @Test("a console socket is used without --detach, too, and the status comes back")
  func consoleSocketInForeground() throws {
    let container = try runtime.runningContainer()
    let socket = try DescriptorSocket(in: runtime.directory)
    let options = ["--tty", "--console-socket", socket.path]
    let running = try container.execCommand(options, ["sh", "-c", "tty; exit 6"]).start()
    let terminal = try socket.receiveTerminal()
    #expect(terminal.readAll() == "/dev/pts/0\r\n")
    running.wait(timeout: .seconds(10)).ends(with: 6)
  }

  @Test("a terminal and the socket for it go together")
  func wrongOptions() throws {
    let container = try runtime.runningContainer()
    try container.exec("true", options: ["--tty", "--detach"]).failsToExecute(saying: "--console-socket")
    let socket = try DescriptorSocket(in: runtime.directory)
    try container.exec("true", options: ["--console-socket", socket.path]).failsToExecute(saying: "--tty")
    try container.exec("true", options: ["-t", "--console-socket", runtime.directory + "/none"])
      .failsToExecute(saying: "--console-socket", "no such file or directory")
  }

  @Test("a container with a terminal gives its other programs none unless they ask")
  func containersTerminal() throws {
    let container = try runtime.container { config in
      config.wait()
      config.useTerminal()
      config.process?.consoleSize = ConsoleSize(height: 17, width: 71)
    }
    let socket = try DescriptorSocket(in: runtime.directory)
    let running = try container.command("create", ["--console-socket", socket.path]).start()
    let first = try socket.receiveTerminal()
    running.wait().succeeds()
    try container.start().succeeds()
    let facts = try container.exec("probe").succeeds().facts
    #expect(facts["controlling_tty"] == "0")
    #expect(facts["tty"] == "")
    let terminal = try TestTerminal()
    let second = try container.execCommand(["-t"], ["sh", "-c", "tty; stty size"]).at(terminal).start()
    #expect(terminal.read(until: "80\r\n") == "/dev/pts/1\r\n24 80\r\n")
    second.wait(timeout: .seconds(10)).succeeds()
    #expect(first.size == [17, 71])
  }

  @Test("the program leads a session whose terminal is its user's")
  func session() throws {
    let container = try runtime.runningContainer()
    let line = "stat -c %u $(tty); exec probe"
    let terminal = try TestTerminal()
    let command = container.execCommand(["--tty", "--user", "1000:1000"], ["sh", "-c", line])
    let running = try command.at(terminal).start()
    let output = terminal.read(until: "cwd=").replacingOccurrences(of: "\r", with: "")
    running.wait(timeout: .seconds(10)).succeeds()
    let lines = output.components(separatedBy: "\n")
    func fact(_ name: String) -> String { lines.first { $0.hasPrefix(name + "=") } ?? "no \(name)" }
    #expect(output.hasPrefix("1000\n"))
    #expect(fact("controlling_tty") == "controlling_tty=1")
    #expect(fact("sid").dropFirst(4) == fact("pid").dropFirst(4))
    let descriptors = lines.filter { $0.hasPrefix("fd.") }
    #expect(descriptors == ["fd.0=/dev/pts/0", "fd.1=/dev/pts/0", "fd.2=/dev/pts/0"])
  }

  @Test("a container with a user namespace gives terminals, too")
  func userNamespace() throws {
    let container = try runtime.runningContainer { $0.useUserNamespace() }
    let terminal = try TestTerminal()
    let running = try container.execCommand(["-t"], ["sh", "-c", "tty; stat -c %u $(tty)"]).at(terminal)
      .start()
    #expect(terminal.read(until: "0\r\n0\r\n") == "/dev/pts/0\r\n0\r\n")
    running.wait(timeout: .seconds(10)).succeeds()
  }

  @Test("a lot of output reaches a terminal whole")
  func muchOutput() throws {
    let container = try runtime.runningContainer()
    let terminal = try TestTerminal()
    let running = try container.execCommand(["-t"], ["sh", "-c", "seq 20000; echo end"]).at(terminal).start()
    let output = terminal.read(until: "end\r\n")
    running.wait(timeout: .seconds(10)).succeeds()
    #expect(output.split(separator: "\r\n").count == 20001)
  }
}
