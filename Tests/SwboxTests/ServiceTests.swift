import Foundation
import TestSupport
import Testing

@Suite("statistics, units and deployments")
struct ServiceTests {
  let box: Box

  init() throws {
    box = try Box()
    try box.makeTree()
  }

  private func start(_ name: String, _ script: String) throws {
    try box.run(
      "run", "--rootfs", "tree", "--name", name, "--detach", "--", "/bin/busybox", "sh", "-c", script
    )
    .succeeds()
  }

  private func json(_ outcome: Outcome) throws -> [[String: Any]] {
    outcome.succeeds()
    return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
  }

  @Test func `stats and top tell what a container uses`() throws {
    try start("busy", "while :; do :; done & while :; do :; done")
    try start("idle", "exec busybox sleep 1000")
    let all = try json(try box.run("stats", "--no-stream", "--format", "json"))
    #expect(Set(all.compactMap { $0["name"] as? String }) == ["busy", "idle"])
    let busy = try #require(all.first { $0["name"] as? String == "busy" })
    let idle = try #require(all.first { $0["name"] as? String == "idle" })
    let (busyCPU, idleCPU) = (busy["cpuPercent"] as? Double ?? -1, idle["cpuPercent"] as? Double ?? -1)
    #expect(busyCPU > idleCPU && idleCPU >= 0, "\(all)")
    #expect(busy["pids"] as? Int == 2 && idle["pids"] as? Int == 1)
    #expect((busy["memory"] as? Int ?? 0) > 0)
    #expect(try json(try box.run("stats", "--no-stream", "--format", "json", "idle")).count == 1)
    let table = try box.run("stats", "--no-stream").succeeds()
    #expect(table.lines.first?.hasPrefix("NAME") == true && table.lines.count == 3)

    let processes = try json(try box.run("top", "--no-stream", "--format", "json", "busy"))
    #expect(processes.count == 2)
    #expect(processes.allSatisfy { ($0["command"] as? [String])?.first == "/bin/busybox" }, "\(processes)")
    #expect(processes.contains { ($0["cpuPercent"] as? Double ?? 0) > 0 })
    try box.run("rm", "--force", "busy", "idle").succeeds()
    try box.run("top", "nothing").refuses(saying: "no container is named")
  }

  @Test func `one line follows the other, at the pace that was asked for`() throws {
    try start("one", "exec busybox sleep 1000")
    for command in [["stats", "--format", "json"], ["top", "--format", "json", "one"], ["stats"]] {
      let begin = ContinuousClock.now
      let running = try box.command(command + ["--interval", "1s"]).start()
      func looks() -> Int {
        running.output.split(separator: "\n").filter { !$0.hasPrefix("one") }.count
      }
      #expect(eventually { looks() >= 3 }, "\(running.output)")
      let count = looks()
      #expect(Double(count) <= 2 + (ContinuousClock.now - begin) / .seconds(1), "\(count)")
      running.signal(SIGINT)
      running.wait().ends(with: 0)
    }
    try box.run("rm", "--force", "one").succeeds()
  }

  @Test func `a live table gives the terminal back, also after an interrupt`() throws {
    try start("one", "exec busybox sleep 1000")
    for command in [["stats"], ["top", "one"]] {
      let terminal = try TestTerminal()
      let running = try box.command(command + ["--interval", "1s"]).at(terminal).start()
      var shown = terminal.read(until: "\u{1b}[J")
      shown += terminal.read(until: "A\r\u{1b}[J")
      #expect(shown.contains("\u{1b}[?25l"))
      terminal.type("\u{3}")
      shown = terminal.read(until: "\u{1b}[?25h")
      #expect(shown.contains("\u{1b}[?25h"))
      running.wait().ends(with: 0)
      #expect(terminal.echoes)
    }
    try box.run("rm", "--force", "one").succeeds()
  }

  @Test func `a generated unit is one that systemd takes, and its command makes the same container`() throws {
    try box.run(
      "run", "--rootfs", box.directory + "/tree", "--name", "web", "--detach", "--env",
      "A=50% of $5 \"b\" \\",
      "--memory", "64M", "--bind", "/usr:/mnt:ro", "--label", "k=v w", "--", "/bin/busybox", "sh", "-c",
      "exec busybox sleep 1000"
    ).succeeds()
    let unit = try box.run("generate", "systemd", "web").succeeds().output
    #expect(unit.contains("WantedBy=multi-user.target\n"))
    let path = box.directory + "/swbox-test-unit.service"
    try File.write(unit, to: path)
    if File.exists("/usr/bin/systemd-analyze") {
      let outcome = try Command("systemd-analyze", ["verify", "--man=no", path]).run()
      #expect(!outcome.errors.contains("swbox-test-unit.service:"), "\(outcome)")
      outcome.succeeds()
    }
    let line = try #require(unit.split(separator: "\n").first { $0.hasPrefix("ExecStart=") }?.dropFirst(10))
    // What systemd makes of the line: %% and $$ are one each, and quotes are those of a shell.
    let words = String(line).replacingOccurrences(of: "%%", with: "%").replacingOccurrences(
      of: "$$", with: "$")
    let script = """
      import json, shlex, subprocess, sys
      words = shlex.split(sys.argv[1]); at = words.index("run") + 1
      print(subprocess.run(words[:at] + ["--dry-run"] + words[at:], stdout=subprocess.PIPE, check=True).stdout.decode())
      """
    let made = try Command("python3", ["-c", script, words]).run().succeeds().output
    let config = try #require(try JSONSerialization.jsonObject(with: Data(made.utf8)) as? [String: Any])
    let process = try #require(config["process"] as? [String: Any])
    #expect((process["env"] as? [String])?.contains("A=50% of $5 \"b\" \\") == true, "\(process)")
    #expect(process["args"] as? [String] == ["/bin/busybox", "sh", "-c", "exec busybox sleep 1000"])
    #expect((config["annotations"] as? [String: String])?["k"] == "v w")
    #expect(made.contains("67108864") && made.contains("/mnt"))
    try box.run("rm", "--force", "web").succeeds()
  }

  @Test func `a generated unit has mounts whose paths have colons, in their order`() throws {
    try box.shell("mkdir -p a:b plain")
    let path = box.directory
    try box.run(
      "run", "--rootfs", path + "/tree", "--name", "web", "--detach", "--bind", "\(path)/plain:/p", "--tmpfs",
      "/t",
      "--mount", "type=bind,src=\(path)/a:b,dst=/x,ro", "--mount", "type=bind,src=\(path)/plain,dst=/t/y",
      "--", "/bin/busybox", "sleep", "1000"
    ).succeeds()
    let unit = try box.run("generate", "systemd", "web").succeeds().output
    #expect(
      unit.contains(
        "--bind \(path)/plain:/p --tmpfs /t --mount type=bind,src=\(path)/a:b,dst=/x,ro "
          + "--mount type=bind,src=\(path)/plain,dst=/t/y "), "\(unit)")
    try box.run("rm", "--force", "web").succeeds()
  }

  private func current() -> String { File.link(box.directory + "/app/current") }

  @Test func `deployments switch at once, keep some, and go back`() throws {
    for version in 1...5 {
      try box.shell("echo \(version) >tree/version; tar -C tree -cf tree.tar .")
      try box.run("deploy", "--keep", "2", "--archive", "tree.tar", "app").succeeds()
      #expect(File.text(box.directory + "/app/current/version") == "\(version)\n")
    }
    #expect(File.names(in: box.directory + "/app/releases") == ["3", "4", "5"])
    try box.run("deploy", "--rollback", "app").succeeds()
    #expect(File.text(box.directory + "/app/current/version") == "4\n")
    try box.run("deploy", "--rollback", "app").succeeds()
    try box.run("deploy", "--rollback", "app").refuses(saying: "there is no version before 3")
    let list = try json(try box.run("deploy", "--list", "--format", "json", "app"))
    #expect(list.map { $0["number"] as? Int } == [3, 4, 5])
    #expect(list.map { $0["isCurrent"] as? Bool } == [true, false, false])
    try box.shell("printf garbage >bad.tar")
    try box.run("deploy", "--archive", "bad.tar", "app").refuses(saying: "bad.tar")
    #expect(current() == "releases/3")
    #expect(File.names(in: box.directory + "/app/releases") == ["3", "4", "5"])
    try box.shell("cat tree.tar | $SWBOX deploy --keep 0 --archive - app")
    #expect(File.names(in: box.directory + "/app/releases") == ["6"])
  }

  @Test func `nothing is made where nothing is deployed, and what a person put there is left alone`() throws {
    try box.run("deploy", "--list", "app").refuses(saying: "app: nothing was deployed there")
    try box.run("deploy", "--rollback", "app").refuses(saying: "app: nothing was deployed there")
    try box.run("deploy", "--image", "nothing", "app").refuses(saying: "no image is named")
    #expect(!File.exists(box.directory + "/app"))
    try box.shell("tar -C tree -cf tree.tar .; mkdir -p app/current")
    for _ in 0..<2 {
      try box.run("deploy", "--archive", "tree.tar", "app").refuses(saying: "current is no symbolic link")
    }
    #expect(File.names(in: box.directory + "/app/releases") == [])
  }

  @Test func `an old version that cannot be removed is a warning: the new one is the current one`() throws {
    try box.shell("tar -C tree -cf tree.tar .; $SWBOX deploy --archive tree.tar app")
    try box.shell("mount --bind app/releases/1 app/releases/1")
    defer { _ = try? box.shell("umount app/releases/1") }
    let outcome = try box.run("deploy", "--keep", "0", "--archive", "tree.tar", "app").succeeds()
    #expect(outcome.errors.contains("version 1 could not be removed"), "\(outcome)")
    #expect(current() == "releases/2")
  }

  @Test func `killed at any moment, a deployment is the old one or the new one`() throws {
    try box.shell("dd if=/dev/zero of=tree/large bs=1M count=8 2>/dev/null; tar -C tree -cf tree.tar .")
    try box.run("deploy", "--archive", "tree.tar", "app").succeeds()
    for round in 0..<25 {
      let running = try box.command(["deploy", "--keep", "1", "--archive", "tree.tar", "app"]).start()
      usleep(UInt32(round) * 4000)
      running.signal(SIGKILL)
      running.wait()
      let link = current()
      #expect(link.hasPrefix("releases/"))
      #expect(
        File.exists(box.directory + "/app/current/large") && File.exists(box.directory + "/app/\(link)/bin"))
    }
    try box.run("deploy", "--keep", "1", "--archive", "tree.tar", "app").succeeds()
    #expect(File.names(in: box.directory + "/app/releases").count == 2)
    #expect(File.names(in: box.directory + "/app") == ["current", "releases"])
  }

  @Test func `two deployments at once are two versions`() throws {
    try box.shell("tar -C tree -cf tree.tar .")
    let both = try (0..<2).map { _ in try box.command(["deploy", "--archive", "tree.tar", "app"]).start() }
    let paths = Set(both.map { $0.wait().succeeds().lines.first ?? "" })
    #expect(paths == ["app/releases/1", "app/releases/2"])
    #expect(current() == "releases/2")
  }
}
