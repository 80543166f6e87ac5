import Foundation
import TestSupport
import Testing

@Suite("logs of containers")
struct LogTests {
  private let host: ContainerBox

  init() throws { host = try ContainerBox() }

  private func directory(of name: String) throws -> String {
    host.containers + "/" + (try #require(try host.list()[name]?["id"] as? String))
  }

  @Test("have a limit, and keep what came last")
  func limit() throws {
    try host.run("-d", "--log-size", "256K", "--name", "c", "bb", "seq", "1", "40000").succeeds()
    #expect(try host.swbox("wait", "c").output == "0\n")
    let directory = try directory(of: "c")
    let sizes = try ["log", "log.1"].map { name in
      try #require(
        try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")[.size] as? Int)
    }
    #expect(sizes.reduce(0, +) <= 256 << 10 && sizes[1] > 127 << 10, "\(sizes)")
    let numbers = try host.swbox("logs", "c").succeeds().lines.compactMap { Int($0) }
    let first = try #require(numbers.first)
    #expect(first > 1 && numbers == Array(first...40000), "\(numbers.count)")
    // From the newer file, from the older one, and more than both have.
    for count in [2, numbers.count - 2, numbers.count + 2] {
      let tail = try host.swbox("logs", "--tail", "\(count)", "c").succeeds().lines.compactMap { Int($0) }
      #expect(tail == numbers.suffix(count), "\(count)")
    }
  }

  @Test("are followed from one file to the next without a gap")
  func follow() throws {
    try File.makeDirectory(host.directory + "/go")
    let script = """
      for n in $(seq 1 8); do
        seq ${n}0001 ${n}1500; until [ -e /go/$n ]; do sleep 0.05; done
      done
      """
    try host.run(
      "-d", "--log-size", "256K", "--name", "c", "-v", "\(host.directory)/go:/go", "bb", "sh", "-c", script
    ).succeeds()
    let following = try host.command(["logs", "--follow", "c"]).start()
    for round in 1...8 {
      #expect(eventually { following.output.contains("\n\(round)1500\n") }, "\(round)")
      try File.write("", to: "\(host.directory)/go/\(round)")
    }
    let expected = (1...8).flatMap { round in (1...1500).map { round * 10000 + $0 } }
    #expect(following.wait().succeeds().lines.compactMap { Int($0) } == expected)
    #expect(File.exists(try directory(of: "c") + "/log.1"))
  }

  @Test("have no limit where none is wanted, and one that is of use")
  func sizes() throws {
    try host.run("--log-size", "0", "--name", "c", "bb", "seq", "1", "20000").succeeds()
    #expect(try host.swbox("logs", "c").succeeds().lines.count == 20000)
    for size in ["255K", "x", "-1"] {
      try host.run("--rm", "--log-size", size, "bb", "true").refuses(saying: "--log-size")
    }
    try host.run("--in-place", "--log-size", "1M", "bb", "true").refuses(saying: "--in-place", "--log-size")
  }

  @Test("and all else may fill the disk: how the container ended is known")
  func fullDisk() throws {
    let zeros = "sh -c 'cat /dev/zero >/zeros 2>/dev/null; head -c 100000 /dev/zero; exit 7'"
    try host.box.shell(
      """
      mkdir small; export SWBOX="\(Box.program) --root $PWD/small/store"
      unshare -m sh -ec '
        mount -t tmpfs -o size=32m none small
        $SWBOX import bb.tar bb --cmd sh
        trap "$SWBOX rm -f -a; $SWBOX gc" EXIT
        $SWBOX run --runtime \(Runtime.program) -d --name c bb \(zeros.replacingOccurrences(of: "'", with: "\""))
        test "$($SWBOX wait c)" = 7; test "$(stat -f -c %a small)" -lt 2
        $SWBOX status --format json c | grep -q exited'
      """)
  }
}
