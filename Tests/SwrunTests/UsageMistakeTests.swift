import TestSupport
import Testing

/// What is said of a wrong command line: once, with the option and the command.
@Suite("mistakes on the command line")
struct UsageMistakeTests {
  let runtime = Runtime()

  @Test(
    "a mistake is one line, perhaps a hint, and the usage",
    arguments: [
      ("frobnicate c", "unknown command \"frobnicate\"", "`swrun --help` lists the commands", ""),
      ("exek c", "unknown command \"exek\"", "did you mean \"exec\"?", ""),
      ("stat c", "unknown command \"stat\"", "did you mean \"state\"?", ""),
      ("delte c", "unknown command \"delte\"", "did you mean \"delete\"?", ""),
      ("help bogus", "unknown command \"bogus\"", "`swrun --help` lists the commands", ""),
      ("--frob list", "unknown option --frob", nil, ""),
      (
        "--bundle /b run c", "unknown option --bundle",
        "--bundle is an option of create, and stands after that word", ""
      ),
      ("state --frob c", "unknown option --frob of state", nil, "state"),
      ("run --bundel /b c", "unknown option --bundel of run", "did you mean --bundle?", "run"),
      ("exec -tdz c sh", "unknown option -tdz of exec", nil, "exec"),
      ("run -db", "flag needs an argument: -b", nil, "run"),
      ("list -qfxml", "-f: \"xml\" is none of table, json", nil, "list"),
      ("--root", "flag needs an argument: --root", nil, ""),
      ("run --pid-file", "flag needs an argument: --pid-file", nil, "run"),
      ("run -b --detach c", "flag needs an argument: -b", nil, "run"),
      ("create -pid-file", "flag needs an argument: -pid-file", nil, "create"),
      ("delete --force=yes c", "--force: \"yes\" is neither true nor false", nil, "delete"),
      ("exec -t= c sh", "-t: \"\" is neither true nor false", nil, "exec"),
      ("--debug=2 list", "--debug: \"2\" is neither true nor false", nil, ""),
      ("list --format=xml", "--format: \"xml\" is none of table, json", nil, "list"),
      (
        "--cgroup-manager none list", "--cgroup-manager: \"none\" is none of cgroupfs, systemd, disabled",
        nil, ""
      ),
      (
        "nonsense --help", "unknown command \"nonsense\"", "`swrun --help` lists the commands", ""
      ),
      ("create --pid-file= c", "--pid-file: the path is empty", nil, "create"),
      ("run --console-socket= c", "--console-socket: the path is empty", nil, "run"),
      ("run --pidfd-socket= c", "--pidfd-socket: the path is empty", nil, "run"),
      ("run -b= c", "-b: the path is empty", nil, "run"), ("run -f= c", "-f: the path is empty", nil, "run"),
      ("--root= list", "--root: the path is empty", nil, ""),
      ("--criu= list", "--criu: the path is empty", nil, ""),
      ("exec --process= c sh", "--process: the path is empty", nil, "exec"),
      ("checkpoint --image-path= c", "--image-path: the path is empty", nil, "checkpoint"),
      ("restore --work-path= c", "--work-path: the path is empty", nil, "restore"),
      ("update --resources= c", "--resources: the path is empty", nil, "update"),
      ("spec --file=", "--file: the path is empty", nil, "spec"),
      ("start", "start needs an argument: <container-id>", nil, "start"),
      ("exec --cwd", "flag needs an argument: --cwd", nil, "exec"),
      ("exec --frob c1 sh", "unknown option --frob of exec", nil, "exec"),
      ("exec -g x c1 ls -l", "the value 'x' is invalid for '-g <gid>'", nil, "exec"),
      ("start a b", "unexpected argument \"b\" of start", nil, "start"),
      ("features -- b", "unexpected argument \"b\" of features", nil, "features"),
      ("create --preserve-fds=-1 c", "the value '-1' is invalid for '--preserve-fds <n>'", nil, "create"),
    ] as [(String, String, String?, String)])
  func mistake(_ line: String, _ message: String, _ hint: String?, _ command: String) throws {
    let outcome = try Command(Runtime.program, line.split(separator: " ").map(String.init)).run().fails()
    #expect(outcome.output == "")
    let lines = outcome.errors.split(separator: "\n").map(String.init)
    #expect(lines.dropLast() == ["swrun: " + message] + (hint.map { ["  hint: " + $0] } ?? []))
    let usage = "usage: swrun " + (command == "" ? "[<global-options>]" : command)
    #expect(lines.last?.hasPrefix(usage) == true)
  }

  @Test(
    "words that are no UTF-8 are refused, not changed", arguments: ["exec c echo", "spec --bundle"])
  func bytes(_ line: String) throws {
    let script = "exec '\(Runtime.program)' \(line) \"$(printf 'a\\377')\""
    let outcome = try Command("/bin/sh", ["-c", script]).run()
    #expect(outcome.status == (line.hasPrefix("exec") ? 255 : 1), "\(outcome)")
    #expect(
      outcome.errors.contains("is no UTF-8\n")
        && outcome.errors.contains("word \(line.split(separator: " ").count + 1), "), "\(outcome)")
  }

  @Test("JSON on standard error stays JSON")
  func json() throws {
    let outcome = try runtime.command(["exek"], global: ["--log-format", "json"]).run().fails()
    #expect(outcome.errors.hasPrefix("{") && outcome.errors.hasSuffix("}\n"))
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test("help of a command is the same in both forms")
  func help() throws {
    let first = try runtime.command(["help", "create"]).run().succeeds().output
    #expect(try first == runtime.command(["create", "--help"]).run().succeeds().output)
    #expect(first.contains("USAGE: swrun create [--bundle <dir>]"))
  }

  @Test("a container's ID is last in the synopsis", arguments: ["create", "run", "state", "delete"])
  func order(_ command: String) throws {
    let help = try runtime.command([command, "--help"]).run().succeeds()
    #expect(help.lines.first { $0.hasPrefix("USAGE:") }?.hasSuffix(" <container-id>") == true, "\(help)")
  }

  @Test("the program's help tells the default root, and each command in one line")
  func programHelp() throws {
    let outcome = try runtime.command(["--help"]).run().succeeds()
    let words = outcome.output.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    #expect(words.contains("(default: /run/swrun; without root $XDG_RUNTIME_DIR/swrun)"))
    for group in ["LIFECYCLE", "QUERY"] { #expect(outcome.lines.contains("\(group) SUBCOMMANDS:")) }
    let start = try #require(outcome.lines.firstIndex { $0.hasSuffix("SUBCOMMANDS:") })
    for line in outcome.lines[start...].dropLast() where !line.hasSuffix(":") {
      #expect(line.wholeMatch(of: #/  [a-z]+ +[A-Z].*\./#) != nil, "\(line)")
    }
  }

  @Test("two ways to name the maker of cgroups must agree")
  func contradiction() throws {
    try runtime.command(["list"], global: ["--systemd-cgroup", "--cgroup-manager", "systemd"]).run()
      .succeeds()
    for manager in ["cgroupfs", "disabled"] {
      try runtime.command(["list"], global: ["--systemd-cgroup", "--cgroup-manager", manager]).run()
        .fails(saying: "--systemd-cgroup contradicts --cgroup-manager=\(manager)\n")
    }
  }
}
