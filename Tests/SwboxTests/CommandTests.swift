import Foundation
import TestSupport
import Testing

@Suite("swbox's command line")
struct CommandTests {
  @Test("tells of mistakes with status 125, and of the usage")
  func mistakes() throws {
    let box = try Box()
    try box.run("nothing").refuses(saying: "unexpected argument 'nothing'", "usage: swbox")
    try box.run("tag", "one").refuses(saying: "<name>", "usage: swbox tag")
    try box.run("tag", "--no", "x", "y").refuses(saying: "--no")
    try Command(Box.program, ["--root"]).run().refuses(saying: "--root")
    try Command(Box.program, ["--root", "", "images"]).run().refuses(saying: "--root: the path is empty")
    try box.run("gc", "--grace-period", "soon").refuses(saying: "--grace-period: found \"soon\"")
    try box.run("unpack", "--max-size", "0", "x", "y").refuses(saying: "--max-size: found \"0\"")
  }

  @Test("answers questions about itself")
  func questions() throws {
    let box = try Box()
    #expect(try box.run("--version").succeeds().output.hasPrefix("swbox version "))
    #expect(try box.run("--help").succeeds().output.contains("SUBCOMMANDS"))
    for shell in ["bash", "zsh", "fish"] {
      let script = try box.run("completion", shell).succeeds().output
      try File.write(script, to: box.directory + "/script")
      try box.shell(shell == "fish" ? "fish --no-execute script" : "\(shell) -n script")
    }
  }

  @Test("writes errors as JSON if asked, and colours only on a terminal")
  func forms() throws {
    let box = try Box()
    let json = try box.run("--log-format", "json", "image", "inspect", "missing")
    let error = try #require(
      try JSONSerialization.jsonObject(with: Data(json.errors.utf8)) as? [String: String])
    #expect(json.status == 125)
    #expect(error["level"] == "error" && error["code"] == "imageNotFound")
    #expect(error["msg"] == "image inspect: no image is named \"missing\"")
    #expect(error["hint"] == "`swbox images` lists the images")
    let plain = try box.run("tag", "missing", "x")
    plain.refuses(saying: "swbox: tag: no image is named \"missing\"\n  hint: ")
    func onTerminal(_ environment: String) throws -> String {
      try box.shell("\(environment) script -qec \"$SWBOX tag missing x\" /dev/null </dev/null || true")
    }
    #expect(try onTerminal("TERM=xterm").contains("\u{1b}[31mswbox:"))
    #expect(try !onTerminal("TERM=xterm NO_COLOR=1").contains("\u{1b}"))
    #expect(try !onTerminal("TERM=dumb").contains("\u{1b}"))
  }

  @Test("does not take a full disk for success")
  func fullDisk() throws {
    let box = try Box()
    var command = box.command(["images"])
    command.output = .path("/dev/full")
    try command.run().refuses(saying: "no space left on device")
  }
}
