import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Attacks of the image and of running processes on `exec`.
@Suite("hostile containers and exec", .enabled(if: CgroupHost.isUsable))
struct HostileExecTests {
  let runtime = Runtime()

  private func hash(_ path: String = Runtime.program) throws -> String {
    try Command("sha256sum", [path]).run().succeeds().output
  }

  /// With no capability the other has not, and without CAP_SYS_PTRACE, which opens every process of the
  /// same user namespace by right.
  enum Rights: CaseIterable {
    case few, many, ofUserNamespace
  }

  @Test(
    "a process of the container sees nothing of the runtime in those that come", arguments: Rights.allCases)
  func spy(_ rights: Rights) throws {
    let container = try runtime.container { config in
      config.run("probe", "spy", "4")
      if rights != .few { config.keepAllCapabilities() }
      if rights == .many { config.removeCapability("CAP_SYS_PTRACE") }
      if rights == .ofUserNamespace { config.useUserNamespace() }
    }
    let running = try container.command("run").start()
    try #require(eventually { running.output.contains("spying=1") })
    while !running.hasEnded {
      _ = try container.execCommand([], ["sleep", "0.02"]).run(timeout: .seconds(10))
    }
    let outcome = running.wait()
    let facts = outcome.lines
    #expect((Int(outcome.facts["seen"] ?? "") ?? 0) > 5, "\(outcome)")
    // What it may see is the program, after execve(2) only.
    let programs = Set(facts.filter { $0.hasPrefix("exe=") || $0.hasPrefix("traced=") })
    #expect(programs.isSubset(of: ["exe=/bin/busybox", "traced=/bin/busybox", "traced="]), "\(programs)")
    #expect(!facts.contains("root=foreign"))
    #expect(facts.filter { $0.hasPrefix("open=") } == [])
    #expect(Set(facts.filter { $0.hasPrefix("cwd=") }).isSubset(of: ["cwd=/"]))
  }

  @Test(
    "the runtime as the program, or as its script's interpreter, does not change the runtime",
    arguments: ["/proc/self/exe", "/script", "/link"])
  func selfExecution(entry: String) throws {
    let before = try hash()
    let container = try runtime.runningContainer { $0.keepAllCapabilities() }
    try container.bundle.addScript("script", "#!/proc/self/exe\nx\n")
    symlink("/proc/self/exe", container.bundle.inside("link"))
    _ = try container.exec(entry, "--version")
    #expect(try hash() == before)
  }

  @Test("a process that holds the runtime's program of an exec finds it read-only")
  func writer() throws {
    let copy = runtime.directory + "/runtime"
    try Command("cp", [Runtime.program, copy]).run().succeeds()
    let before = try hash(copy)
    let container = try runtime.container { config in
      config.keepAllCapabilities()
      config.shell(
        """
        echo ready
        while true; do for p in /proc/[0-9]*; do case $(tr '\\0' ' ' < $p/cmdline 2> /dev/null) in *exec*sleep*)
          (exec 9< $p/exe && for i in 1 2 3 4 5; do probe open /proc/self/fd/9 0x201; sleep 0.05; done) & ;;
        esac; done; done
        """)
    }
    let attacker = try container.command("run").start()
    eventually { attacker.output.contains("ready") }
    for _ in 1...30 {
      var command = container.execCommand([], ["sleep", "0"])
      command.program = copy
      try command.run(timeout: .seconds(20)).succeeds()
    }
    _ = try container.kill()
    let answers = Set(attacker.wait().lines.filter { $0.hasPrefix("errno") })
    #expect(try hash(copy) == before)
    #expect(answers.isSubset(of: ["errno=30", "errno=26"]), "\(answers)")
  }

  @Test("a working directory by a descriptor is an error", arguments: 0..<32)
  func descriptorDirectory(number: Int) throws {
    let host = open("/", O_RDONLY | O_DIRECTORY)
    defer { close(host) }
    let container = try runtime.runningContainer()
    symlink("/proc/self/fd/\(number)", container.bundle.inside("link"))
    for path in ["/proc/self/fd/\(number)", "/proc/self/fd/\(number)/../..", "/link", "/proc/self/root"] {
      var command = container.execCommand(["--cwd", path], ["pwd"])
      command.descriptors = [3: host, 7: host, 9: host, 20: host]
      let outcome = try command.run().failsToExecute(saying: "/cwd: \"\(path)\"")
      #expect(outcome.output == "")
    }
  }

  @Test("a program by a descriptor is none of the host's", arguments: 3..<32)
  func descriptorProgram(number: Int) throws {
    let host = open("/", O_RDONLY | O_DIRECTORY)
    defer { close(host) }
    let container = try runtime.runningContainer()
    let up = String(repeating: "../", count: 12)
    let program = "/proc/self/fd/\(number)/\(up)\(Runtime.program.dropFirst())"
    var command = container.execCommand([], [program, "--version"])
    command.descriptors = [7: host, 9: host, 20: host]
    let outcome = try command.run().failsToExecute(saying: "exec:")
    #expect(!outcome.output.contains("swrun"))
  }

  @Test(
    "what stands in place of the container's devpts is no terminal",
    arguments: [
      "mkdir /dev/pts; ln -s /proc/1/fd/0 /dev/pts/ptmx",
      "mkdir /dev/pts; ln -s ../../dev/ptmx /dev/pts/ptmx",
      "mkdir /dev/pts; touch /dev/pts/ptmx", "mkdir /dev/pts; mknod /dev/pts/ptmx c 5 2",
      "ln -s /proc /dev/pts",
      "mkdir /dev/pts; ln -s / /dev/pts/ptmx", ":",
    ])
  func fakeTerminal(_ line: String) throws {
    let container = try runtime.container { config in
      config.keepAllCapabilities()
      config.mounts?.removeAll { $0.destination == "/dev/pts" }
      config.shell("\(line); echo done; exec sleep 1000")
    }
    let created = try container.create().succeeds()
    try container.start().succeeds()
    try #require(eventually { created.output == "done\n" })
    let terminal = try TestTerminal()
    let running = try container.execCommand(["--tty"], ["touch", "/ran"]).at(terminal).start()
    running.wait(timeout: .seconds(10)).ends(with: 255)
    #expect(terminal.read(until: "opening a terminal").contains("opening a terminal"))
    #expect(terminal.echoes)
    #expect(!File.exists(container.bundle.inside("ran")))
  }

  @Test("the environment of the runtime's caller is in no process that the container can read")
  func callersEnvironment() throws {
    let container = try runtime.container { config in
      config.shell("while :; do grep -l SECRET= /proc/[0-9]*/environ && touch /leaked; done 2>/dev/null")
      config.keepAllCapabilities()
      config.root?.readonly = false
    }
    func withSecret(_ command: Command) -> Command {
      var command = command
      command.environment = ["SECRET": "host's", "PATH": "/usr/bin:/bin"]
      return command
    }
    try withSecret(container.command("create")).run().succeeds()
    #expect(try container.execShell("tr '\\0' ' ' < /proc/1/environ").output.allSatisfy { $0 == " " })
    #expect(try container.execShell("tr '\\0' ' ' < /proc/1/cmdline").output.hasPrefix("swrun init"))
    try container.start().succeeds()
    for _ in 0..<60 { try withSecret(container.execCommand([], ["true"])).run().succeeds() }
    #expect(!File.exists(container.bundle.inside("leaked")))
  }

  @Test("a link in place of a terminal's other end is not followed")
  func terminalSwapped() throws {
    let container = try runtime.container { config in
      config.keepAllCapabilities()
      // The directory is covered by one with links to a file that the runtime would give away.
      config.shell(
        """
        mkdir /fake; for i in 0 1 2 3; do ln -s /secret /fake/$i; done
        mount -t tmpfs t /dev/pts && cp -a /fake/. /dev/pts && touch /dev/pts/ptmx
        echo done; exec sleep 1000
        """)
    }
    try File.write("", to: container.bundle.inside("secret"), mode: 0o600)
    let created = try container.create().succeeds()
    try container.start().succeeds()
    try #require(eventually { created.output.contains("done\n") })
    let terminal = try TestTerminal()
    let running = try container.execCommand(["--tty", "-u", "1000"], ["true"]).at(terminal).start()
    running.wait(timeout: .seconds(10)).ends(with: 255)
    var status = stat()
    stat(container.bundle.inside("secret"), &status)
    #expect(status.st_uid == 0)
  }

  @Test("the image's /etc/passwd does not choose the user")
  func passwd() throws {
    let container = try runtime.runningContainer()
    let path = container.bundle.inside("etc/passwd")
    try File.write("1000:x:0:0::/root:/bin/sh\nroot:x:1000:1000::/home/a:/bin/sh\n", to: path)
    let outcome = try container.execShell("id -u; id -g; echo $HOME", options: ["-u", "1000"]).succeeds()
    #expect(outcome.lines == ["1000", "0", "/home/a"])
  }

  @Test(
    "an odd /etc/passwd neither hangs exec nor breaks it",
    arguments: [
      "mkfifo /etc/passwd", "ln -s /dev/zero /etc/passwd", "mkdir /etc/passwd", "ln -s passwd /etc/passwd",
      "head -c 3000000 /dev/zero > /etc/passwd", "echo ::::::: > /etc/passwd",
      "echo root:x:0:0::../x: > /etc/passwd", "ln -s /proc/self/fd/3 /etc/passwd",
    ])
  func oddPasswd(_ line: String) throws {
    let container = try runtime.runningContainer()
    try container.execShell("rm /etc/passwd; \(line)").succeeds()
    let outcome = try container.execCommand([], ["sh", "-c", "echo $HOME"]).run(timeout: .seconds(10))
    #expect(outcome.succeeds().output == "/\n")
  }

  @Test("a pipe in place of the program or of its interpreter does not hang exec")
  func pipes() throws {
    let container = try runtime.runningContainer()
    try container.execShell("mkfifo -m 777 /pipe; mkdir /dir").succeeds()
    try container.bundle.addScript("script", "#!/pipe\n")
    for program in ["/pipe", "/script", "/dir"] {
      try container.execCommand([], [program]).run(timeout: .seconds(10)).failsToExecute(
        saying: "permission denied")
    }
    try container.execCommand(["--cwd", "/pipe"], ["true"]).run(timeout: .seconds(10)).failsToExecute(
      saying: "not a directory")
  }

  @Test(
    "a /proc of files in the container changes nothing that the runtime reads or writes",
    arguments: [true, false])
  func fakeProc(hasUser: Bool) throws {
    let container = try runtime.container { config in
      config.keepAllCapabilities()
      if hasUser { config.useUserNamespace() }
      config.process?.oomScoreAdj = 321
      config.changeLinux { ($0.maskedPaths, $0.readonlyPaths) = (nil, nil) }
      config.shell(
        """
        mount -t tmpfs t /proc && mkdir -p /proc/self/fd /proc/self/ns /proc/self/attr /proc/thread-self
        echo deny > /proc/self/setgroups; for i in 0 1 2 3 4 5 6 7 8 9; do ln -s /secret /proc/self/fd/$i; done
        for p in 1 2 3 4 5 6 7 8 9; do mkdir /proc/$p; echo 5 > /proc/$p/oom_score_adj; done
        echo done; exec sleep 1000
        """)
    }
    try container.bundle.addScript("secret", "#!/bin/sh\necho secret\n")
    let created = try container.create().succeeds()
    try container.start().succeeds()
    try #require(eventually { created.output.contains("done\n") }, "\(created.errors)")
    let file = runtime.directory + "/pid"
    try container.exec("sleep", "1000", options: ["-d", "--pid-file", file, "-g", "7", "-u", "3:4"])
      .succeeds()
    let pid = try #require(Int32(File.text(file)))
    #expect(File.text("/proc/\(pid)/oom_score_adj") == "321\n")
    let first = hasUser ? 100_000 : 0
    let status = File.text("/proc/\(pid)/status")
    #expect(status.contains("\nGroups:\t\(first + 7) \n"))
    #expect(status.contains("\nUid:\t\(first + 3)\t"))
    let terminal = try TestTerminal()
    let running = try container.execCommand(["-t"], ["sh", "-c", "test -t 0 && echo yes"]).at(terminal)
      .start()
    #expect(terminal.readAll(within: .seconds(3)).contains("yes"))
    running.wait(timeout: .seconds(10)).succeeds()
  }
}

extension Config {
  /// Takes a capability out of all sets.
  mutating func removeCapability(_ name: String) {
    changeProcess {
      $0.capabilities?.bounding?.removeAll { $0 == name }
      $0.capabilities?.effective?.removeAll { $0 == name }
      $0.capabilities?.permitted?.removeAll { $0 == name }
      $0.capabilities?.inheritable?.removeAll { $0 == name }
    }
  }
}
