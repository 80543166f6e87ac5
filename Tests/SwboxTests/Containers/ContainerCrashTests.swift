import Foundation
import TestSupport
import Testing

@Suite("A swbox that is killed")
struct ContainerCrashTests {
  @Test("leaves a container that ps tells the truth of, and that gc removes")
  func supervisor() throws {
    let host = try ContainerBox()
    try host.run("-d", "--name", "c", "bb", "sleep", "1000").succeeds()
    let pid = try #require(try host.list()["c"]?["pid"] as? Int32)
    kill(try #require(try host.supervisor("c")), SIGKILL)
    #expect(try eventually { try host.status("c") == "unsupervised" })
    #expect(try host.list()["c"]?["pid"] as? Int32 == pid)
    try host.swbox("exec", "c", "true").succeeds()
    try host.swbox("gc").succeeds()
    #expect(!isAlive(pid))
    #expect(try host.list().isEmpty)
  }

  @Test("leaves a container that can be stopped, and is lost then")
  func stopping() throws {
    let host = try ContainerBox()
    try host.run("-d", "--name", "c", "bb", "sleep", "1000").succeeds()
    kill(try #require(try host.supervisor("c")), SIGKILL)
    #expect(try eventually { try host.status("c") == "unsupervised" })
    try host.swbox("stop", "-t", "0", "c").succeeds()
    #expect(try host.status("c") == "lost")
    #expect(try host.swbox("wait", "c").output == "unknown\n")
    try host.swbox("rm", "c").succeeds()
  }

  @Test("at any moment leaves nothing that gc does not remove", arguments: ["attached", "detached"])
  func anyMoment(_ kind: String) throws {
    let host = try ContainerBox()
    let arguments = kind == "attached" ? ["bb", "sleep", "1000"] : ["-d", "bb", "sleep", "1000"]
    for round in 0..<12 {
      let running = try host.runCommand(arguments).start()
      usleep(UInt32(round) * 40_000)
      running.signal(SIGKILL)
      running.wait()
    }
    // Those that were started alone are complete, and stay; their supervisors are killed, too.
    func statuses() throws -> [String] { try host.list().values.compactMap { $0["status"] as? String } }
    #expect(try eventually { try !statuses().contains("starting") })
    if kind == "detached" { #expect(try !statuses().contains("unsupervised")) }
    for name in try host.list().keys {
      if let pid = try host.supervisor(name) { kill(pid, SIGKILL) }
    }
    try host.swbox("gc").succeeds()
    #expect(try host.list().isEmpty)
    let left = Leftovers(tag: host.directory)
    #expect(left.isEmpty, "\(left)")
    #expect(host.cgroups.isEmpty && host.volatile == nil)
  }

  @Test("while its container starts alone leaves one that has all it needs")
  func interrupted() throws {
    let host = try ContainerBox()
    let mark = host.directory + "/mark"
    let slow = try host.box.makeRuntime(
      "[ $command != start ] || { touch \(mark); while [ -e \(mark) ]; do sleep 0.05; done; }")
    let running = try host.command(["run", "--runtime", slow, "-d", "--name", "c", "bb", "sleep", "1000"])
      .start()
    #expect(eventually { File.exists(mark) })
    running.signal(SIGKILL)
    running.wait()
    unlink(mark)
    #expect(try eventually { try host.list()["c"]?["started"] as? String != nil })
    #expect(try host.status("c") == "running")
    #expect(try host.supervisor("c") != nil)
    try host.swbox("stop", "-t", "0", "c").succeeds()
    #expect(try host.list()["c"]?["exitCode"] as? Int == 137)
  }

  @Test("loses nothing that was written down")
  func complete() throws {
    let host = try ContainerBox()
    try host.run("--name", "done", "bb", "sh", "-c", "echo kept; exit 4").ends(with: 4)
    for round in 0..<6 {
      try host.run("--name", "old", "bb", "true")
      let running = try host.command(["rm", "old"]).start()
      let other = try host.runCommand(["--rm", "bb", "true"]).start()
      usleep(UInt32(round) * 30_000)
      running.signal(SIGKILL)
      other.signal(SIGKILL)
      running.wait()
      other.wait()
      #expect(try host.list()["done"]?["exitCode"] as? Int == 4)
      #expect(try host.swbox("logs", "done").output == "kept\n")
      // All of the other is there, or nothing.
      if let old = try host.list()["old"] {
        #expect(old["exitCode"] as? Int == 0)
        try host.swbox("rm", "old").succeeds()
      }
    }
  }

  @Test("is not one whose runtime cannot remove what has ended: the status is the program's")
  func unremoved() throws {
    let host = try ContainerBox()
    let flag = host.directory + "/refuse"
    let runtime = try host.box.makeRuntime(
      "[ $command != delete ] || [ ! -e \(flag) ] || { echo refused >&2; exit 1; }")
    try File.write("", to: flag)
    let outcome = try host.command(["run", "--runtime", runtime, "--name", "c", "bb", "sh", "-c", "exit 7"])
      .run().ends(with: 7)
    #expect(outcome.errors.contains("refused"), "\(outcome)")
    #expect(try host.list()["c"]?["exitCode"] as? Int == 7)
    unlink(flag)
    try host.swbox("rm", "c").succeeds()
  }

  @Test("is not one whose disk is full: what has started goes on, and its end is written down")
  func fullDisk() throws {
    let host = try ContainerBox()
    let flag = host.directory + "/fill"
    let runtime = try host.box.makeRuntime(
      """
      [ $command != start ] || [ ! -e \(flag) ] || {
        $SWRUN "$@" || exit; head -c 1000000000 /dev/zero >\(host.directory)/small/zeros 2>/dev/null; exit 0
      }
      """)
    try host.box.shell(
      """
      mkdir small; touch \(flag); export SWBOX="\(Box.program) --root $PWD/small/store"
      unshare -m sh -ec '
        mount -t tmpfs -o size=48m none small
        $SWBOX import bb.tar bb --cmd sh
        trap "rm -f small/zeros; $SWBOX rm -f -a; $SWBOX gc" EXIT
        $SWBOX run --runtime \(runtime) -d --name c bb sleep 1000
        test "$(stat -f -c %a small)" = 0
        $SWBOX status c; rm small/zeros; $SWBOX exec c true
        $SWBOX stop -t 0 c; test "$($SWBOX wait c)" = 137'
      """)
  }
}
