import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: runtime.md#state, runtime.md#query-state
@Suite("state and list")
struct QueryTests {
  let runtime = Runtime()

  @Test("state tells what the specification asks for, and what runc adds")
  func state() throws {
    let container = try runtime.container { config in
      config.wait()
      config.annotations = ["org.example.key": "value \"quoted\" ü"]
    }
    try container.createAndStart()
    let report = try container.report()
    #expect(report.ociVersion == "1.3.0")
    #expect(report.id == container.id)
    #expect(report.status == "running")
    #expect(report.bundle == container.bundle.path)
    #expect(report.rootfs == container.bundle.path + "/rootfs")
    #expect(report.annotations == ["org.example.key": "value \"quoted\" ü"])
    #expect(report.owner == "root")
    #expect(File.text("/proc/\(report.pid)/cmdline") == "sleep\u{0}1000\u{0}")
    let created = try #require(report.created)
    #expect(created.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil)
  }

  @Test("a created container has its process's pid, a stopped one has 0")
  func pids() throws {
    let container = try runtime.container()
    try container.create().succeeds()
    #expect(isAlive(try container.report().pid))
    try container.start().succeeds()
    try container.expect("stopped")
    #expect(try container.report().pid == 0)
  }

  @Test("an empty list is a table's head, an empty array, or nothing")
  func emptyList() throws {
    #expect(try runtime.run("list").succeeds().output.hasPrefix("ID          PID         STATUS"))
    #expect(try runtime.run("list", "--format", "json").succeeds().output == "[]\n")
    #expect(try runtime.run("list", "-q").succeeds().output == "")
    #expect(!File.exists(runtime.root))
  }

  @Test("list has a line for every container, by ID")
  func table() throws {
    let created = try runtime.container("b")
    try created.create().succeeds()
    let running = try runtime.container("a") { $0.wait() }
    try running.createAndStart()
    let lines = try runtime.run("list").succeeds().lines
    let columns = lines.map { $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init) }
    #expect(columns.count == 3)
    #expect(columns[0] == ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"])
    #expect(
      columns[1].prefix(4) == [running.id, "\(try running.report().pid)", "running", running.bundle.path]
    )
    #expect(
      columns[2].prefix(4) == [created.id, "\(try created.report().pid)", "created", created.bundle.path]
    )
    #expect(columns[1].last == "root")
  }

  @Test("list --format json has what state prints", arguments: ["--format=json", "-f=json"])
  func json(_ option: String) throws {
    let container = try runtime.container { $0.annotations = ["a": "b"] }
    try container.create().succeeds()
    let outcome = try runtime.run("list", option).succeeds()
    let reports = try decode([StateReport].self, from: outcome.output)
    #expect(try reports == [container.report()])
    #expect(outcome.lines.count == 1)
  }

  @Test("list -q prints IDs only", arguments: ["-q", "--quiet"])
  func quiet(_ option: String) throws {
    for name in ["b", "a"] { try runtime.container(name).create().succeeds() }
    #expect(try runtime.run("list", option).succeeds().output == "\(runtime.tag)a\n\(runtime.tag)b\n")
  }

  @Test("an unknown format of list is an error")
  func unknownFormat() throws { try runtime.run("list", "--format", "xml").fails(saying: "xml") }

  @Test("a container that create is still making is creating")
  func creating() throws {
    let container = try runtime.container { config in
      config.hooks = hooks(.prestart, "sleep 2")
    }
    let create = try container.command("create").start()
    try container.expect("creating")
    #expect(try runtime.run("list").succeeds().output.contains("creating"))
    create.wait().succeeds()
    #expect(try container.status() == "created")
  }

  @Test("a program with an odd name does not confuse state")
  func oddName() throws {
    let container = try runtime.container { $0.run("/a) R 1 (b", "1000") }
    try FileManager.default.copyItem(
      atPath: container.bundle.inside("bin/busybox"),
      toPath: container.bundle.inside("busybox-copy")
    )
    try container.bundle.addScript("a) R 1 (b", "#!/bin/sh\nsleep 1000\n")
    try container.createAndStart()
    #expect(try container.status() == "running")
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
  }

  @Test("a pid that is another process's by now is not touched")
  func reusedPID() throws {
    let container = try runtime.container { $0.wait() }
    try container.createAndStart()
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
    // Start times are told in hundredths of a second.
    usleep(30_000)
    let process = try Command("sleep", ["1000"]).start()
    let path = "\(runtime.root)/\(container.id)/state.json"
    let record = File.text(path)
    let pid = try #require(record.firstMatch(of: /"initProcess":{"pid":([0-9]+),/)).output.1
    try File.write(record.replacing("{\"pid\":\(pid),", with: "{\"pid\":\(process.pid),"), to: path)
    #expect(try container.status() == "stopped")
    try container.kill("KILL").fails(saying: "container not running")
    try container.delete("--force").succeeds()
    #expect(!process.hasEnded)
  }
}
