import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: config.md#process, `terminal` and `consoleSize`
@Suite("terminals")
struct TerminalTests {
  let runtime = Runtime()

  @Test("a shell at a terminal answers, and its exit status comes back")
  func shell() throws {
    let container = try runtime.container { config in
      config.run("sh")
      config.useTerminal()
    }
    let terminal = try TestTerminal()
    let running = try container.command("run").at(terminal).start()
    _ = terminal.read(until: "# ")
    terminal.type("test -t 0 && test -t 1 && test -t 2 && echo $((6*7)) $(tty)\n")
    #expect(terminal.read(until: "42 /dev/pts/0\r\n").contains("42 /dev/pts/0\r\n"))
    terminal.type("exit 9\n")
    running.wait(timeout: .seconds(10)).ends(with: 9)
  }

  @Test("control characters reach the program, not the runtime")
  func interrupt() throws {
    let container = try runtime.container { config in
      config.shell("trap 'echo interrupted; exit 4' INT; echo ready; while :; do sleep 0.01; done")
      config.useTerminal()
    }
    let terminal = try TestTerminal()
    let running = try container.command("run").at(terminal).start()
    _ = terminal.read(until: "ready")
    terminal.type("\u{3}")
    #expect(terminal.read(until: "interrupted").contains("interrupted"))
    running.wait(timeout: .seconds(10)).ends(with: 4)
  }

  @Test(
    "the caller's terminal is raw while the container has it, and as before afterwards",
    arguments: ["exit 0", "exit 3"]
  )
  func settings(_ end: String) throws {
    let container = try runtime.container { config in
      config.shell("echo ready; read line; \(end)")
      config.useTerminal()
    }
    let terminal = try TestTerminal()
    #expect(terminal.echoes)
    let running = try container.command("run").at(terminal).start()
    _ = terminal.read(until: "ready")
    #expect(!terminal.echoes)
    terminal.type("x\r")
    running.wait(timeout: .seconds(10))
    #expect(terminal.echoes)
  }

  @Test("the caller's terminal is as before when the program cannot be run")
  func settingsAfterFailure() throws {
    let container = try runtime.container { config in
      config.run("no-such-program")
      config.useTerminal()
    }
    let terminal = try TestTerminal()
    try container.command("run").at(terminal).start().wait(timeout: .seconds(10)).ends(with: 1)
    #expect(terminal.echoes)
    #expect(terminal.read(until: "not found").contains("executable file not found in $PATH"))
  }

  @Test("the terminal has the caller's window size, and follows its changes")
  func windowSize() throws {
    let container = try runtime.container { config in
      config.shell("trap 'stty size' WINCH; stty size; while :; do sleep 0.01; done")
      config.useTerminal()
    }
    let terminal = try TestTerminal()
    terminal.resize(rows: 33, columns: 99)
    let running = try container.command("run").at(terminal).start()
    #expect(terminal.read(until: "\n").contains("33 99"))
    terminal.resize(rows: 44, columns: 111)
    #expect(terminal.read(until: "\n").contains("44 111"))
    running.signal(SIGKILL)
    running.wait()
    try container.remove()
  }

  @Test("a terminal is refused where nobody would hold its other end")
  func nobodyHoldsIt() throws {
    let container = try runtime.container { $0.useTerminal() }
    try container.create().fails(saying: "--console-socket")
    try container.run("--detach").fails(saying: "--console-socket")
    #expect(File.names(in: runtime.root) == [])
  }

  @Test("--console-socket is refused without a terminal")
  func socketWithoutTerminal() throws {
    let container = try runtime.container()
    let socket = try DescriptorSocket(in: runtime.directory)
    try container.create("--console-socket", socket.path).fails(saying: "/process/terminal")
  }

  @Test("a console socket that nobody listens on is an error")
  func deafSocket() throws {
    let container = try runtime.container { $0.useTerminal() }
    try container.create("--console-socket", runtime.directory + "/none").fails(saying: "--console-socket")
    #expect(File.names(in: runtime.root) == [])
  }

  @Test("--console-socket receives a terminal of the configured size", arguments: ["create", "run"])
  func consoleSocket(_ command: String) throws {
    let container = try runtime.container { config in
      config.shell("stty size; read word; echo got $word; exit 3")
      config.useTerminal()
      config.process?.consoleSize = ConsoleSize(height: 17, width: 71)
    }
    let socket = try DescriptorSocket(in: runtime.directory)
    let options = ["--console-socket", socket.path] + (command == "run" ? ["--detach"] : [])
    let running = try container.command(command, options).start()
    let terminal = try socket.receiveTerminal()
    running.wait().succeeds()
    #expect(terminal.size == [17, 71])
    if command == "create" { try container.start().succeeds() }
    #expect(terminal.read(until: "71\r\n") == "17 71\r\n")
    terminal.type("hello\n")
    #expect(terminal.readAll().contains("got hello\r\n"))
    try container.expect("stopped")
  }

  @Test("the program leads a session with the terminal as its own")
  func session() throws {
    let container = try runtime.container { config in
      config.run("probe")
      config.useTerminal()
    }
    let terminal = try TestTerminal()
    let running = try container.command("run").at(terminal).start()
    let output = terminal.read(until: "cwd=").replacingOccurrences(of: "\r", with: "")
    running.wait(timeout: .seconds(10)).ends(with: 0)
    #expect(output.contains("\ncontrolling_tty=1\ntty=/dev/pts/0\n"))
    #expect(output.contains("\nsid=1\n"))
    let descriptors = output.split(separator: "\n").filter { $0.hasPrefix("fd.") }
    #expect(descriptors == ["fd.0=/dev/pts/0", "fd.1=/dev/pts/0", "fd.2=/dev/pts/0"])
  }

  @Test("the terminal belongs to the program's user, and is /dev/console")
  func owner() throws {
    let container = try runtime.container { config in
      config.shell("stat -c '%u %t' /dev/pts/0 /dev/console; echo x > /dev/console; echo x > /dev/tty")
      config.useTerminal()
      config.process?.user = User(uid: 1000, gid: 1000)
    }
    let terminal = try TestTerminal()
    let running = try container.command("run").at(terminal).start()
    let output = terminal.readAll(within: .seconds(3))
    running.wait(timeout: .seconds(10)).ends(with: 0)
    #expect(output == "1000 88\r\n1000 88\r\nx\r\nx\r\n")
  }

  @Test("a lot of output reaches a terminal whole")
  func muchOutput() throws {
    let container = try runtime.container { config in
      config.shell("seq 20000; echo end")
      config.useTerminal()
    }
    let terminal = try TestTerminal()
    let running = try container.command("run").at(terminal).start()
    let output = terminal.read(until: "end\r\n")
    running.wait(timeout: .seconds(10)).ends(with: 0)
    let lines = output.split(separator: "\r\n")
    #expect(lines.count == 20001)
    #expect(lines.last == "end")
  }

  @Test("a terminal works with pipes on the caller's side")
  func pipes() throws {
    let container = try runtime.container { config in
      config.shell("read a; echo got $a; cat; echo over; exit 6")
      config.useTerminal()
    }
    let pipe = try TestPipe()
    var command = container.command("run")
    command.input = .descriptor(pipe.reading)
    let running = try command.start()
    pipe.write("word\n")
    pipe.closeWriting()
    let outcome = running.wait(timeout: .seconds(10)).ends(with: 6)
    #expect(outcome.output.contains("got word\r\n"))
    #expect(outcome.output.hasSuffix("over\r\n"))
  }
}
