import TestSupport
import Testing

/// `kill --regex` and `delete --regex`
@Suite("names by a pattern")
struct PatternTests {
  let runtime = Runtime()

  private func running(_ names: String...) throws -> [Container] {
    try names.map { name in
      let container = try runtime.container(name) { $0.wait() }
      try container.createAndStart()
      return container
    }
  }

  @Test("kill signals, and delete removes, each container whose name fits, and no other")
  func each() throws {
    let containers = try running("web1", "web2", "data")
    try runtime.run("kill", "--regex", "web[0-9]+$", "KILL").succeeds()
    try containers[0].expect("stopped")
    try containers[1].expect("stopped")
    #expect(try containers[2].status() == "running")
    try runtime.run("delete", "--regex", "web").succeeds()
    #expect(try runtime.listedIDs() == [containers[2].id])
    try runtime.run("delete", "-r", "-f", "data").succeeds()
    #expect(try runtime.listedIDs() == [])
  }

  @Test("one that fails does not stop the others, and each failure is told")
  func failures() throws {
    let containers = try running("a", "b")
    try containers[1].kill("KILL").succeeds()
    try containers[1].expect("stopped")
    let outcome = try runtime.run("delete", "--regex", ".")
    outcome.fails(
      saying: "delete \(containers[0].id): cannot delete container \(containers[0].id) that is not stopped")
    #expect(try runtime.listedIDs() == [containers[0].id])
    #expect(outcome.errors.split(separator: "\n").filter { $0.hasPrefix("swrun:") }.count == 1)
  }

  @Test("a pattern that is none, or empty, is an error, and one that fits nothing without --force")
  func wrongPatterns() throws {
    _ = try running("a")
    try runtime.run("kill", "--regex", "a(", "KILL").fails(saying: "\"a(\" is not a regular expression")
    for arguments in [["kill", "-ar", ""], ["delete", "-rf", ""], ["delete", "--force", "--regex", ""]] {
      try runtime.command(arguments).run().fails(saying: "--regex: the expression is empty")
    }
    try runtime.run("kill", "--regex", "^b").fails(saying: "no container has such a name")
    try runtime.run("delete", "--regex", "^b").fails(saying: "no container has such a name")
    let outcome = try runtime.run("delete", "--force", "--regex", "^b").succeeds()
    #expect(outcome.output + outcome.errors == "")
    #expect(try runtime.listedIDs().count == 1)
  }
}
