import Foundation
import TestSupport
import Testing

@Suite("Containers of swbox")
struct ContainerLifeTests {
  @Test("run alone, are listed, logged, waited for and removed")
  func life() throws {
    let host = try ContainerBox()
    let script = "echo one; echo two >&2; printf three; sleep 1; exit 3"
    let id = try #require(
      try host.run("-d", "--name", "web", "bb", "sh", "-c", script).succeeds().lines.first)
    #expect(id.count == 64)
    #expect(try host.status("web") == "running")
    #expect(try host.swbox("ps", "-q").lines == [String(id.prefix(12))])
    try host.swbox("rm", "web").refuses(saying: "container web is running")
    #expect(try host.swbox("wait", String(id.prefix(6))).succeeds().output == "3\n")
    #expect(try host.status("web") == "exited")
    #expect(try host.list()["web"]?["exitCode"] as? Int == 3)
    let logs = try host.swbox("logs", "web").succeeds()
    #expect(logs.output == "one\nthree" && logs.errors == "two\n")
    #expect(try host.swbox("logs", "--tail", "1", "web").output == "three")
    #expect(try host.swbox("logs", "-t", "web").output.contains("Z one\n"))
    #expect(try host.swbox("status", "--wait", "web").ends(with: 1).output.contains("exited"))
    #expect(try host.swbox("ps").lines.count == 1)
    try host.run("-d", "--name", "web", "bb", "true").refuses(saying: "the name \"web\" is that of container")
    try host.swbox("rm", "web").succeeds()
    #expect(try host.list().isEmpty)
    try host.swbox("rm", "web").refuses(saying: "no container is named")
    try host.swbox("rm", "-f", "web").succeeds()
  }

  @Test("are told of a command that is not there before run returns")
  func failedStart() throws {
    let host = try ContainerBox()
    try host.run("-d", "bb", "nosuch").ends(with: 127)
    try host.run("-d", "-u", "nosuch", "bb", "true").refuses(saying: "has no user nosuch")
    #expect(try host.list().isEmpty)
  }

  @Test("are asked to stop, and killed if they do not")
  func stop() throws {
    let host = try ContainerBox()
    let polite = "trap 'exit 6' TERM; echo ready; while :; do sleep 0.1; done"
    try host.run("-d", "--name", "polite", "bb", "sh", "-c", polite).succeeds()
    try host.run(
      "-d", "--name", "deaf", "bb", "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"
    ).succeeds()
    for name in ["polite", "deaf"] {
      #expect(try eventually { try host.swbox("logs", name).output.contains("ready") })
    }
    try host.swbox("stop", "-t", "20", "polite").succeeds()
    try host.swbox("stop", "-t", "1", "deaf").succeeds()
    #expect(try host.list()["polite"]?["exitCode"] as? Int == 6)
    #expect(try host.list()["deaf"]?["exitCode"] as? Int == 137)
    try host.swbox("stop", "deaf").succeeds()
    try host.swbox("kill", "deaf").refuses(saying: "is exited, not running")
    #expect(try host.swbox("rm", "--all").succeeds().lines.count == 2)
  }

  @Test("get signals by name")
  func kill() throws {
    let host = try ContainerBox()
    try host.run(
      "-d", "--name", "c", "bb", "sh", "-c", "trap 'exit 9' USR1; echo ready; while :; do sleep 0.1; done"
    ).succeeds()
    #expect(try eventually { try host.swbox("logs", "c").output.contains("ready") })
    try host.swbox("kill", "-s", "nonsense", "c").refuses(saying: "unknown signal")
    try host.swbox("kill", "-s", "USR1", "c").succeeds()
    #expect(try host.swbox("wait", "c").output == "9\n")
  }

  @Test("are followed in their logs to the end")
  func follow() throws {
    let host = try ContainerBox()
    try host.run("-d", "--name", "c", "bb", "sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.3; done")
      .succeeds()
    #expect(try host.swbox("logs", "-f", "c").succeeds().output == "1\n2\n3\n")
  }

  @Test("are logged also if they never end a line, and the end of that takes no memory")
  func endlessLine() throws {
    let host = try ContainerBox()
    let script = "echo one; echo two; head -c 40000000 /dev/zero | tr '\\0' x"
    try host.run("-d", "--name", "c", "bb", "sh", "-c", script).succeeds()
    try host.swbox("wait", "c").succeeds()
    try host.box.shell(
      """
      test "$($SWBOX logs --tail 0 c | wc -c)" = 0; test "$($SWBOX logs --tail 1 c | wc -c)" = 40000000
      test "$($SWBOX logs --tail 2 c | wc -c)" = 40000004; test "$($SWBOX logs --tail 9 c | wc -c)" = 40000008
      # In kibibytes, fewer than the line has.
      python3 -c 'import os, subprocess, sys
      running = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
      assert os.wait4(running.pid, 0)[2].ru_maxrss < 39000' $SWBOX logs --tail 1 c
      """)
  }

  @Test("take more commands, in all their namespaces and their cgroup")
  func exec() throws {
    let host = try ContainerBox()
    try host.run("-d", "--name", "c", "--memory", "64M", "-e", "A=1", "bb", "sleep", "1000").succeeds()
    let pid = try #require(try host.list()["c"]?["pid"] as? Int)
    let script = "for n in mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done; echo $A $B; exit 4"
    let outcome = try host.swbox("exec", "-e", "B=2", "c", "sh", "-c", script).ends(with: 4)
    for (name, line) in zip(["mnt", "pid", "net", "ipc", "uts", "cgroup"], outcome.lines) {
      #expect(line == File.link("/proc/\(pid)/ns/\(name)"))
    }
    #expect(outcome.lines.last == "1 2")
    let running = try host.command(["exec", "c", "sh", "-c", "echo ready; exec sleep 1000"]).start()
    #expect(eventually { running.output.contains("ready") })
    let others = try #require(
      File.names(in: "/proc").compactMap { Int($0) }.first { other in
        other != pid && File.link("/proc/\(other)/ns/pid") == File.link("/proc/\(pid)/ns/pid")
      })
    #expect(File.text("/proc/\(others)/cgroup") == File.text("/proc/\(pid)/cgroup"))
    #expect(
      try host.swbox("exec", "-u", "nobody", "-w", "/tmp", "c", "sh", "-c", "id -u; pwd").lines == [
        "65534", "/tmp",
      ])
    try host.swbox("exec", "c", "nosuch").ends(with: 127)
    try host.swbox("exec", "c", "/etc").ends(with: 126)
    try host.swbox("exec", "c").refuses(saying: "no command is given")
    var shell = host.command(["enter", "c"])
    shell.input = .text("echo $0; exit 8\n")
    #expect(try shell.run().ends(with: 8).output == "/bin/sh\n")
    try host.swbox("rm", "-f", "c").succeeds()
    #expect(running.wait().status == 137)
    try host.swbox("exec", "c", "true").refuses(saying: "no container is named")
  }

  @Test("take commands that run alone, whatever these write")
  func execAlone() throws {
    let host = try ContainerBox()
    try host.run("-d", "--name", "c", "bb", "sleep", "1000").succeeds()
    let script = "until [ -e /go ]; do sleep 0.1; done; echo out && echo err >&2; echo $? >/written"
    try host.swbox("exec", "-d", "c", "sh", "-c", script).succeeds()
    try host.swbox("exec", "c", "touch", "/go").succeeds()
    #expect(try eventually { try host.swbox("exec", "c", "cat", "/written").output == "0\n" })
  }

  @Test("are all asked to stop before any is waited for")
  func stopAll() throws {
    let host = try ContainerBox()
    for (name, trap) in [("deaf", "trap '' TERM"), ("polite", "trap 'exit 6' TERM")] {
      let script = "\(trap); echo ready; while :; do sleep 0.1; done"
      try host.run("-d", "--name", name, "bb", "sh", "-c", script).succeeds()
      #expect(try eventually { try host.swbox("logs", name).output == "ready\n" })
    }
    let stopping = try host.command(["stop", "--all", "--time", "600"]).start()
    #expect(try eventually { try host.list()["polite"]?["exitCode"] as? Int == 6 })
    #expect(try host.status("deaf") == "running")
    #expect(!stopping.hasEnded)
    try host.swbox("kill", "deaf").succeeds()
    #expect(stopping.wait().succeeds().lines.count == 2)
  }

  @Test("and images are named as JSON by those who change them")
  func reports() throws {
    let host = try ContainerBox()
    func items(_ outcome: Outcome) throws -> [[String: Any]] {
      let json = try JSONSerialization.jsonObject(with: Data(outcome.succeeds().output.utf8))
      return try #require(json as? [[String: Any]] ?? (json as? [String: Any]).map { [$0] })
    }
    let made = try items(host.run("-d", "--format", "json", "--name", "c", "bb", "sleep", "1000"))
    let id = try #require(made.first?["id"] as? String)
    #expect(made.count == 1 && id.count == 64 && made[0]["name"] as? String == "c")
    func names(_ arguments: String...) throws -> [String: Any] {
      let found = try items(host.command(arguments).run())
      #expect(found.count == 1 && found[0]["id"] as? String == id && found[0]["name"] as? String == "c")
      return found.first ?? [:]
    }
    let committed = try items(host.swbox("commit", "--format", "json", "c", "made"))
    #expect(committed.count == 1 && (committed[0]["digest"] as? String)?.hasPrefix("sha256:") == true)
    _ = try names("stop", "--time", "0", "--format", "json", "c")
    #expect(try names("wait", "--format", "json", "c")["exitCode"] as? Int == 137)
    _ = try names("rm", "--format", "json", "c")
    #expect(try items(host.swbox("rm", "--all", "--format", "json")).isEmpty)
    try host.run("-d", "--name", "d", "bb", "sleep", "1000").succeeds()
    let killed = try items(host.swbox("kill", "--format", "json", "d"))
    #expect(killed.map { $0["name"] as? String } == ["d"])
    try host.swbox("rm", "--force", "d").succeeds()
    try host.swbox("save", "-o", "made.tar", "made").succeeds()
    let removed = try items(host.swbox("rmi", "--format", "json", "made"))
    #expect(removed.map { $0["digest"] as? String } == committed.map { $0["digest"] as? String })
    let loaded = try items(host.swbox("load", "--format", "json", "-i", "made.tar"))
    #expect(
      (loaded.first?["name"] as? String)?.hasSuffix("made:latest") == true && loaded.count == 1, "\(loaded)")
    let imported = try items(host.swbox("import", "--format", "json", "bb.tar", "again"))
    #expect((imported.first?["name"] as? String)?.hasSuffix("again:latest") == true, "\(imported)")
  }

  @Test("keep the layers that they use")
  func layers() throws {
    let host = try ContainerBox()
    try host.run("-d", "--name", "c", "bb", "sleep", "1000").succeeds()
    try host.swbox("rmi", "bb").succeeds()
    try host.swbox("gc").succeeds()
    #expect(try host.swbox("exec", "c", "ls", "/bin/busybox").succeeds().lines.count == 1)
    try host.swbox("rm", "-f", "c").succeeds()
    try host.swbox("gc").succeeds()
    #expect(File.names(in: host.box.root + "/layers").isEmpty)
  }

  @Test("that have ended are collected, after the grace period")
  func collection() throws {
    let host = try ContainerBox()
    try host.run("--name", "old", "bb", "true").succeeds()
    try host.run("-d", "--name", "new", "bb", "sleep", "1000").succeeds()
    try host.swbox("gc", "--grace-period", "1h").succeeds()
    #expect(try host.list().keys.sorted() == ["new", "old"])
    #expect(try host.swbox("gc", "--dry-run").succeeds().output.contains("container containers/"))
    #expect(try host.list().keys.sorted() == ["new", "old"])
    try host.swbox("gc").succeeds()
    #expect(try host.list().keys.sorted() == ["new"])
    #expect(try host.swbox("gc").succeeds().output == "freed 0 B\n")
  }

  @Test("are made and removed at once by many, each with its own name")
  func together() throws {
    let host = try ContainerBox()
    let same = try (0..<6).map { _ in
      try host.runCommand(["-d", "--name", "one", "bb", "sleep", "1000"]).start()
    }
    let statuses = same.map { $0.wait().status }
    #expect(statuses.filter { $0 == 0 }.count == 1 && statuses.filter { $0 == 125 }.count == 5)
    let runs = try (0..<6).map { _ in try host.runCommand(["--rm", "bb", "echo", "x"]).start() }
    let collections = try (0..<3).map { _ in try host.command(["gc"]).start() }
    let removals = try (0..<3).map { _ in try host.command(["rm", "-f", "one"]).start() }
    for run in runs { #expect(run.wait().output == "x\n") }
    for collection in collections { collection.wait().succeeds() }
    for removal in removals { removal.wait() }
    #expect(try host.list().isEmpty)
  }
}
