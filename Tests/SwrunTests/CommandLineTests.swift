import Foundation
import TestSupport
import Testing

@Suite("command line")
struct CommandLineTests {
  let runtime = Runtime()

  @Test("--version prints lines as runc does", arguments: ["--version", "-v"])
  func version(_ option: String) throws {
    let outcome = try runtime.run(option).succeeds()
    #expect(outcome.lines.first?.wholeMatch(of: /swrun version \d+\.\d+\.\d+/) != nil)
    #expect(outcome.lines.contains("spec: 1.3.0"))
    #expect(outcome.errors == "")
  }

  @Test(
    "mistakes on the command line exit with 1 and say what is wrong",
    arguments: [
      ["frobnicate"], ["--frobnicate"], ["create"], ["start"], ["kill"], ["state"], ["delete"],
      ["create", "a", "b"], ["state", "a", "b"], ["start", "a", "--frobnicate"], ["list", "extra"],
      ["--log-format", "xml", "list"], ["--root"], ["run", "--pid-file"],
    ]
  )
  func usage(_ arguments: [String]) throws {
    let outcome = try runtime.command(arguments).run()
    outcome.fails(saying: "swrun: ")
    #expect(outcome.output == "")
    #expect(outcome.errors.utf8.count > 20)
  }

  @Test("help goes to standard output", arguments: [["--help"], ["-h"], ["help"], ["create", "--help"], []])
  func help(_ arguments: [String]) throws {
    let outcome = try runtime.command(arguments).run().succeeds()
    #expect(outcome.output.contains("USAGE: swrun"))
  }

  @Test("an error is one line on standard error, with the command and the container")
  func plainError() throws {
    let outcome = try runtime.run("state", "nobody").fails()
    #expect(outcome.errors == "swrun: state nobody: container nobody does not exist\n")
  }

  @Test("--log appends a line that logrus would have written")
  func textLog() throws {
    let log = runtime.directory + "/log"
    try File.write("first line\n", to: log)
    let outcome = try runtime.run("--log", log, "state", "nobody").fails(saying: "does not exist")
    let lines = File.text(log).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first == "first line")
    #expect(
      lines.last?.wholeMatch(
        of: /time="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ" level=error msg="state nobody: .* does not exist".*/
      )
        != nil,
      "\(lines)"
    )
    #expect(outcome.output == "")
  }

  @Test("--log with --log-format json has one JSON object a line; the last error is the cause")
  func jsonLog() throws {
    let log = runtime.directory + "/log"
    for _ in 1...2 { try runtime.run("--log", log, "--log-format=json", "state", "nobody").fails() }
    let entries = try File.text(log).split(separator: "\n").map(entry)
    #expect(entries.count == 2)
    for entry in entries {
      #expect(entry["level"] == "error")
      #expect(entry["msg"] == "state nobody: container nobody does not exist")
      #expect(entry["time"]?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
    }
  }

  @Test("--log-format json without --log goes to standard error")
  func jsonErrors() throws {
    let outcome = try runtime.run("--log-format", "json", "state", "nobody").fails()
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try entry(outcome.errors[...])["msg"] == "state nobody: container nobody does not exist")
  }

  @Test("the log is JSON also for names and paths with odd characters")
  func oddNames() throws {
    let outcome = try runtime.run("--log-format", "json", "state", "a\"b\n\u{1}\u{7f}é\\").fails()
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try entry(outcome.errors[...])["level"] == "error")
  }

  @Test("--log-format json without an error writes nothing")
  func silentLog() throws {
    let log = runtime.directory + "/log"
    let container = try runtime.container()
    try runtime.run("--log", log, "--log-format", "json", "run", "-b", container.bundle.path, container.id)
      .succeeds()
    #expect(File.text(log) == "")
  }

  @Test("--debug tells the steps in the log")
  func debug() throws {
    let container = try runtime.container()
    let log = runtime.directory + "/log"
    try container.command("run", global: ["--debug", "--log", log, "--log-format", "json"]).run().succeeds()
    let entries = try File.text(log).split(separator: "\n").map(entry)
    #expect(!entries.isEmpty)
    #expect(entries.allSatisfy { $0["level"] == "debug" })
  }

  @Test("--debug tells the steps of every command that changes or asks for a container")
  func debugSteps() throws {
    let container = try runtime.container { $0.wait() }
    for (arguments, step) in [
      (["create"], "init process: pid"), (["state"], "status: created"),
      (["start"], "has executed its program"), (["kill"], "signal 15 to the init process"),
      (["kill", "--all"], "signal 15 to all processes"),
      (["delete", "--force"], "removing the state directory"),
    ] {
      let command = container.command(arguments[0], Array(arguments.dropFirst()), global: ["--debug"])
      let outcome = try command.run().succeeds()
      #expect(outcome.errors.contains("level=debug") && outcome.errors.contains(step), "\(outcome)")
    }
  }

  @Test("a relative --root counts from the caller's directory")
  func relativeRoot() throws {
    let container = try runtime.container()
    var command = Command(
      Runtime.program,
      ["--root", "root", "create", "--bundle", container.bundle.path, container.id]
    )
    command.directory = runtime.directory
    try command.run().succeeds()
    #expect(try container.status() == "created")
  }

  @Test("the state directory is closed to others")
  func modes() throws {
    let container = try runtime.container()
    try container.create().succeeds()
    for path in [runtime.root, "\(runtime.root)/\(container.id)"] {
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o700)
    }
  }

  @Test(
    "the runc options that clients pass are accepted",
    arguments: [
      ["--rootless=true"], ["--rootless", "auto"], ["--criu", "criu"], ["--systemd-cgroup"],
      ["--cgroup-manager", "cgroupfs"], ["--cgroup-manager=disabled"], ["-debug"],
    ]
  )
  func compatibility(_ options: [String]) throws {
    try runtime.command(["list"], global: options).run().succeeds()
  }

  @Test("flags that say whether they are meant, and short options that share a dash, do what they say")
  func spellings() throws {
    let container = try runtime.container { $0.wait() }
    try container.command("run", ["-d=true", "--no-pivot=false"], global: ["--debug=false"]).run().succeeds()
    let privileges = ["grep", "NoNewPrivs", "/proc/self/status"]
    #expect(try container.execCommand(["--no-new-privs=T"], privileges).run().output.contains("1"))
    let outcome = try container.execCommand(
      ["-eA=1", "-u7:8", "--tty=false"], ["sh", "-c", "id -u; echo $A"]
    )
    .run().succeeds()
    #expect(outcome.lines == ["7", "1"])
    try container.execCommand(["-du", "9"], ["sleep", "1000"]).run().succeeds()
    try runtime.run("delete", "-rf", "^" + container.id).succeeds()
    try container.command("delete", ["--force=maybe"]).run().fails(
      saying: "--force: \"maybe\" is neither true nor false")
  }

  private func entry(_ line: Substring) throws -> [String: String] {
    try decode([String: String].self, from: String(line))
  }
}
