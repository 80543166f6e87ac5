import Foundation
import TestSupport
import Testing

@Suite("swbox run")
struct RunOptionTests {
  @Test("gives the command's exit status, and 125 to 127 as podman does")
  func statuses() throws {
    let host = try ContainerBox()
    try host.run("--rm", "bb", "sh", "-c", "exit 7").ends(with: 7)
    let failed = try host.run("--name", "failed", "bb", "nosuch").ends(with: 127)
    #expect(failed.errors.split(separator: "\n").filter { $0.contains("nosuch") }.count == 1, "\(failed)")
    #expect(try host.list().isEmpty)
    try host.run("--rm", "bb", "/etc").ends(with: 126)
    try host.run("--rm", "nosuchimage").refuses(saying: "no image is named")
    try host.run("--rm", "--no-such", "bb").refuses(saying: "--no-such")
    try host.run("--rm").refuses(saying: "neither an image nor --rootfs")
    #expect(try host.list().isEmpty)
  }

  @Test("takes words behind the image for the command's, with and without --")
  func words() throws {
    let host = try ContainerBox()
    #expect(try host.run("--rm", "bb", "echo", "--rm", "-e").succeeds().output == "--rm -e\n")
    #expect(try host.run("--rm", "bb", "--", "echo", "--", "x").succeeds().output == "-- x\n")
    #expect(try host.run("--rm", "--rootfs", "bb.tar", "--", "echo", "y").succeeds().output == "y\n")
    #expect(try host.run("--rm", "--rootfs", "bb.tar", "echo", "z").succeeds().output == "z\n")
  }

  @Test("passes streams on, apart from each other, and bytes as they are")
  func streams() throws {
    let host = try ContainerBox()
    let outcome = try host.run("--rm", "bb", "sh", "-c", "echo out; echo err >&2").succeeds()
    #expect(outcome.output == "out\n" && outcome.errors == "err\n")
    try host.box.shell(
      """
      head -c 3000000 /dev/urandom >random
      $SWBOX run --runtime \(Runtime.program) --rm bb cat <random >copy; cmp random copy
      timeout 20 sh -c '$SWBOX run --runtime \(Runtime.program) --rm bb yes | head -n 1 >first'; grep -q '^y$' first
      """)
  }

  @Test("gives a terminal where there is one, with its size")
  func terminal() throws {
    let host = try ContainerBox()
    let terminal = try TestTerminal()
    terminal.resize(rows: 31, columns: 97)
    let running = try host.runCommand(["--rm", "bb", "sh", "-c", "tty; stty size; read x; echo got $x"])
      .at(terminal).start()
    #expect(terminal.read(until: "31 97").contains("/dev/pts/0"))
    terminal.type("word\n")
    #expect(terminal.read(until: "got word").contains("got word"))
    #expect(running.wait().status == 0)
  }

  @Test("passes signals on to the command")
  func signals() throws {
    let host = try ContainerBox()
    let running = try host.runCommand(
      ["--rm", "bb", "sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.1; done"]
    ).start()
    #expect(eventually { running.output.contains("ready") })
    running.signal(SIGTERM)
    #expect(running.wait().status == 5)
    // The first process of a pid namespace hears none that it has no handler for; nor is one ended that ignores it.
    for (script, status) in [
      ("echo ready; exec sleep 100", 143), ("trap '' TERM; echo ready; sleep 1; exit 6", 6),
    ] {
      let running = try host.runCommand(["--rm", "bb", "sh", "-c", script]).start()
      #expect(eventually { running.output.contains("ready") })
      usleep(200_000)
      running.signal(SIGTERM)
      #expect(running.wait().status == Int32(status), "\(script)")
    }
  }

  @Test("sets variables, directory, user, groups and host name")
  func process() throws {
    let host = try ContainerBox()
    try File.write("# no\nFILE=1\n\nBOTH=file\n", to: host.directory + "/vars")
    let outcome = try host.run(
      "--rm", "--name", "web", "-e", "A=b c", "-e", "BOTH=option", "--env-file", "vars", "-w", "/tmp",
      "-u", "nobody:5", "bb", "sh", "-c",
      "echo $A; echo $FILE; echo $BOTH; pwd; id -u; id -g; hostname; echo $HOME; cat /etc/hostname")
    #expect(outcome.succeeds().lines == ["b c", "1", "option", "/tmp", "65534", "5", "web", "/", "web"])
    #expect(try host.run("--rm", "-u", "1000", "bb", "id", "-u").output == "1000\n")
    #expect(try host.run("--rm", "-u", "1000", "--group", "tty", "bb", "id", "-g").output == "5\n")
    #expect(try host.run("--rm", "--name", "a", "--hostname", "b", "bb", "hostname").output == "b\n")
    try host.run("--rm", "-u", "nosuch", "bb", "id").refuses(saying: "has no user nosuch")
    try host.run("--rm", "--group", "nosuch", "bb", "id").refuses(saying: "has no group nosuch")
    try host.run("--name", "-x", "bb", "id").refuses(saying: "--name")
  }

  @Test("mounts what it is asked for")
  func mounts() throws {
    let host = try ContainerBox()
    try host.box.shell("mkdir shared; echo content >shared/file")
    let script = "cat /ro/file; touch /ro/x || echo refused; touch /rw/made; mount | grep -c ' /t '"
    let outcome = try host.run(
      "--rm", "-v", "./shared:/ro:ro", "--bind", "\(host.directory)/shared:/rw", "--tmpfs", "/t:size=1m",
      "bb",
      "sh", "-c", script)
    #expect(outcome.succeeds().lines == ["content", "refused", "1"])
    #expect(File.exists(host.directory + "/shared/made"))
    #expect(
      try host.run(
        "--rm", "--mount", "type=bind,src=\(host.directory)/shared,dst=/m,ro", "--mount",
        "type=tmpfs,dst=/n,tmpfs-size=1m", "bb", "sh", "-c", "cat /m/file; mount | grep -c ' /n '"
      ).succeeds().lines == ["content", "1"])
    try host.run("--rm", "-v", "/nosuch:/x", "bb", "true").refuses(saying: "--bind", "/nosuch")
    try host.run("--rm", "-v", "/tmp:x", "bb", "true").refuses(saying: "absolute path in the container")
    try host.run("--rm", "--mount", "type=what,dst=/x", "bb", "true").refuses(saying: "type=what")
  }

  @Test("shows files of the host as they are, and lets nobody write to them")
  func copies() throws {
    let host = try ContainerBox()
    try File.write("of the host\n", to: host.directory + "/note")
    let path = host.directory + "/note"
    let outcome = try host.run(
      "--rm", "--cp", path, "bb", "sh", "-c", "cat \(path); echo x >\(path) || echo refused")
    #expect(outcome.succeeds().lines == ["of the host", "refused"])
    #expect(File.text(path) == "of the host\n")
    try host.run("--rm", "--cp", "/etc", "bb", "true").refuses(saying: "no regular file")
  }

  @Test("limits what is used")
  func limits() throws {
    let host = try ContainerBox()
    let script = """
      for f in /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max; do cat $f 2>/dev/null; done
      for f in /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max; do cat $f 2>/dev/null; done
      for f in /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max; do cat $f 2>/dev/null; done
      ulimit -n
      """
    let outcome = try host.run(
      "--rm", "--memory", "64M", "--pids", "77", "--cpus", "0.5", "--ulimit", "nofile=100:200", "bb", "sh",
      "-c",
      script)
    let lines = outcome.succeeds().lines
    try #require(lines.count == 4)
    #expect(lines[0] == "67108864" && lines[1] == "77" && lines[3] == "100")
    #expect(lines[2].hasPrefix("50000"))
    #expect(try host.run("--rm", "bb", "sh", "-c", script).succeeds().lines.dropFirst().first == "2048")
    #expect(
      try host.run("--rm", "--cpu-percent", "25", "bb", "sh", "-c", script).lines.dropFirst(2).first?
        .hasPrefix("25000") == true)
    try host.run("--rm", "--cpus", "none", "bb", "true").refuses(saying: "--cpus")
    try host.run("--rm", "--memory", "x", "bb", "true").refuses(saying: "--memory")
    try host.run("--rm", "--ulimit", "x=1", "bb", "true").refuses(saying: "--ulimit")
    try host.run("--rm", "--device-read-bps", "/dev/null:1M", "bb", "true").refuses(saying: "no block device")
  }

  @Test("takes sizes with fractions, and units as other programs write them")
  func sizes() throws {
    let host = try ContainerBox()
    func refused(_ size: String) throws {
      try host.run("--dry-run", "--memory", size, "bb", "true").refuses(saying: "--memory", size)
    }
    for (size, bytes) in [
      ("1.5G", "1610612736"), ("0.5gb", "536870912"), ("100MiB", "104857600"), ("52428800b", "52428800"),
    ] {
      let config = try host.run("--dry-run", "--memory", size, "bb", "true").succeeds().output
      #expect(config.contains("\"limit\": \(bytes),"), "\(size): \(config)")
    }
    for size in ["1.5", ".5G", "1.G", "1.5.5G", "1e3", "0", "0.0001K", "1,5G", "99999999T"] {
      try refused(size)
    }
    let script = "stat -f -c '%b %S' /t /u | while read blocks size; do echo $((blocks * size)); done"
    #expect(
      try host.run(
        "--rm", "--tmpfs", "/t:size=1.5M", "--mount", "type=tmpfs,dst=/u,tmpfs-size=0.5m", "bb", "sh", "-c",
        script
      ).succeeds().lines == ["1572864", "524288"])
  }

  @Test("names the archive of a root file system that is damaged")
  func damagedArchive() throws {
    let host = try ContainerBox(image: false)
    try File.write("no archive", to: host.directory + "/bad.tar")
    try host.box.shell(
      "mkdir tree; echo x >tree/a; tar -C tree -c . | head -c 1024 >cut.tar; tar -cPf up.tar tree/../tree/a")
    for (name, problem) in [("bad", "in the middle of a header"), ("cut", "\"./a\""), ("up", "..")] {
      let path = "\(host.directory)/\(name).tar"
      try host.run("--rootfs", path, "true").refuses(saying: "--rootfs \(path): ", problem)
    }
    try host.swbox("import", "cut.tar", "x").refuses(saying: "import: cut.tar: the archive ends")
    try host.swbox("load", "-i", "bad.tar").refuses(saying: "load: bad.tar: ")
    #expect(try host.list().isEmpty)
  }

  @Test("has podman's capabilities, filter and hidden files")
  func security() throws {
    let host = try ContainerBox()
    let script = "grep -E 'CapBnd|CapEff|Seccomp:|NoNewPrivs' /proc/self/status"
    func facts(_ arguments: String...) throws -> [String: String] {
      let outcome = try host.runCommand(["--rm"] + arguments + ["bb", "sh", "-c", script]).run()
      return Dictionary(
        uniqueKeysWithValues: outcome.succeeds().lines.map { line in
          let parts = line.split(separator: ":")
          return (String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces))
        })
    }
    let usual = try facts()
    #expect(usual["CapBnd"] == "00000000a80425fb" && usual["CapEff"] == "00000000a80425fb")
    #expect(usual["Seccomp"] == "2" && usual["NoNewPrivs"] == "0")
    #expect(try facts("-u", "1000")["CapEff"] == "0000000000000000")
    #expect(try facts("-u", "1000", "--cap-add", "net_raw")["CapEff"] == "0000000000002000")
    #expect(try facts("--cap-drop", "ALL", "--cap-add", "NET_ADMIN")["CapBnd"] == "0000000000001000")
    #expect(try facts("--seccomp", "unconfined")["Seccomp"] == "0")
    #expect(try facts("--no-new-privileges")["NoNewPrivs"] == "1")
    let privileged = try facts("--privileged")
    #expect(privileged["Seccomp"] == "0" && privileged["CapBnd"] != usual["CapBnd"])
    let hidden =
      "cat /proc/keys /proc/timer_list | wc -c; echo 1 >/proc/sys/kernel/domainname || echo refused"
    #expect(try host.run("--rm", "bb", "sh", "-c", hidden).succeeds().lines == ["0", "refused"])
    try host.run("--rm", "--cap-add", "nonsense", "bb", "true").refuses(saying: "no capability \"nonsense\"")
    try File.write("{\"defaultAction\": 5}", to: host.directory + "/profile")
    try host.run("--rm", "--seccomp", "profile", "bb", "true").refuses(saying: "--seccomp", "/defaultAction")
  }

  @Test("changes neither an image nor a directory with --ephemeral")
  func copyOnWrite() throws {
    let host = try ContainerBox()
    try host.box.shell("mkdir root; tar -C root -xf bb.tar")
    let before = try host.box.listing(host.directory + "/root")
    let change = "rm -r /usr; echo x >/etc/passwd; mkdir /new; chmod 700 /"
    try host.run("--rm", "--ephemeral", "--rootfs", "root", "--", "sh", "-c", change).succeeds()
    #expect(try host.box.listing(host.directory + "/root") == before)
    try host.run("--rm", "bb", "sh", "-c", change).succeeds()
    #expect(try host.run("--rm", "bb", "sh", "-c", "ls -d /usr /new; stat -c %a /").lines == ["/usr", "755"])
    try host.run("--rm", "--rootfs", "root", "touch", "/made").succeeds()
    #expect(File.exists(host.directory + "/root/made"))
    try host.run("--rm", "--read-only", "bb", "sh", "-c", "touch /tmp/x && touch /x").ends(with: 1)
  }

  @Test("shows a root directory that has all that is said of the one below")
  func rootAttributes() throws {
    let host = try ContainerBox()
    try host.box.shell(
      """
      mkdir root; tar -C root -xf bb.tar; mkdir -p root/proc root/sys root/dev root/etc
      chmod 751 root; python3 -c 'import os; os.setxattr("root", "user.note", b"kept")'; touch -d @1000000000 root
      """)
    try host.run("-d", "--name", "c", "--ephemeral", "--rootfs", "root", "sleep", "1000").succeeds()
    let pid = try #require(try host.list()["c"]?["pid"] as? Int)
    try host.box.shell(
      """
      test "$(stat -c %a:%Y /proc/\(pid)/root/)" = 751:1000000000
      python3 -c 'import os; assert os.getxattr("/proc/\(pid)/root", "user.note") == b"kept"'
      """)
  }

  @Test("has namespaces of its own, the network without anything")
  func namespaces() throws {
    let host = try ContainerBox()
    let script = "for n in mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done; ls /sys/class/net"
    let lines = try host.run("--rm", "bb", "sh", "-c", script).succeeds().lines
    for (name, line) in zip(["mnt", "pid", "net", "ipc", "uts", "cgroup"], lines) {
      #expect(line != File.link("/proc/self/ns/\(name)"), "\(name)")
    }
    #expect(lines.dropFirst(6) == ["lo"])
    #expect(
      try host.run("--rm", "--network", "host", "bb", "readlink", "/proc/self/ns/net").lines
        == [File.link("/proc/self/ns/net")])
    try host.run("--rm", "--network", "host", "-p", "80:80", "bb", "true").refuses(saying: "--publish")
  }

  @Test("maps users, with files that are still the container's")
  func userNamespace() throws {
    let host = try ContainerBox()
    let script =
      "cat /proc/self/uid_map; stat -c %u /bin; touch /etc/new && stat -c %u /etc/new; chown 7 /etc/new"
    let outcome = try host.run("--rm", "--userns", "100000:65536", "bb", "sh", "-c", script).succeeds()
    #expect(outcome.lines.first?.split(separator: " ") == ["0", "100000", "65536"])
    #expect(outcome.lines.dropFirst() == ["0", "0"])
    try host.run("--rm", "--userns", "5", "bb", "true").refuses(saying: "--userns")
  }

  @Test("chooses IDs that no other container has")
  func automaticUserNamespace() throws {
    let host = try ContainerBox()
    let script = "cat /proc/self/uid_map /proc/self/gid_map; stat -c %u /bin/busybox; exec sleep 1000"
    let names = (1...4).map { "c\($0)" }
    let running = try names.map { name in
      try host.runCommand(["-d", "--userns", "auto", "--name", name, "bb", "sh", "-c", script]).start()
    }
    for run in running { run.wait().succeeds() }
    func map(_ name: String) throws -> [[String]] {
      #expect(try eventually { try host.swbox("logs", name).lines.count == 3 })
      let lines = try host.swbox("logs", name).lines.map { $0.split(separator: " ").map(String.init) }
      try #require(lines.count == 3 && lines[0].count == 3, "\(lines)")
      return lines
    }
    let maps = try names.map(map)
    for map in maps {
      #expect(map[0] == map[1] && map[0].last == "65536" && map[0].first == "0" && map[2] == ["0"], "\(map)")
    }
    let starts = Set(maps.compactMap { Int($0[0][1]) })
    #expect(starts == Set((0..<4).map { 2_147_483_648 + $0 * 65536 }), "\(starts)")
    #expect(try host.swbox("generate", "systemd", "c1").output.contains(" --userns auto "))
    // What one leaves is taken by the next.
    let second = try #require(maps.firstIndex { $0[0][1] == "2147549184" })
    try host.swbox("rm", "-f", names[second]).succeeds()
    try host.run("-d", "--userns", "auto:size=100", "--name", "small", "bb", "sh", "-c", script).succeeds()
    #expect(try map("small")[0] == ["0", "2147549184", "100"])
    for wrong in ["auto:", "auto:size=0", "auto:size=x", "auto:uidmapping=1", "automatic"] {
      try host.run("--rm", "--userns", wrong, "bb", "true").refuses(saying: "--userns", wrong)
    }
  }

  @Test("chooses IDs of those that the host gives containers")
  func givenUserNamespace() throws {
    let host = try ContainerBox()
    let outcome = try host.box.shell(
      """
      printf 'alice:1:9\ncontainers:700000:3000\n' >subuid; printf 'containers:699000:3000\n' >subgid
      unshare -m sh -e 2>&1 <<'END'
      mount --bind subuid /etc/subuid; mount --bind subgid /etc/subgid
      run="$SWBOX run --runtime \(Runtime.program) --userns auto:size=1500 --name"
      $run a bb cat /proc/self/uid_map; $run b bb true || echo refused $?
      $SWBOX rm a; $run b bb cat /proc/self/uid_map
      END
      """)
    let lines = outcome.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.first == ["0", "700000", "1500"] && lines.last == lines.first, "\(outcome)")
    #expect(
      outcome.contains("no 1500 IDs in a row are free of 700000 to 701999")
        && outcome.contains("refused 125"),
      "\(outcome)")
  }

  @Test("takes an image for another platform, and says so if its programs cannot be executed")
  func platform() throws {
    let host = try ContainerBox()
    try host.box.shell(
      """
      skopeo copy -q oci:\(host.box.root):localhost/bb:latest oci:layout:foreign
      umoci config --image layout:foreign --architecture riscv64; $SWBOX load -i layout
      cp /bin/busybox program; printf '\\363' | dd of=program bs=1 seek=18 conv=notrunc 2>/dev/null
      """)
    let foreign = ["--platform", "linux/riscv64", "-v", "\(host.directory)/program:/program"]
    try host.runCommand(foreign + ["--name", "c", "foreign", "echo", "x"]).run().succeeds()
    #expect(try host.swbox("generate", "systemd", "c").output.contains(" --platform linux/riscv64 "))
    let refused = try host.runCommand(foreign + ["foreign", "/program"]).run().ends(with: 126)
    #expect(
      refused.errors.contains("hint: the image is for linux/riscv64: this machine, linux/"), "\(refused)")
    try host.run("--pull=never", "--platform", "linux/arm64", "foreign", "true").refuses(
      saying: "is for linux/riscv64, not for linux/arm64")
    try host.run("--platform", "linux/arm64", "--rootfs", "bb.tar", "true").refuses(saying: "--platform")
    try host.swbox("deploy", "--platform", "linux/arm64", "--image", "foreign", "app").refuses(
      saying: "is for linux/riscv64, not for linux/arm64")
    try host.swbox("deploy", "--platform", "linux/riscv64", "--image", "foreign", "app").succeeds()
    #expect(File.exists(host.directory + "/app/current/bin/busybox"))
  }

  @Test("prints the configuration, and leaves nothing")
  func dryRun() throws {
    let host = try ContainerBox()
    let outcome = try host.run("--dry-run", "-u", "nobody", "bb", "sh").succeeds()
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let process = try #require(json["process"] as? [String: Any])
    #expect(process["args"] as? [String] == ["sh"])
    #expect((process["user"] as? [String: Any])?["uid"] as? Int == 65534)
    #expect(try host.list().isEmpty && File.names(in: host.containers + "/staging").isEmpty)
  }
}

@Suite("What swbox run gives a container")
struct RunDefaultTests {
  /// What may be called without conditions, or not, by a configuration's filter.
  private func calls(_ config: [String: Any], _ action: String) throws -> Set<String> {
    let linux = try #require(config["linux"] as? [String: Any])
    let filter = try #require(linux["seccomp"] as? [String: Any])
    let rules = try #require(filter["syscalls"] as? [[String: Any]])
    let chosen = rules.filter { $0["action"] as? String == action && $0["args"] == nil }
    return Set(chosen.flatMap { $0["names"] as? [String] ?? [] })
  }

  @Test("is not more than podman gives it")
  func podman() throws {
    let host = try ContainerBox()
    let text = try host.run("--dry-run", "bb", "true").succeeds().output
    let own = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let file = File.text(TestRootfs.package + "/bench/bundles/podman.json")
    let podman = try #require(try JSONSerialization.jsonObject(with: Data(file.utf8)) as? [String: Any])
    #expect(try calls(own, "SCMP_ACT_ALLOW") == calls(podman, "SCMP_ACT_ALLOW"))
    // Podman's has setns among both.
    #expect(try calls(own, "SCMP_ACT_ERRNO") == calls(podman, "SCMP_ACT_ERRNO").subtracting(["setns"]))
    for paths in ["maskedPaths", "readonlyPaths"] {
      let hidden = try #require((own["linux"] as? [String: Any])?[paths] as? [String])
      let expected = try #require((podman["linux"] as? [String: Any])?[paths] as? [String])
      #expect(Set(hidden).isSuperset(of: expected))
    }
    func bounding(_ config: [String: Any]) -> [String]? {
      ((config["process"] as? [String: Any])?["capabilities"] as? [String: Any])?["bounding"] as? [String]
    }
    #expect(bounding(own) == bounding(podman))
  }
}
