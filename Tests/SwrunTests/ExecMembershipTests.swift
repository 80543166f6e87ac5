import CLinux
import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// What a process of `exec` has in common with the container's first one.
@Suite("what exec joins and keeps", .enabled(if: CgroupHost.isUsable))
struct ExecMembershipTests {
  let runtime = Runtime()

  /// Adds a process that sleeps.
  ///
  /// - Returns: Its pid on the host.
  private func add(to container: Container, _ options: [String] = []) throws -> Int32 {
    let file = runtime.directory + "/pid"
    try container.exec("sleep", "1000", options: options + ["--detach", "--pid-file", file]).succeeds()
    return try #require(Int32(File.text(file)))
  }

  /// Expects that a process is in the namespaces, cgroups and root of the container's first one.
  private func expectJoined(
    _ container: Container, _ pid: Int32, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let first = try container.report().pid
    for name in File.names(in: "/proc/self/ns") {
      let (own, its) = (File.link("/proc/\(pid)/ns/\(name)"), File.link("/proc/\(first)/ns/\(name)"))
      #expect(own == its && own != "", "\(name)", sourceLocation: sourceLocation)
    }
    for file in ["cgroup", "mountinfo"] {
      let (own, its) = (File.text("/proc/\(pid)/\(file)"), File.text("/proc/\(first)/\(file)"))
      #expect(own == its && own != "", "\(file)", sourceLocation: sourceLocation)
    }
    var (own, its) = (stat(), stat())
    stat("/proc/\(pid)/root/.", &own)
    stat("/proc/\(first)/root/.", &its)
    #expect(own.st_ino == its.st_ino && own.st_dev == its.st_dev, "root", sourceLocation: sourceLocation)
  }

  @Test("all namespaces and cgroups are the container's, also those in which a limit is")
  func everything() throws {
    let container = try runtime.runningContainer { config in
      config.setNamespace(.time)
      config.limit { $0.pids = PidsResources(limit: 30) }
    }
    let pid = try add(to: container)
    try expectJoined(container, pid)
    let cgroups = File.text("/proc/\(pid)/cgroup").split(separator: "\n")
    #expect(cgroups.filter { $0.hasSuffix("/\(container.id)") }.count >= 8)
    #expect(cgroups != File.text("/proc/self/cgroup").split(separator: "\n"))
  }

  @Test(
    "a namespace that the container shares with the host is not left",
    arguments: [
      NamespaceType.pid, .network, .ipc, .uts, .mount, .cgroup,
    ])
  func shared(_ type: NamespaceType) throws {
    let container = try runtime.runningContainer { config in
      config.removeNamespace(type)
      if type == .mount {
        config.changeLinux { ($0.maskedPaths, $0.readonlyPaths) = (nil, nil) }
        config.mounts = []
      }
      if type == .network { config.mounts?.removeAll { $0.destination == "/sys" } }
    }
    let pid = try add(to: container)
    try expectJoined(container, pid)
    #expect(File.link("/proc/\(pid)/ns/\(type.fileName)") == File.link("/proc/self/ns/\(type.fileName)"))
    kill(pid, SIGKILL)
  }

  @Test("without a mount namespace the program is in the container's root all the same")
  func rootWithoutMountNamespace() throws {
    let container = try runtime.runningContainer { config in
      config.removeNamespace(.mount)
      config.changeLinux { ($0.maskedPaths, $0.readonlyPaths) = (nil, nil) }
      config.mounts = []
    }
    try File.write("inside\n", to: container.bundle.inside("mark"))
    #expect(try container.exec("cat", "/mark", options: ["--cwd", "/bin"]).succeeds().output == "inside\n")
    #expect(try container.exec("cat", "/../../mark").succeeds().output == "inside\n")
  }

  @Test("a user namespace is joined with its mappings, and its root has no more rights than configured")
  func userNamespace() throws {
    let container = try runtime.runningContainer { $0.useUserNamespace(from: 200_000) }
    let pid = try add(to: container, ["--user", "5:6"])
    try expectJoined(container, pid)
    let status = File.text("/proc/\(pid)/status")
    #expect(status.contains("\nUid:\t200005\t200005\t200005\t200005\n"))
    #expect(status.contains("\nGid:\t200006\t200006\t200006\t200006\n"))
    let facts = try container.exec("probe").succeeds().facts
    #expect(facts["Uid"] == "0 0 0 0")
    #expect(facts["CapEff"] == "0000000020000420")
    #expect(facts["CapInh"] == "0000000000000000")
  }

  @Test("namespaces that the container joined by path are joined", arguments: [true, false])
  func byPath(hasUser: Bool) throws {
    let types: [NamespaceType] = [.pid, .network, .ipc, .uts] + (hasUser ? [.user] : [])
    let holder =
      hasUser
      ? try NamespaceHolder(.user, .pid, .network, .ipc, .uts)
      : try NamespaceHolder(.pid, .network, .ipc, .uts)
    let container = try runtime.runningContainer { config in
      for type in types { config.setNamespace(type, path: holder.path(type)) }
      config.hostname = nil
    }
    let pid = try add(to: container)
    try expectJoined(container, pid)
    for type in types { #expect(File.link("/proc/\(pid)/ns/\(type.fileName)") == holder.identity(type)) }
    kill(pid, SIGKILL)
  }

  @Test("a time namespace's clocks are the program's")
  func clocks() throws {
    let container = try runtime.runningContainer { config in
      config.setNamespace(.time)
      config.changeLinux { $0.timeOffsets = ["monotonic": TimeOffset(secs: 1_000_000)] }
    }
    let facts = try container.exec("probe").succeeds().facts
    let host = try Command(TestRootfs.probe, []).run().succeeds().facts
    let difference = try #require(Int(facts["monotonic"] ?? "")) - (Int(host["monotonic"] ?? "") ?? 0)
    #expect((999_990...1_000_010).contains(difference))
  }

  @Test("a container without cgroups is joined, and the program stays in its caller's")
  func withoutCgroups() throws {
    let container = try runtime.container { config in
      config.wait()
      config.changeLinux { $0.resources = nil }
    }
    try container.command("create", global: ["--cgroup-manager=disabled"]).run().succeeds()
    let pid = try add(to: container)
    try expectJoined(container, pid)
    #expect(File.text("/proc/\(pid)/cgroup") == File.text("/proc/self/cgroup"))
  }

  @Test("limits, umask, personality, scheduling and the OOM score are the container's")
  func attributes() throws {
    let container = try runtime.runningContainer { config in
      config.changeProcess {
        $0.rlimits = [
          Rlimit(type: .openFiles, soft: 123, hard: 456), Rlimit(type: .core, soft: 0, hard: 7),
        ]
        $0.user?.umask = 0o27
        $0.oomScoreAdj = 345
        $0.scheduler = Scheduler(policy: .batch)
        $0.scheduler?.nice = 7
        $0.ioPriority = IOPriority(class: .bestEffort, priority: 6)
      }
      config.changeLinux { $0.personality = Personality(domain: .linux32) }
    }
    let facts = try container.exec("probe").succeeds().facts
    #expect(facts["RLIMIT_NOFILE"] == "123 456")
    #expect(facts["RLIMIT_CORE"] == "0 7")
    #expect(facts["Umask"] == "0027")
    #expect(facts["personality"] == "0x8")
    #expect(facts["scheduler"] == "3")
    #expect(facts["nice"] == "7")
    #expect(facts["ioprio"] == "2 6")
    #expect(try container.exec("cat", "/proc/self/oom_score_adj").output == "345\n")
  }

  @Test("a process of a file has the limits, scheduling and OOM score of the file")
  func attributesOfFile() throws {
    let container = try runtime.runningContainer { $0.process?.oomScoreAdj = 345 }
    let path = runtime.directory + "/process.json"
    try File.write(
      """
      {"args": ["sh", "-c", "probe; echo score=$(cat /proc/self/oom_score_adj)"], "cwd": "/",
       "env": ["PATH=/bin"], "oomScoreAdj": 500, "scheduler": {"policy": "SCHED_IDLE"},
       "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 50, "hard": 60}]}
      """, to: path)
    let facts = try container.exec(options: ["--process", path]).succeeds().facts
    #expect(facts["score"] == "500")
    #expect(facts["scheduler"] == "5")
    #expect(facts["RLIMIT_NOFILE"] == "50 60")
    #expect(facts["CapEff"] == "0000000000000000")
  }

  @Test("the program has the container's session keyring", arguments: [true, false])
  func keyring(hasUser: Bool) throws {
    let container = try runtime.container { config in
      config.run("probe")
      if hasUser { config.useUserNamespace() }
    }
    let created = try container.create().succeeds()
    let facts = try container.exec("probe").succeeds().facts
    try container.start().succeeds()
    #expect(eventually { created.facts["keyring"] != nil })
    // Its number is not told; that there is one of this name only is seen from the rights and the name.
    #expect(facts["keyring"] == created.facts["keyring"])
    #expect(facts["keyring"]?.hasSuffix(";_ses.\(container.id)") == true)
  }

  @Test("the program stays in its caller's keyring where the container does")
  func callersKeyring() throws {
    let container = try runtime.container { $0.wait() }
    try container.create("--no-new-keyring").succeeds()
    #expect(try container.exec("probe").succeeds().facts["keyring"]?.contains(container.id) != true)
  }

  /// Spec: config.md#linux-process, `execCPUAffinity`
  @Test(
    "the CPUs of execCPUAffinity are the program's",
    .enabled(if: ProcessInfo.processInfo.processorCount > 1),
    arguments: [(nil, nil, "0-1"), ("0", "1", "1"), ("0-1", "0", "0"), ("1", nil, "1")]
      as [(String?, String?, String)]
  )
  func affinity(_ initial: String?, _ final: String?, _ expected: String) throws {
    let container = try runtime.runningContainer { config in
      config.limit {
        $0.cpu = CPUResources()
        $0.cpu?.cpus = "0-1"
      }
      var affinity = ExecCPUAffinity()
      (affinity.initial, affinity.final) = (initial, final)
      config.process?.execCPUAffinity = affinity
    }
    #expect(try container.exec("probe").succeeds().facts["Cpus_allowed_list"] == expected)
  }

  @Test("CPUs that the container may not use are an error with its place")
  func badAffinity() throws {
    let container = try runtime.runningContainer {
      $0.process?.execCPUAffinity = ExecCPUAffinity()
      $0.process?.execCPUAffinity?.final = "1000"
    }
    try container.exec("true").failsToExecute(saying: "/execCPUAffinity/final", "invalid argument")
  }

  @Test("the container's filter is the program's", arguments: [true, false])
  func filter(noNewPrivileges: Bool) throws {
    let container = try runtime.runningContainer {
      $0.process?.noNewPrivileges = noNewPrivileges
      $0.filter(SeccompRule("lseek", .errno, errno: 77))
    }
    let facts = try container.exec("probe", "syscall", "8", "999").succeeds().facts
    #expect(facts["errno"] == "77")
    let status = try container.exec("probe").succeeds().facts
    #expect(status["Seccomp"] == "2")
    #expect(status["Seccomp_filters"] == "1")
    #expect(status["CapEff"] == "0000000020000420", "the right to install it is not the program's")
    let user = try container.exec("probe", "syscall", "8", "999", options: ["-u", "1000"]).succeeds().facts
    #expect(user["errno"] == "77")
  }

  @Test("each program has a call to the container's agent", arguments: [true, false])
  func agent(noNewPrivileges: Bool) throws {
    let socket = try DescriptorSocket(in: runtime.directory, named: "agent.sock")
    let container = try runtime.container { config in
      config.wait()
      config.process?.noNewPrivileges = noNewPrivileges
      config.filter(SeccompRule("lseek", .notify)) {
        $0.listenerPath = socket.path
        $0.listenerMetadata = "of \(runtime.tag)"
      }
    }
    try container.create().succeeds()
    for _ in 1...3 {
      let running = try container.execCommand([], ["probe", "syscall", "8", "999"]).start()
      let (text, descriptor) = try socket.receive()
      let listener = Listener(descriptor)
      let state = try decode(ContainerProcessState.self, from: text)
      #expect(state.metadata == "of \(runtime.tag)")
      #expect(state.state.id == container.id)
      #expect(state.state.status == .running)
      #expect(state.pid != state.state.pid)
      #expect(state.state.pid == (try container.report().pid))
      try listener.answer(try listener.next().id, value: 42)
      #expect(running.wait(timeout: .seconds(10)).succeeds().facts["result"] == "42")
    }
  }

  @Test("an agent that is not there is an error, and no process is left")
  func missingAgent() throws {
    let container = try runtime.container { config in
      config.wait()
      config.filter(SeccompRule("lseek", .notify)) { $0.listenerPath = "/nobody.sock" }
    }
    try container.create().succeeds()
    try container.exec("sleep", "1000").failsToExecute(saying: "/linux/seccomp/listenerPath", "/nobody.sock")
    #expect(eventually(within: .seconds(5)) { CgroupHost.processes(of: container).count == 1 })
  }
}
