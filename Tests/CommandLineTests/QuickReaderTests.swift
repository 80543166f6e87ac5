import ArgumentParser
import Testing

@testable import swrun

/// The quick reader and ArgumentParser read the same command lines in the same way.
@Suite("The quick reader of command lines")
struct QuickReaderTests {
  /// What ArgumentParser makes of a command line.
  private func full(_ arguments: [String]) throws -> Invocation {
    try #require(FullReader.invocation(of: Swrun.parseAsRoot(arguments)))
  }

  static let understood = [
    "--version", "list", "--root /r list", "list --format json", "list -f table", "list --format=json",
    "state c1",
    "--root /r state c1", "--root=/r --log /l --log-format json state c1",
    "--debug start c1", "start c1", "kill c1", "kill c1 9", "kill --all c1 KILL", "kill -a c1 TERM",
    "delete c1", "delete --force c1", "delete -f c1", "create c1", "create --bundle /b c1", "create -b /b c1",
    "create --bundle=/b --pid-file /p --console-socket /s --pidfd-socket /f --no-pivot --no-new-keyring c1",
    "create --preserve-fds 3 --bundle /b c1", "run c1", "run -d c1",
    "run --detach --keep --no-subreaper -b /b c1",
    "pause c1", "resume c1", "--root /r --log /l --log-format json pause c1",
    "events c1", "events --stats c1",
    "update --resources - c1", "update --resources=- c1", "update -r /f c1", "update -r - c1", "ps -- c1",
    "ps --format json -- c1", "ps -f table -- c1 -ef",
    "ps --format=json -- c1 --debug -o -- x",
    "run --preserve-fds=2 --pid-file=/p c1", "create --config /f --no-subreaper c1", "run -f /f -b /b c1",
    "--log-format text run --bundle . c1",
    "--systemd-cgroup state c1", "--cgroup-manager systemd --systemd-cgroup create c1",
    "--cgroup-manager=disabled run c1", "--cgroup-manager cgroupfs start c1", "--rootless=true state c1",
    "--rootless auto state c1", "--rootless false kill c1", "--criu /usr/sbin/criu state c1",
    "--log journald: state c1", "--log syslog:web --log-format=json delete c1", "--log=file:/a:b state c1",
  ]

  @Test("agrees with ArgumentParser on what it understands", arguments: understood)
  func agrees(line: String) throws {
    let arguments = line.split(separator: " ").map(String.init)
    let quick = try #require(QuickReader.read(arguments))
    #expect(try quick == full(arguments))
  }

  @Test(
    "leaves to ArgumentParser what it does not know for sure",
    arguments: [
      "", "--help", "create", "create --help", "create a b", "state", "state -x c1", "frobnicate c1",
      "list c1", "list -q",
      "list --format xml", "list --format",
      "--root", "--log-format xml state c1", "create --bundle", "create --bundle --no-pivot c1",
      "create --preserve-fds x c1", "create --preserve-fds 99999 c1", "kill", "kill a b c",
      "run --no-pivot=true c1",
      "delete c1 --force", "kill c1 -9", "state --", "--version state c1", "ps", "ps --",
      "events --interval 1s c1", "update c1",
      "update --memory 5m c1", "update -r - --memory 5m c1", "update -r --memory c1", "update -r c1",
      "ps --help", "ps --format xml -- c1", "ps --format --", "ps -q -- c1", "--debug=1 state c1",
      "--debug=state c1", "--systemd-cgroup=state c1", "create --no-pivot=c1", "run --no-new-keyring=c1",
      "spec --rootless=-b /b", "exec --tty=-d c1 sh", "--cgroup-manager none state c1", "--cgroup-manager",
      "--rootless yes state c1",
      "--rootless= state c1", "create -b/b c1",
    ])
  func leaves(line: String) {
    #expect(QuickReader.read(line.split(separator: " ").map(String.init)) == nil)
  }

  /// A number that looks random, and is the same in every run.
  private struct Dice: RandomNumberGenerator {
    var state: UInt64 = 1

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  @Test("understands no line in another way than ArgumentParser, whatever is thrown together")
  func agreesOnAnything() throws {
    let words = [
      "--root", "/r", "--root=/r", "--log", "journald:", "--log=", "--log-format", "json",
      "--log-format=text",
      "--debug", "--debug=1", "--systemd-cgroup", "--cgroup-manager", "disabled", "--cgroup-manager=systemd",
      "--rootless", "auto", "--rootless=true", "--criu", "--version", "create", "run", "start", "state",
      "kill",
      "delete", "exec", "ps", "-t", "--tty=-d", "--cwd", "-e", "-b", "/b", "--bundle=/b", "-b/b", "--detach",
      "-d", "--keep", "--no-pivot", "--no-pivot=x",
      "-no-subreaper", "--pid-file", "--preserve-fds", "2", "--preserve-fds=x", "--all", "-a", "--force",
      "-f",
      "-db", "-td", "-tu1", "--tty=true", "--keep=F", "-d=0", "--config=/f", "-x=",
      "c1", "KILL", "9", "-9", "--", "-", "",
    ]
    let commands = ["create", "run", "start", "exec", "state", "kill", "pause", "delete"]
    var dice = Dice()
    var understood = 0
    for _ in 0..<3_000 {
      var line = (0..<Int.random(in: 0...2, using: &dice)).map { _ in words.randomElement(using: &dice) ?? ""
      }
      line.append(commands.randomElement(using: &dice) ?? "")
      line += (0..<Int.random(in: 0...3, using: &dice)).map { _ in words.randomElement(using: &dice) ?? "" }
      let arguments = Arguments.normalized(line + ["c1"])
      guard let quick = QuickReader.read(arguments) else { continue }
      understood += 1
      #expect((try? full(arguments)) == quick, "\(line)")
    }
    #expect(understood > 200)
  }

  @Test("spec's --rootless is a flag, beside the global option of that name")
  func specRootless() {
    let expected = Invocation(command: .spec(bundle: "/b", file: nil, rootless: true))
    #expect(QuickReader.read(["spec", "--rootless", "-b", "/b"]) == expected)
    #expect(QuickReader.read(["spec", "--bundle=/b", "--rootless"]) == expected)
    #expect(
      QuickReader.read(["spec", "-f", "x"])
        == Invocation(command: .spec(bundle: ".", file: "x", rootless: false)))
  }

  @Test(
    "lengths of time",
    arguments: [
      ("5s", 5000), ("1m30s", 90_000), ("1.5h", 5_400_000), ("250ms", 250), ("1s1ms", 1001), ("1us", 1),
      ("0s", nil), ("0", nil), ("5", nil), ("", nil), ("s", nil), ("-1s", nil), ("1s-", nil), ("1 s", nil),
      ("1.2.3s", nil), ("1e3s", nil), ("infs", nil), ("99999999999h", nil),
    ] as [(String, Int?)])
  func intervals(text: String, expected: Int?) {
    #expect(Interval.milliseconds(text) == expected)
  }

  @Test(
    "sizes",
    arguments: [
      ("0", 0), ("1024", 1024), ("512m", 512 << 20), ("512M", 512 << 20), ("1g", 1 << 30), ("1.5g", 3 << 29),
      ("1.5 GiB", 3 << 29), ("2kb", 2048), ("7b", 7), ("3KiB", 3072), ("1t", 1 << 40), ("1p", 1 << 50),
      ("-1", -1),
      ("-2", nil), ("", nil), ("m", nil), ("1x", nil), ("1ib", nil), ("1e3", nil), ("1 2", nil), (" 1", nil),
      ("9999999999g", nil), ("9223372036854775808", nil), ("1.2.3", nil), ("0x10", nil), ("1mm", nil),
    ] as [(String, Int64?)])
  func sizes(text: String, expected: Int64?) {
    #expect(Size.bytes(text) == expected)
  }
}
