import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("many at once", .serialized)
struct ConcurrencyTests {
  let runtime = Runtime()

  @Test("of several creates of one ID exactly one wins")
  func sameID() throws {
    for round in 1...20 {
      let containers = try (1...4).map { try runtime.container("\(round).\($0)") }
      let running = try containers.map {
        try runtime.command(["create", "--bundle", $0.bundle.path, runtime.tag + "same"]).start()
      }
      let outcomes = running.map { $0.wait() }
      #expect(outcomes.filter { $0.status == 0 }.count == 1, "\(outcomes)")
      for outcome in outcomes where outcome.status != 0 {
        outcome.fails(saying: "container with given ID already exists")
      }
      let leftovers = Leftovers(tag: "\(runtime.tag)\(round).")
      #expect(Set(leftovers.cgroups.compactMap { $0.split(separator: "/").last }).count == 1, "\(leftovers)")
      try runtime.run("delete", "--force", runtime.tag + "same").succeeds()
    }
  }

  @Test("of several starts exactly one wins")
  func sameStart() throws {
    let container = try runtime.container { $0.shell("echo ran >> /ran; exec sleep 1000") }
    for _ in 1...10 {
      try container.create().succeeds()
      let outcomes = try (1...4).map { _ in try container.command("start").start() }.map { $0.wait() }
      #expect(outcomes.filter { $0.status == 0 }.count == 1, "\(outcomes)")
      for outcome in outcomes where outcome.status != 0 { outcome.fails(saying: "not created") }
      #expect(eventually { File.text(container.bundle.inside("ran")) == "ran\n" })
      unlink(container.bundle.inside("ran"))
      try container.remove()
    }
  }

  @Test("start, kill and delete at once end in a deleted container, whoever comes first")
  func race() throws {
    let container = try runtime.container { $0.wait() }
    for round in 0..<30 {
      try container.create().succeeds()
      let commands = [
        ["start", container.id], ["kill", container.id, "KILL"], ["delete", "--force", container.id],
        ["state", container.id], ["list"],
      ]
      let running = try (0..<commands.count).map {
        try runtime.command(commands[($0 + round) % commands.count]).start()
      }
      let outcomes = running.map { $0.wait(timeout: .seconds(20)) }
      for outcome in outcomes {
        #expect(outcome.isPunctual && [0, 1].contains(outcome.status), "\(outcome)")
        if outcome.command.contains(" list") || outcome.command.contains(" delete") { outcome.succeeds() }
      }
      #expect(try container.status() == "gone")
      #expect(Leftovers(tag: container.id, stateDirectory: runtime.root).isEmpty)
    }
  }

  @Test("several deletes at once remove the container once, and run its poststop hook once")
  func sameDelete() throws {
    let container = try runtime.container { $0.hooks = hooks(.poststop, "echo x >> hooked") }
    for round in 1...10 {
      try container.create().succeeds()
      let running = try (1...4).map { _ in try container.command("delete", ["--force"]).start() }
      for running in running { running.wait().succeeds() }
      #expect(File.text(container.bundle.path + "/hooked").count == 2 * round)
    }
  }

  @Test("a reader never sees half a state while containers come and go")
  func readers() throws {
    let container = try runtime.container()
    let end = runtime.directory + "/end"
    let line = "until [ -e \"$2\" ]; do \"$0\" --root \"$1\" list --format json || exit 9; done"
    let reading = try Command("sh", ["-c", line, Runtime.program, runtime.root, end]).start()
    for _ in 1...20 { try container.run().succeeds() }
    #expect(!reading.hasEnded)
    try File.write("", to: end)
    reading.wait().succeeds()
    let known: Set = ["creating", "created", "running", "stopped"]
    for line in reading.output.split(separator: "\n") {
      let reports = try decode([StateReport].self, from: String(line))
      for report in reports {
        #expect(known.contains(report.status))
        #expect(report.status == "creating" || report.status == "stopped" || report.pid > 0, "\(line)")
      }
    }
    #expect(reading.errors == "")
  }

  @Test("fifty containers live at once, and leave nothing")
  func fifty() throws {
    let containers = try (1...50).map { number in
      try runtime.container("\(number)") { $0.shell("hostname; exec sleep 1000") }
    }
    for batch in stride(from: 0, to: 50, by: 10) {
      let running = try containers[batch..<batch + 10].map { try $0.command("create").start() }
      for running in running { running.wait().succeeds() }
    }
    let starting = try containers.map { try $0.command("start").start() }
    for starting in starting { starting.wait().succeeds() }
    let outcome = try runtime.run("list", "--format", "json").succeeds()
    let reports = try decode([StateReport].self, from: outcome.output)
    #expect(reports.map(\.status) == Array(repeating: "running", count: 50))
    #expect(Set(reports.map(\.pid)).count == 50)
    let deleting = try containers.map { try $0.command("delete", ["--force"]).start() }
    for deleting in deleting { deleting.wait().succeeds() }
    #expect(Leftovers(tag: runtime.tag, stateDirectory: runtime.root).isEmpty)
    #expect(!reports.contains { isAlive($0.pid) })
  }
}
