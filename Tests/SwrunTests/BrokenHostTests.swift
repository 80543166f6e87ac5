import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// What the host around the runtime lacks must not be passed over, nor leave anything behind.
@Suite("broken hosts")
struct BrokenHostTests {
  let runtime = Runtime()

  @Test("a full file system for the state makes create fail and leaves nothing")
  func fullRoot() throws {
    runtime.root = try runtime.mountTemporary("small", options: "size=4k")
    let container = try runtime.container { $0.annotations = ["big": String(repeating: "x", count: 50_000)] }
    try container.create().fails(saying: "no space left on device")
    #expect(File.names(in: runtime.root) == [])
    #expect(Leftovers(tag: runtime.tag + "c").cgroups == [])
  }

  @Test("a state that fits is kept when it is about to grow out of a full file system", arguments: 8...16)
  func almostFullRoot(_ inodes: Int) throws {
    runtime.root = try runtime.mountTemporary(
      "small", options: "size=\(4 * (inodes - 7))k,nr_inodes=\(inodes - 4)")
    let container = try runtime.container()
    let outcome = try container.create()
    if outcome.status == 0 {
      try container.start().succeeds()
      try container.expect("stopped")
      try container.delete().succeeds()
    } else {
      outcome.fails(saying: "no space left on device")
    }
    #expect(File.names(in: runtime.root) == [])
  }

  @Test("a read-only root directory makes create fail; others see no container")
  func readOnlyRoot() throws {
    runtime.root = try runtime.mountTemporary("readonly", options: "size=64k")
    mount("", runtime.root, "", UInt(MS_REMOUNT | MS_RDONLY), "")
    let container = try runtime.container()
    try container.create().fails(saying: "read-only file system")
    try container.state().fails(saying: "does not exist")
    #expect(try runtime.listedIDs() == [])
  }

  @Test("a root directory that is a file is an error of every command")
  func rootIsFile() throws {
    try File.write("", to: runtime.root)
    let container = try runtime.container()
    try container.create().fails(saying: "not a directory")
    try container.state().fails(saying: "not a directory")
    try runtime.run("list").fails(saying: "not a directory")
    unlink(runtime.root)
  }

  @Test(
    "a full disk behind standard output is an error",
    arguments: [
      ["list"], ["list", "-q"], ["features"], ["--version"], ["-v"], ["state"], ["--help"], ["help", "run"],
      [],
      ["--generate-completion-script", "bash"],
    ])
  func fullOutput(_ arguments: [String]) throws {
    let container = try runtime.container()
    try container.create().succeeds()
    var command = runtime.command(arguments + (arguments == ["state"] ? [container.id] : []))
    command.output = .path("/dev/full")
    try command.run().fails(saying: "no space left on device")
  }

  @Test("a reader that went away is an error, not a death by SIGPIPE")
  func brokenPipe() throws {
    let container = try runtime.container { $0.annotations = ["big": String(repeating: "x", count: 200_000)] }
    try container.create().succeeds()
    let pipe = try TestPipe()
    pipe.closeReading()
    var command = container.command("state")
    command.output = .descriptor(pipe.writing)
    try command.run().fails(saying: "broken pipe")
  }

  @Test("a reader of messages that went away does not keep delete from its work")
  func brokenErrors() throws {
    let container = try runtime.container { $0.hooks = hooks(.poststop, "exit 1", "touch second") }
    try container.create().succeeds()
    let pipe = try TestPipe()
    pipe.closeReading()
    var command = container.command("delete", ["--force"])
    command.errors = .descriptor(pipe.writing)
    try command.run().succeeds()
    #expect(File.exists(container.bundle.path + "/second"))
    #expect(try container.status() == "gone")
  }

  @Test(
    "closed standard streams do not let a container have the runtime's files instead",
    arguments: [[0], [1], [2], [0, 1, 2]])
  func closedStreams(_ numbers: [Int]) throws {
    let container = try runtime.container { $0.wait() }
    var command = container.command("create")
    if numbers.contains(0) { command.input = .closed }
    if numbers.contains(1) { command.output = .closed }
    if numbers.contains(2) { command.errors = .closed }
    try command.run().succeeds()
    try container.start().succeeds()
    let pid = try container.report().pid
    let targets = ["0", "1", "2"].map { File.link("/proc/\(pid)/fd/\($0)") }
    for number in numbers { #expect(["", "/dev/null"].contains(targets[number]), "\(targets)") }
    #expect(File.names(in: "/proc/\(pid)/fd").filter { !["0", "1", "2"].contains($0) } == [])
  }

  @Test("a standard stream that the caller closed is a null device that can be written to")
  func writableStreams() throws {
    func closingAll(_ command: Command) -> Command {
      var command = command
      (command.input, command.output, command.errors) = (.closed, .closed, .closed)
      return command
    }
    let write = "for i in 0 1 2; do echo x >&$i || touch /failed; done; read line <&0 || touch /ended$1"
    let container = try runtime.container { config in
      config.process?.args = ["sh", "-c", write + "; sleep 1000", "sh", "1"]
      config.root?.readonly = false
    }
    try closingAll(container.command("create")).run().succeeds()
    try closingAll(container.command("start")).run().succeeds()
    let exec = container.execCommand([], ["sh", "-c", write, "sh", "2"])
    try closingAll(exec).run().succeeds()
    for name in ["ended1", "ended2"] { #expect(eventually { File.exists(container.bundle.inside(name)) }) }
    #expect(!File.exists(container.bundle.inside("failed")))
  }

  @Test("without /proc every command says so", arguments: ["list", "state x", "create x", "run x", "kill x"])
  func withoutProc(_ line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let command = runtime.command(words)
    let outcome = try Command(
      "unshare",
      ["-m", "sh", "-c", "umount -l /proc; exec \"$@\"", "sh", command.program] + command.arguments
    ).run()
    outcome.fails(saying: "/proc is not mounted", "hint:")
  }

  @Test("nothing hangs when standard input is closed")
  func closedInput() throws {
    let container = try runtime.container { $0.shell("cat; echo done") }
    var command = container.command("run")
    command.input = .closed
    #expect(try command.run(timeout: .seconds(10)).output == "done\n")
  }

  @Test("a small limit on open files is enough")
  func fewDescriptors() throws {
    let container = try runtime.container { $0.process?.rlimits = nil }
    var command = container.command("run")
    command.arguments = ["-c", "ulimit -n 32; exec \"$@\"", "sh", command.program] + command.arguments
    command.program = "sh"
    try command.run().succeeds()
  }

  @Test("too small a limit on open files is an error that leaves nothing", arguments: [4, 6, 8, 10, 12])
  func tooFewDescriptors(_ limit: Int) throws {
    let container = try runtime.container { $0.process?.rlimits = nil }
    var command = container.command("create")
    command.arguments = ["-c", "ulimit -n \(limit); exec \"$@\"", "sh", command.program] + command.arguments
    command.program = "sh"
    let outcome = try command.run(timeout: .seconds(20))
    if outcome.status != 0 {
      outcome.fails(saying: "oo many open files")
      #expect(try container.status() == "gone")
      #expect(Leftovers(tag: container.id).isEmpty)
    }
  }

  @Test("a limit on the size of files is an error, not a death by SIGXFSZ")
  func fileSizeLimit() throws {
    let container = try runtime.container()
    var command = container.command("create")
    command.arguments = ["-c", "ulimit -f 0; exec \"$@\"", "sh", command.program] + command.arguments
    command.program = "sh"
    // The limit is on files in memory, too.
    let errors = try TestPipe()
    command.errors = .descriptor(errors.writing)
    try command.run(timeout: .seconds(20)).ends(with: 1)
    errors.closeWriting()
    #expect(errors.readAll().contains("file too large"))
    #expect(try container.status() == "gone")
    #expect(Leftovers(tag: container.id).isEmpty)
  }

  @Test("an empty environment is enough")
  func emptyEnvironment() throws {
    let container = try runtime.container { $0.shell("echo fine") }
    var command = container.command("run")
    command.environment = [:]
    #expect(try command.run().succeeds().output == "fine\n")
  }

  @Test("the caller's umask does not open or close the runtime's files")
  func umasks() throws {
    let container = try runtime.container { $0.shell("stat -c %a /dev /dev/null /dev/shm /tmp2; umask") }
    mkdir(container.bundle.inside("tmp2"), 0o711)
    for mask in ["000", "077", "777"] {
      var command = container.command("run")
      command.arguments = ["-c", "umask \(mask); exec \"$@\"", "sh", command.program] + command.arguments
      command.program = "sh"
      #expect(try command.run().succeeds().output == "755\n666\n1777\n711\n0\(mask)\n")
    }
  }

  @Test("state of a stopped process that waits for start does not hang, however often it is asked")
  func frozenInit() throws {
    let container = try runtime.container()
    try container.create().succeeds()
    try container.kill("STOP").succeeds()
    for _ in 1...20 {
      let outcome = try container.command("state").run(timeout: .seconds(10))
      try #require(outcome.succeeds().isPunctual)
    }
    try container.kill("CONT").succeeds()
    #expect(try container.status() == "created")
    try container.start().succeeds()
  }
}
