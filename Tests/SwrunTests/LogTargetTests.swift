import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// `--log`: files, the journal and syslog, and what happens when they fail.
@Suite("targets of the log")
struct LogTargetTests {
  let runtime = Runtime()

  @Test(
    "a log that cannot be opened is an error at once, before anything is done",
    arguments: [
      ("/nope/x", "--log: openat(2) /nope/x: no such file or directory (ENOENT)"),
      ("/proc/none/log", "--log: openat(2) /proc/none/log: no such file or directory (ENOENT)"),
      ("/tmp", "--log: openat(2) /tmp: is a directory (EISDIR)"),
      ("file:/nope/x", "--log: openat(2) /nope/x: no such file or directory (ENOENT)"),
      ("other:/nope/x", "--log: openat(2) other:/nope/x: no such file or directory (ENOENT)"),
    ])
  func unopenable(_ log: String, _ message: String) throws {
    let container = try runtime.container()
    let outcome = try container.command("create", global: ["--log", log]).run().fails()
    #expect(outcome.errors == "swrun: \(message)\n")
    #expect(try container.status() == "gone")
  }

  @Test("a service that is absent is an error that names its socket")
  func absentService() throws {
    let nowhere = runtime.directory + "/nowhere"
    for (target, place) in [("journald", "/run/systemd/journal/socket"), ("syslog", "/dev/log")] {
      try File.write("", to: nowhere)
      let directory = place.hasPrefix("/dev") ? "/dev" : "/run"
      let command = runtime.command(["list"], global: ["--log", target + ":"])
      let outcome = try command.onHost(with: nowhere, at: directory + "/other", mounted: directory).run()
      #expect(
        outcome.fails().errors
          == "swrun: --log: \(target) cannot be reached: connect(2) \(place): "
          + "no such file or directory (ENOENT)\n")
    }
  }

  @Test("an empty --log is standard error, as in runc")
  func emptyLog() throws {
    let outcome = try runtime.command(["state", "nobody"], global: ["--log="]).run().fails()
    #expect(outcome.errors == "swrun: state nobody: container nobody does not exist\n")
  }

  @Test("file:PATH is a file, and so is a path that merely has a colon")
  func filePrefix() throws {
    for name in ["plain", "journal:x", "Syslog:x", "a:b:c"] {
      let path = runtime.directory + "/" + name
      let target = name == "plain" ? "file:" + path : name
      let outcome = try runtime.command(["state", "nobody"], global: ["--log", target]).run()
      outcome.fails(saying: "does not exist")
      #expect(File.text(path).hasSuffix("does not exist\" code=\"containerNotFound\"\n"), "\(name)")
    }
  }

  @Test("a log that is a pipe gets every line")
  func pipe() throws {
    let container = try runtime.container { $0.hooks = hooks(.poststop, "exit 1") }
    let pipe = try TestPipe()
    var command = container.command("run", global: ["--log", "/dev/fd/7", "--debug", "--log-format=json"])
    command.descriptors = [7: pipe.writing]
    try command.run().succeeds()
    pipe.closeWriting()
    let entries = try pipe.readAll().split(separator: "\n").map(entry)
    #expect(entries.first?["msg"]?.hasPrefix("bundle: ") == false)
    #expect(entries.contains { $0["msg"]?.hasPrefix("bundle: ") == true })
    #expect(entries.last?["level"] == "warning")
  }

  @Test("a container inherits no descriptor of the log, and gets what --preserve-fds names")
  func noLeak() throws {
    let container = try runtime.container { $0.wait() }
    let log = runtime.directory + "/log"
    let pipe = try TestPipe()
    var command = container.command("create", ["--preserve-fds", "2"], global: ["--log", log, "--debug"])
    command.descriptors = [3: pipe.writing, 4: pipe.writing]
    try command.run().succeeds()
    let descriptors = "/proc/\(try container.report().pid)/fd"
    #expect(!File.names(in: descriptors).contains { File.link("\(descriptors)/\($0)") == log })
    try container.start().succeeds()
    #expect(File.names(in: descriptors) == ["0", "1", "2", "3", "4"])
    #expect(File.text(log).contains("init process: pid"))
  }

  @Test("a log does not fill the place of a descriptor that --preserve-fds misses")
  func missingDescriptor() throws {
    let container = try runtime.container()
    let log = runtime.directory + "/log"
    try container.command("run", ["--preserve-fds", "1"], global: ["--log", log]).run()
      .fails(saying: "--preserve-fds 1: descriptor 3 is not open")
  }

  @Test("a log on a full disk is told of once, and costs no message")
  func fullLog() throws {
    let container = try runtime.container { $0.hooks = hooks(.poststop, "exit 1", "exit 2") }
    try container.create().succeeds()
    let outcome = try container.command("delete", ["--force"], global: ["--log", "/dev/full"]).run()
    let lines = outcome.succeeds().errors.split(separator: "\n")
    #expect(lines.first == "swrun: --log: write(2) /dev/full: no space left on device (ENOSPC)")
    #expect(lines.count == 3, "\(lines)")
    #expect(lines.dropFirst().allSatisfy { $0.contains("level=warning") && $0.contains("poststop") })
    let failed = try runtime.command(["state", "nobody"], global: ["--log=/dev/full"]).run().fails()
    #expect(
      failed.errors
        == "swrun: --log: write(2) /dev/full: no space left on device (ENOSPC)\n"
        + "swrun: state nobody: container nobody does not exist\n")
  }

  @Test("a log that a message does not fit into keeps whole lines only")
  func almostFullLog() throws {
    let log = try runtime.mountTemporary("small", options: "size=4k") + "/log"
    let line = "{\"level\":\"error\",\"msg\":\"\(String(repeating: "x", count: 4020))\"}\n"
    try File.write(line, to: log)
    let global = ["--log", log, "--log-format", "json"]
    try runtime.command(["state", "nobody"], global: global).run()
      .fails(saying: "--log: write(2) \(log): no space left on device", "nobody does not exist")
    #expect(File.text(log) == line)
  }

  @Test("a mistake on the command line is in the log, too")
  func usageMistake() throws {
    let log = runtime.directory + "/log"
    let global = ["--log", log, "--log-format", "json"]
    let outcome = try runtime.command(["state", "--frob", "x"], global: global).run()
    outcome.fails(saying: "swrun: unknown option --frob of state\n")
    #expect(try entry(File.text(log)[...])["msg"] == "unknown option --frob of state")
  }

  @Test(
    "journald gets the message, its priority and the error's code",
    arguments: [("journald:web", "web"), ("journald:", "nobody")])
  func journal(_ target: String, _ identifier: String) throws {
    let service = try DatagramSocket(in: runtime.directory, named: "journal")
    let command = runtime.command(["state", "nobody"], global: ["--log", target, "--log-format=json"])
    let outcome = try command.onHost(with: service.path, at: "/run/systemd/journal/socket", mounted: "/run")
      .run()
    #expect(outcome.fails().errors == "swrun: state nobody: container nobody does not exist\n")
    let datagrams = service.received().map { String(decoding: $0, as: UTF8.self) }
    #expect(datagrams.count == 1)
    let fields = Set((datagrams.first ?? "").split(separator: "\n").filter { !$0.hasPrefix("SYSLOG_PID=") })
    #expect(
      fields == [
        "MESSAGE=state nobody: container nobody does not exist", "PRIORITY=3",
        "SYSLOG_IDENTIFIER=\(identifier)", "SWRUN_CODE=containerNotFound",
      ])
  }

  @Test("syslog gets a message in the form of RFC 3164")
  func syslog() throws {
    let service = try DatagramSocket(in: runtime.directory, named: "syslog")
    func log(_ target: String, _ arguments: [String], _ global: [String] = []) throws -> [String] {
      let command = runtime.command(arguments, global: ["--log", target] + global)
      try command.onHost(with: service.path, at: "/dev/log", mounted: "/dev").run().fails()
      return service.received().map { String(decoding: $0, as: UTF8.self) }
    }
    let text = try log("syslog:web", ["state", "nobody"])
    #expect(text.count == 1)
    #expect(
      text.first?.wholeMatch(
        of:
          /<11>[A-Z][a-z]{2} [ 1-3][0-9] \d\d:\d\d:\d\d web\[\d+\]: state nobody: .* code="containerNotFound"/
      )
        != nil, "\(text)")
    let lines = try log("syslog:", ["state", "a\nb"])
    #expect(lines.count == 1 && !(lines.first ?? "\n").contains("\n"), "\(lines)")
    let json = try log("syslog:", ["--frob"], ["--log-format", "json"])
    let parts = try #require(json.first).split(separator: ": ", maxSplits: 1)
    #expect(parts.first?.contains(" swrun[") == true)
    #expect(try entry(#require(parts.last))["msg"] == "unknown option --frob")
  }

  private func entry(_ line: Substring) throws -> [String: String] {
    try decode([String: String].self, from: String(line))
  }
}
