import Foundation
import TestSupport
import Testing

@Suite("how far a pull is")
struct ProgressTests {
  let box: Box
  private let host: RegistryHost
  private let words: [String]

  init() throws {
    box = try Box()
    try box.allowAll()
    try box.shell("mkdir tree; head -c 30000000 /dev/urandom >tree/x; tar -C tree -c . | $SWBOX import - one")
    host = try RegistryHost.docker(in: box)
    let name = "\(host.address)/one:1"
    try box.run("push", "--tls-verify=false", "one", name).succeeds()
    words = ["pull", "--tls-verify=false", name]
  }

  /// What a person sees of a pull.
  private func shown(
    _ words: [String], _ environment: [String: String] = [:], isPiped: Bool = false
  ) throws -> String {
    let terminal = try TestTerminal()
    terminal.resize(rows: 24, columns: 90)
    var command = box.command(words, root: box.directory + "/store-\(UInt32.random(in: 0 ... .max))")
    command.environment["TERM"] = "xterm"
    command.environment.merge(environment) { $1 }
    command = command.at(terminal)
    if isPiped { command.errors = .captured }
    let running = try command.start()
    let text = terminal.readAll()
    let outcome = running.wait().succeeds()
    #expect(outcome.errors.isEmpty, "\(outcome)")
    return text
  }

  @Test("is shown on a terminal while it comes, a line for each blob")
  func terminal() throws {
    let text = try shown(words)
    let lines = text.split(separator: "\r\n")
    let bars = lines.filter { $0.contains("[") && $0.contains("] ") }
    #expect(bars.contains { $0.contains(" of 30 MB") && $0.utf8.count <= 100 }, "\(text)")
    #expect(text.contains("  30 MB  ") && text.contains("/s\r\n"), "\(text)")
    // The lines are drawn over those before, and what was asked for comes after them.
    #expect(text.contains("\u{1b}[3A"), "\(text)")
    #expect(lines.last?.hasPrefix("\u{1b}[J\(host.address)/one:1 sha256:") == true, "\(text)")
  }

  @Test("has no colours where none are wanted, and is not shown where that was asked for")
  func refused() throws {
    let text = try shown(words, ["NO_COLOR": "1"])
    #expect(text.contains(" of 30 MB"), "\(text)")
    #expect(text.range(of: "\u{1b}\\[[0-9;]*m", options: .regularExpression) == nil, "\(text)")
    for (words, environment) in [(words + ["--quiet"], [:]), (words, ["TERM": "dumb"])] {
      let text = try shown(words, environment)
      #expect(text.split(separator: "\r\n").count == 1 && !text.contains("\u{1b}"), "\(text)")
    }
  }

  @Test("is not shown where standard error is no terminal, though standard output is one")
  func piped() throws {
    let text = try shown(words, isPiped: true)
    #expect(text.split(separator: "\r\n").count == 1 && !text.contains("\u{1b}"), "\(text)")
    let outcome = try box.command(words, root: box.directory + "/other").run(timeout: .seconds(60)).succeeds()
    #expect(outcome.errors.isEmpty && outcome.lines.count == 1, "\(outcome)")
  }
}
