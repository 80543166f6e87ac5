import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// `run --in-place`: the process that is called becomes the container's program.
@Suite("in place")
struct InPlaceTests {
  let runtime = Runtime()

  private func container(
    _ name: String = "c", _ configure: (inout Config) -> Void
  ) throws -> Container {
    try runtime.container(name) { config in
      config.removeNamespace(.pid)
      configure(&config)
    }
  }

  private func command(_ container: Container, _ options: String...) -> Command {
    container.command("run", ["--in-place"] + options)
  }

  @Test func `pid and parent stay, the status is the program's, and delete removes what is left`() throws {
    let container = try container { $0.shell("echo $$ $PPID; exec sleep 1000") }
    let running = try command(container).start()
    #expect(eventually { running.output.contains("\n") })
    #expect(running.output == "\(running.pid) \(getpid())\n")
    try container.expect("running")
    #expect(try container.report().pid == running.pid)
    // The copy that was the runtime is gone, and was never the program's child.
    #expect(File.text("/proc/\(running.pid)/task/\(running.pid)/children") == "")
    try container.exec("true").succeeds()
    running.signal(SIGTERM)
    running.wait().ends(with: 128 + SIGTERM)
    try container.expect("stopped")
    try container.delete().succeeds()
    #expect(Leftovers(tag: container.id, stateDirectory: runtime.root).isEmpty)
  }

  @Test func `the exit status goes straight to the caller`() throws {
    for status in [0, 1, 42] as [Int32] {
      let container = try container("s\(status)") { $0.shell("exit \(status)") }
      try command(container).run().ends(with: status)
    }
  }

  @Test func `only descriptors that were asked for are inherited, those of socket activation first`() throws {
    let container = try container {
      $0.shell(
        "echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cd /proc/self/fd; for n in *; do echo fd $n; done")
    }
    let pipes = try (0..<3).map { _ in try TestPipe() }
    // The shell knows its own pid, which becomes the program's.
    var shell = command(container, "--preserve-fds", "1")
    shell.arguments =
      ["-c", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec \"$@\"", "sh", shell.program]
      + shell.arguments
    shell.program = "sh"
    shell.descriptors = [3: pipes[0].reading, 4: pipes[1].reading, 5: pipes[2].reading]
    let running = try shell.start()
    let outcome = running.wait().succeeds()
    #expect(outcome.lines.first == "1 \(running.pid) web")
    // The shell's own for the directory comes after those; it is the lowest free one.
    #expect(Set(outcome.lines.dropFirst()).isSuperset(of: ["fd 0", "fd 1", "fd 2", "fd 3", "fd 4"]))
    #expect(!outcome.lines.contains("fd 6"), "\(outcome)")
  }

  @Test func `what is not for the program stays open until it runs, and no longer`() throws {
    let flag = runtime.directory + "/go"
    let container = try container { config in
      config.shell("echo runs; exec sleep 1000")
      var hooks = Hooks()
      hooks.add(.createRuntime, ["while [ ! -e \(flag) ]; do sleep 0.05; done"])
      config.hooks = hooks
    }
    let pipe = try TestPipe()
    var command = command(container)
    command.descriptors = [7: pipe.writing]
    let running = try command.start()
    pipe.closeWriting()
    #expect(!canBeRead(pipe.reading, within: .milliseconds(500)))
    try File.write("", to: flag)
    #expect(eventually { running.output == "runs\n" || running.hasEnded }, "\(running.errors)")
    #expect(canBeRead(pipe.reading, within: .seconds(20)) && !running.hasEnded)
    running.signal(SIGKILL)
    running.wait()
    try container.delete().succeeds()
  }

  @Test func `the process is as confined as one of run`() throws {
    let line =
      "grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/self/status; cat /proc/self/oom_score_adj; umask; "
      + "ls / /dev; cut -d' ' -f5-6 /proc/self/mountinfo; hostname; ls /proc/1/root/etc >/dev/null 2>&1 && echo leak; "
      + "readlink /proc/1/exe; cat /proc/kcore | wc -c; echo x 2>/dev/null >/proc/sys/kernel/domainname || echo ro"
    func configure(_ config: inout Config) {
      config.removeNamespace(.pid)
      config.shell(line)
      config.process?.oomScoreAdj = 300
      config.process?.user = User(uid: 0, gid: 0)
      config.changeLinux { linux in
        var seccomp = Seccomp(defaultAction: .allow)
        seccomp.syscalls = [SeccompRule(names: ["swapon"], action: .errno)]
        linux.seccomp = seccomp
      }
    }
    let usual = try runtime.container("usual", configure).run().succeeds()
    let placed = try command(try runtime.container("placed", configure)).run().succeeds()
    #expect(usual.output == placed.output)
    #expect(!placed.output.contains("leak"))
    #expect(placed.output.contains("Seccomp:\t2"))
  }

  @Test func `namespaces are new, also a user namespace, and limits hold`() throws {
    let container = try container { config in
      config.useUserNamespace()
      config.mounts?.removeAll { $0.type == "proc" }
      config.bind("/proc", "/proc")
      config.shell("cat /proc/self/uid_map; id -u; cat /proc/self/cgroup; exec sleep 1000")
      config.changeLinux { linux in
        var pids = PidsResources()
        pids.limit = 20
        linux.resources?.pids = pids
      }
    }
    let running = try command(container).start()
    #expect(eventually { running.output.contains("0::") || running.hasEnded }, "\(running.errors)")
    let words = running.output.split(whereSeparator: \.isWhitespace)
    #expect(words.prefix(4) == ["0", "100000", "65536", "0"])
    for type in [.network, .ipc, .uts, .mount, .cgroup, .user] as [NamespaceType] {
      let file = "ns/\(type.fileName)"
      #expect(File.link("/proc/\(running.pid)/\(file)") != File.link("/proc/self/\(file)"))
    }
    #expect(File.link("/proc/\(running.pid)/ns/pid") == File.link("/proc/self/ns/pid"))
    #expect(File.text("/proc/\(running.pid)/cgroup").contains(container.id))
    try container.remove()
    running.wait().ends(with: 128 + SIGKILL)
  }

  @Test func `hooks of the host and the container run, and readiness is passed on`() throws {
    let manager = try DatagramSocket(in: runtime.directory, named: "notify")
    let order = runtime.directory + "/order"
    let container = try container { config in
      config.shell("sleep 0.2; probe tell $NOTIFY_SOCKET READY=1; exec sleep 1000")
      var all = Hooks()
      for kind in HookKind.allCases where !kind.isInContainer {
        all.add(kind, ["echo \(kind.rawValue) >>\(order)"])
      }
      config.hooks = all
    }
    var command = command(container)
    command.environment["NOTIFY_SOCKET"] = manager.path
    let running = try command.start()
    #expect(eventually { File.text(order).contains("poststart") })
    var texts: [String] = []
    eventually {
      texts += manager.received().map { String(decoding: $0, as: UTF8.self) }
      return !texts.isEmpty
    }
    #expect(texts == ["READY=1\nMAINPID=\(running.pid)"])
    running.signal(SIGKILL)
    running.wait()
    try container.delete().succeeds()
    #expect(File.text(order) == "prestart\ncreateRuntime\npoststart\npoststop\n")
  }

  @Test func `what fails is told before the process ends, by chroot's statuses, and nothing is left`() throws
  {
    func refused(
      _ name: String, _ status: Int32, saying text: String, _ configure: (inout Config) -> Void
    ) throws {
      let container = try self.container(name, configure)
      let outcome = try command(container).run()
      outcome.ends(with: status)
      #expect(outcome.errors.contains(text), "\(outcome)")
      #expect(eventually { Leftovers(tag: container.id, stateDirectory: runtime.root).isEmpty })
    }
    try refused("a", 127, saying: "\"nothing\": executable file not found") { $0.run("nothing") }
    try refused("b", 126, saying: "permission denied") { $0.run("/etc") }
    try refused("c", 125, saying: "/mounts/") { $0.bind("/nothing/here", "/x") }
    try refused("d", 125, saying: "createRuntime") { $0.hooks = hooks(.createRuntime, "exit 3") }
    try refused("e", 125, saying: "with --in-place the process keeps its pid") { $0.setNamespace(.pid) }
    try refused("f", 125, saying: "/process/terminal") { $0.useTerminal() }
    try refused("g", 125, saying: "a mount namespace is needed") { config in
      config.removeNamespace(.mount)
      config.changeLinux { ($0.maskedPaths, $0.readonlyPaths) = (nil, nil) }
    }
    try refused("h", 125, saying: "a user namespace cannot show the pids") { $0.useUserNamespace() }
    let container = try container("i") { $0.run("true") }
    try command(container, "--detach").run().ends(with: 125)
    try command(container, "--console-socket", "/x").run().ends(with: 125)
    #expect(File.names(in: runtime.root).isEmpty)
  }

  @Test func `a terminal is no longer the process's own, but its keys still reach it`() throws {
    let container = try container {
      $0.shell(
        "(exec 3</dev/tty) 2>/dev/null && echo controls || echo detached; trap 'echo caught' INT; sleep 5")
    }
    let inner = command(container)
    let words = ([inner.program] + inner.arguments).map { "'\($0)'" }.joined(separator: " ")
    let terminal = try TestTerminal()
    // The shell leads the session and stays.
    let running = try Command("sh", ["-c", "trap : INT; \(words); echo ended"]).at(terminal).start()
    #expect(terminal.read(until: "detached").contains("detached"))
    terminal.type("\u{3}")
    #expect(terminal.read(until: "ended").contains("caught"))
    running.wait()
  }

  @Test func `killed at any moment, delete removes what is left`() throws {
    for round in 0..<30 {
      let container = try container("k\(round)") { $0.run("sleep", "1000") }
      let running = try command(container).start()
      usleep(UInt32(round) * 1500)
      running.signal(round % 2 == 0 ? SIGKILL : SIGTERM)
      running.wait(timeout: .seconds(20))
      #expect(running.hasEnded)
      // The copy undoes what was begun, or has written down what is to be deleted.
      let isGone = try eventually {
        _ = try container.delete("--force")
        return Leftovers(tag: container.id, stateDirectory: runtime.root).isEmpty
      }
      #expect(isGone)
    }
  }

  @Test func `a listening socket is handed from one to the next without losing a connection`() throws {
    let server = runtime.directory + "/serve.py"
    try File.write(
      """
      import os, signal, socket, sys
      going = True
      def stop(*_):
        global going
        going = False
      signal.signal(signal.SIGTERM, stop)
      s = socket.socket(fileno=3)
      s.settimeout(0.05)
      while going:
        try: c, _ = s.accept()
        except TimeoutError: continue
        c.settimeout(5); c.recv(10); c.sendall(("%s %d" % (sys.argv[1], os.getpid())).encode()); c.close()
      """, to: server)
    func generation(_ number: Int) throws -> Command {
      let container = try container("g\(number)") { config in
        for path in ["/usr", "/lib", "/lib64"] where File.exists(path) { config.bind(path, path, "ro") }
        config.bind(server, "/serve.py", "ro")
        config.run("/usr/bin/python3", "/serve.py", "g\(number)")
        config.removeNamespace(.network)
      }
      return command(container, "--preserve-fds", "1")
    }
    let generations = try (0..<3).map(generation)
    let lists = generations.map { [$0.program] + $0.arguments }
    let script = """
      import json, os, signal, socket, subprocess, sys, threading, time
      s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(256); port = s.getsockname()[1]
      seen, failures, going = {}, [], True
      def ask():
        c = socket.create_connection(("127.0.0.1", port), 5); c.sendall(b"?"); text = c.recv(100).decode(); c.close()
        if not text: raise OSError("empty")
        return text
      def client():
        while going:
          try: t = ask(); seen[t] = seen.get(t, 0) + 1
          except OSError as e: failures.append(repr(e))
      def start(words):
        def place():
          os.dup2(s.fileno(), 3, inheritable=True)
        return subprocess.Popen(words, preexec_fn=place, pass_fds=[3], stderr=sys.stderr)
      def wait(p, name):
        end = time.time() + 30
        while "%s %d" % (name, p.pid) not in seen:
          if p.poll() is not None or time.time() > end: sys.exit("%s: %s %s" % (name, p.poll(), seen))
          time.sleep(0.01)
      lists = json.loads(sys.argv[1])
      current = start(lists[0])
      threads = [threading.Thread(target=client, daemon=True) for _ in range(4)]
      for t in threads: t.start()
      wait(current, "g0")
      for n in (1, 2):
        following = start(lists[n]); wait(following, "g%d" % n)
        current.terminate(); print("status", current.wait()); current = following
      time.sleep(0.2); going = False
      for t in threads: t.join()
      current.terminate(); current.wait()
      print("failures", len(failures), failures[:3]); print("answers", sum(seen.values())); print("processes", len(seen))
      """
    let json = String(decoding: try JSONSerialization.data(withJSONObject: lists), as: UTF8.self)
    let outcome = try Command("python3", ["-c", script, json]).run().succeeds()
    #expect(outcome.lines.prefix(2) == ["status 0", "status 0"], "\(outcome)")
    #expect(outcome.lines.contains("failures 0 []"), "\(outcome)")
    #expect(outcome.lines.contains("processes 3"), "\(outcome)")
  }
}
