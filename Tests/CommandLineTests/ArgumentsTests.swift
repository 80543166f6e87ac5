import ArgumentParser
import Testing

@testable import swrun

/// What is written in many ways comes to the readers in one.
@Suite("words of the command line")
struct ArgumentsTests {
  @Test("a long option with one dash is one with two")
  func oneDash() {
    let arguments = Arguments.normalized(["run", "-no-subreaper", "-b", "/b", "c1", "--", "-x-y"])
    #expect(arguments == ["run", "--no-subreaper", "-b", "/b", "c1", "--", "-x-y"])
  }

  @Test("nothing behind an equals sign is an empty value, and not the next word")
  func emptyValue() throws {
    let arguments = Arguments.normalized(["--log=", "-root=", "state", "c1", "--", "a="])
    #expect(arguments == ["--log", "", "--root", "", "state", "c1", "--", "a="])
    var expected = Invocation(command: .state(id: "c1"))
    expected.global.log = ""
    #expect(QuickReader.read(["--log", "", "state", "c1"]) == nil)
    #expect(try FullReader.invocation(of: Swrun.parseAsRoot(["--log", "", "state", "c1"])) == expected)
  }

  @Test(
    "what is for ps is passed on as it is",
    arguments: [
      ("ps c1 -ef", "ps -- c1 -ef"), ("-root -x ps c1", "--root -x ps -- c1"),
      ("-debug ps -format json c1 -aux --format", "--debug ps --format json -- c1 -aux --format"),
      ("ps -f=json c1 c2", "ps -f=json -- c1 c2"), ("ps -f", "ps -f"), ("ps -- -c1 -ef", "ps -- -c1 -ef"),
      ("--log ps state -x-y", "--log ps state --x-y"),
    ])
  func passing(line: String, expected: String) {
    expect(line, expected)
  }

  @Test(
    "short options may share a dash, and the last one's value the word",
    arguments: [
      ("exec -td c1 sh -td", "exec -t -d -- c1 sh -td"), ("exec -tu 1 c1 sh", "exec -t -u 1 -- c1 sh"),
      ("exec -u1000:5 c1", "exec -u=1000:5 -- c1"), ("exec -eA=-d=b c1", "exec -e=A=-d=b -- c1"),
      ("exec -tdeA c1", "exec -t -d -e=A -- c1"), ("run -db/b c1", "run -d -b=/b c1"),
      ("run -db /b c1", "run -d -b /b c1"), ("delete -rf ^a", "delete -r -f ^a"),
      ("exec -tu=1 c1", "exec -t -u=1 -- c1"), ("run -tz c1", "run --tz c1"), ("-vh", "-v -h"),
      ("run -detach -keep c1", "run --detach --keep c1"), ("list -qfjson", "list -q -f=json"),
      ("update --memory -1 c1", "update --memory -1 c1"), ("kill -ar c1 -9", "kill -a -r c1 -9"),
    ])
  func shortOptions(line: String, expected: String) { expect(line, expected) }

  @Test(
    "a flag may say whether it is meant, and the last word counts",
    arguments: [
      ("--debug=true state c1", "--debug state c1"), ("--debug=F state c1", "state c1"),
      ("exec --no-new-privs=false -t=1 c1", "exec -t -- c1"), ("run -d --detach=0 c1", "run c1"),
      ("run --detach=0 -d c1", "run -d c1"), ("spec --rootless=False", "spec"),
      ("--rootless=false spec --rootless=T", "--rootless=false spec --rootless"),
      ("run -d=maybe c1", "run -d=maybe c1"), ("run --keep= c1", "run --keep= c1"),
      ("delete --force=false detach", "delete detach"),
    ])
  func flags(line: String, expected: String) { expect(line, expected) }

  private func expect(
    _ line: String, _ expected: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      Arguments.normalized(line.split(separator: " ").map(String.init)).joined(separator: " ") == expected,
      sourceLocation: sourceLocation)
  }

  @Test("the words for yes and no are Go's")
  func booleans() {
    for word in ["1", "t", "T", "true", "TRUE", "True"] { #expect(Arguments.boolean(word) == true) }
    for word in ["0", "f", "F", "false", "FALSE", "False"] { #expect(Arguments.boolean(word) == false) }
    for word in ["", "yes", "2", "tRUE"] { #expect(Arguments.boolean(word) == nil) }
  }

  @Test("the table of options has each option of each command, and no other")
  func table() throws {
    let program = try #require(CommandTable.program)
    for command in [program] + (program.subcommands ?? []) where command.commandName != "help" {
      let isProgram = command.commandName == "swrun"
      let table = isProgram ? OptionTable.global : OptionTable.own(command.commandName)
      let help = isProgram ? [] : ["--help -h"]
      #expect(names(command, "flag") == written(table.flags, help), "\(command.commandName)")
      #expect(names(command, "option") == written(table.values, []), "\(command.commandName)")
    }
  }

  private func names(_ command: CommandTable.Command, _ kind: String) -> [String] {
    (command.arguments ?? []).filter { $0.kind == kind && $0.names?.isEmpty == false }
      .map { ($0.names ?? []).map(\.written).sorted().joined(separator: " ") }.sorted()
  }

  private func written(_ options: [[String]], _ more: [String]) -> [String] {
    (options.map { $0.map(OptionTable.written).sorted().joined(separator: " ") } + more).sorted()
  }
}
