import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

extension TestSupport.Command {
  /// The same command as started by a shell after some other lines.
  func after(_ lines: String) -> TestSupport.Command {
    var command = self
    command.program = "bash"
    command.arguments = ["-c", "\(lines); exec \"$0\" \"$@\"", program] + arguments
    return command
  }
}

/// Spec: config.md#process
@Suite("the process")
struct ProcessTests {
  let runtime = Runtime()

  /// What the probe tells of a container's process.
  private func facts(_ configure: (inout OCIRuntimeSpec.Process) -> Void) throws -> [String: String] {
    let container = try runtime.container { config in
      config.run("probe")
      config.changeProcess(configure)
    }
    return try container.run().succeeds().facts
  }

  /// What a line of shell prints in a container.
  private func output(
    of line: String,
    _ configure: (inout Config) -> Void = { _ in }
  ) throws -> String {
    let container = try runtime.container { config in
      config.shell(line)
      configure(&config)
    }
    return try container.run().succeeds().output
  }

  @Test("user, group and additional groups are the configured ones")
  func user() throws {
    let facts = try facts {
      $0.user = User(uid: 1234, gid: 2345)
      $0.user?.additionalGids = [5, 77]
    }
    #expect(facts["Uid"] == "1234 1234 1234 1234")
    #expect(facts["Gid"] == "2345 2345 2345 2345")
    #expect(facts["Groups"] == "5 77 ")
  }

  @Test("without additional groups none of the caller's remain")
  func noGroups() throws {
    #expect(try facts { $0.user = User(uid: 0, gid: 0) }["Groups"] == "")
  }

  @Test("the umask is the configured one, else the caller's")
  func umask() throws {
    let configured = try facts { $0.user?.umask = 0o137 }
    #expect(configured["Umask"] == "0137")
    let container = try runtime.container("caller") { $0.run("probe") }
    let outcome = try container.command("run").after("umask 0051").run().succeeds()
    #expect(outcome.facts["Umask"] == "0051")
  }

  @Test("no new privileges, only if configured", arguments: [true, false, nil])
  func noNewPrivileges(value: Bool?) throws {
    #expect(try facts { $0.noNewPrivileges = value }["NoNewPrivs"] == (value == true ? "1" : "0"))
  }

  @Test("the OOM score is the configured one, else the caller's")
  func oomScore() throws {
    let show = "cat /proc/self/oom_score_adj"
    #expect(try output(of: show) { $0.process?.oomScoreAdj = 321 } == "321\n")
    let container = try runtime.container("caller") { $0.shell(show) }
    let outcome = try container.command("run").after("echo 55 > /proc/self/oom_score_adj").run()
    #expect(outcome.succeeds().output == "55\n")
  }

  @Test("an OOM score that takes a right is given, or the error names it")
  func lowOOMScore() throws {
    let container = try runtime.container {
      $0.shell("cat /proc/self/oom_score_adj")
      $0.process?.oomScoreAdj = -700
    }
    let outcome = try container.run()
    if outcome.status == 0 {
      #expect(outcome.output == "-700\n")
    } else {
      outcome.fails(saying: "config.json: /process/oomScoreAdj", "permission denied")
    }
  }

  @Test("the environment is exactly the configured one, in its order, with odd entries")
  func environment() throws {
    let entries = [
      "B=2", "A=1", "EMPTY=", "no equals sign", "HOME=/h", "A=again", "Ü=ö\t\n\"'$(x)", "PATH=/bin",
    ]
    let text = try output(of: "tr '\\0' '|' < /proc/1/environ; true") { $0.process?.env = entries }
    #expect(text == entries.map { $0 + "|" }.joined())
  }

  @Test(
    "HOME comes from the container's passwd, else it is the root",
    arguments: [(0, "/root"), (65534, "/"), (4711, "/")]
  )
  func home(uid: UInt32, expected: String) throws {
    #expect(try output(of: "echo $HOME") { $0.process?.user = User(uid: uid, gid: 0) } == expected + "\n")
  }

  @Test("arguments arrive byte for byte, and argv[0] is the configured word")
  func arguments() throws {
    let words = ["probe", "", "a b", "*", "ü\n"]
    let container = try runtime.container { $0.process?.args = words }
    #expect(try container.run().facts["argv0"] == "probe")
    let shown = try runtime.container("shown") {
      $0.process?.args = ["sh", "-c", "tr '\\0' '|' < /proc/1/cmdline; true"] + words
    }
    #expect(try shown.run().output.hasSuffix("cmdline; true|" + words.map { $0 + "|" }.joined()))
  }

  @Test("the process is named after its program")
  func name() throws {
    #expect(try output(of: "cat /proc/1/comm; true") == "sh\n")
  }

  @Test("the working directory is the configured one, and is made if it is missing")
  func workingDirectory() throws {
    #expect(try facts { $0.cwd = "/tmp" }["cwd"] == "/tmp")
    let container = try runtime.container("made") {
      $0.run("probe")
      $0.process?.cwd = "/not/there/yet"
    }
    #expect(try container.run().succeeds().facts["cwd"] == "/not/there/yet")
  }

  @Test("a working directory that is a file, or that the user may not enter, is an error")
  func badWorkingDirectory() throws {
    let file = try runtime.container("file") { $0.process?.cwd = "/etc/passwd" }
    try file.run().fails(saying: "/process/cwd", "not a directory")
    let closed = try runtime.container("closed") {
      $0.process?.cwd = "/closed"
      $0.process?.user = User(uid: 1000, gid: 1000)
    }
    try File.makeDirectory(closed.bundle.inside("closed"))
    chmod(closed.bundle.inside("closed"), 0o700)
    try closed.run().fails(saying: "/process/cwd", "permission denied")
  }

  @Test("the process leads a session of its own, without a terminal")
  func session() throws {
    let facts = try facts { _ in }
    #expect(facts["sid"] == "1")
    #expect(facts["pgid"] == "1")
    #expect(facts["controlling_tty"] == "0")
  }

  @Test("with a terminal it is the controlling one, of the configured size and the user's")
  func terminal() throws {
    let container = try runtime.container {
      $0.shell("probe; stty size; stat -c owner=%u /dev/console; echo end")
      $0.useTerminal()
      $0.process?.consoleSize = ConsoleSize(height: 33, width: 101)
      $0.process?.user = User(uid: 1000, gid: 1000)
    }
    let socket = try DescriptorSocket(in: runtime.directory)
    try container.create("--console-socket", socket.path).succeeds()
    let terminal = try socket.receiveTerminal()
    try container.start().succeeds()
    let text = terminal.read(until: "end\r\n")
    for sign in ["controlling_tty=1", "sid=1", "33 101", "owner=1000", "tty=/dev/pts/0"] {
      #expect(text.contains(sign), "\(sign) in \(text)")
    }
  }

  @Test("ignored and blocked signals of the caller are the process's no more")
  func signals() throws {
    let container = try runtime.container { $0.run("probe") }
    let outcome = try container.command("run")
      .after("trap '' INT PIPE HUP TERM USR1 CHLD RTMIN+3").run().succeeds()
    #expect(outcome.facts["SigIgn"] == "0000000000000000")
    #expect(outcome.facts["SigBlk"] == "0000000000000000")
    #expect(outcome.facts["SigCgt"] == "0000000000000000")
  }

  @Test("a caller that ignores the end of its children gets the exit status nevertheless")
  func ignoredChildren() throws {
    let container = try runtime.container { $0.shell("exit 5") }
    let ignore = "$SIG{CHLD} = \"IGNORE\"; exec @ARGV"
    try container.command("run").after("exec perl -e '\(ignore)' -- \"$0\" \"$@\"").run().ends(with: 5)
  }

  @Test("a detached container has no blocked or ignored signals of its caller either")
  func blockedSignals() throws {
    let container = try runtime.container { $0.run("probe") }
    let block = "sigprocmask(SIG_BLOCK, POSIX::SigSet->new(1, 2, 10, 13, 15, 17)); exec @ARGV"
    let create = container.command("create")
      .after("trap '' INT PIPE; exec perl -MPOSIX -e '\(block)' -- \"$0\" \"$@\"")
    let facts = try create.run().succeeds()
    try container.start().succeeds()
    try container.expect("stopped")
    #expect(facts.facts["SigIgn"] == "0000000000000000")
    #expect(facts.facts["SigBlk"] == "0000000000000000")
  }

  @Test("a user without rights writes to the pipes that are its streams, also by name")
  func streams() throws {
    let container = try runtime.container {
      $0.shell("cat /dev/stdin > /dev/stdout; echo oops > /dev/stderr; echo 2 > /proc/self/fd/2")
      $0.process?.user = User(uid: 1000, gid: 1000)
    }
    let (input, output, errors) = (try TestPipe(), try TestPipe(), try TestPipe())
    var command = container.command("run")
    command.input = .descriptor(input.reading)
    command.output = .descriptor(output.writing)
    command.errors = .descriptor(errors.writing)
    let running = try command.start()
    input.write("hello\n")
    input.closeWriting()
    output.closeWriting()
    errors.closeWriting()
    #expect(output.readAll() == "hello\n")
    #expect(errors.readAll() == "oops\n2\n")
    running.wait().succeeds()
  }

  @Test("the caller's own files keep their owner")
  func ownersOfFiles() throws {
    let container = try runtime.container { $0.process?.user = User(uid: 1000, gid: 1000) }
    let path = runtime.directory + "/output"
    try File.write("", to: path)
    var command = container.command("run")
    command.output = .path(path)
    command.input = .null
    try command.run().succeeds()
    var (file, null) = (stat(), stat())
    #expect(stat(path, &file) == 0 && file.st_uid == 0)
    #expect(stat("/dev/null", &null) == 0 && null.st_uid == 0)
  }

  @Test("the session keyring is the container's own")
  func keyring() throws {
    let container = try runtime.container { $0.run("probe") }
    #expect(try container.run().facts["keyring"]?.hasSuffix(";_ses.\(container.id)") == true)
  }

  @Test("--no-new-keyring keeps the caller's keyring")
  func noNewKeyring() throws {
    let container = try runtime.container { $0.run("probe") }
    #expect(try container.run("--no-new-keyring").succeeds().facts["keyring"]?.contains(container.id) != true)
  }

  @Test(
    "the personality is the configured one",
    arguments: [(PersonalityDomain.linux, "x86_64"), (.linux32, "i686")]
  )
  func personality(domain: PersonalityDomain, machine: String) throws {
    let text = try output(of: "uname -m") { config in
      config.changeLinux { $0.personality = Personality(domain: domain) }
    }
    #expect(text == machine + "\n")
  }

  @Test("the program starts clean: dumpable, no death signal, no secure bits, only streams open")
  func cleanStart() throws {
    let facts = try facts { _ in }
    #expect(facts["dumpable"] == "1")
    #expect(facts["parent_death_signal"] == "0")
    #expect(facts["securebits"] == "0")
    #expect(facts["subreaper"] == "0")
    #expect(facts.keys.filter { $0.hasPrefix("fd.") }.sorted() == ["fd.0", "fd.1", "fd.2"])
  }
}
