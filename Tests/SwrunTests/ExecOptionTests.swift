import Foundation
import JSON
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("options of exec", .enabled(if: CgroupHost.isV1))
struct ExecOptionTests {
  let runtime = Runtime()

  private func write(_ json: String) throws -> String {
    let path = runtime.directory + "/process.json"
    try File.write(json, to: path)
    return path
  }

  /// What the probe tells of a process of the container.
  private func facts(_ container: Container, _ options: String...) throws -> [String: String] {
    try container.execCommand(options, ["probe"]).run().succeeds().facts
  }

  // MARK: --process

  @Test(
    "--process names the whole process, and none of the container's is left", arguments: ["--process", "-p"])
  func process(option: String) throws {
    let container = try runtime.runningContainer { $0.process?.env?.append("OLD=1") }
    var process = OCIRuntimeSpec.Process(args: ["sh", "-c", "pwd; id; umask; ulimit -n; env"], cwd: "/etc")
    process.env = ["PATH=/bin", "NEW=2"]
    process.user = User(uid: 5, gid: 6)
    process.user?.umask = 0o27
    process.user?.additionalGids = [7]
    process.rlimits = [Rlimit(type: .openFiles, soft: 77, hard: 99)]
    let path = try write(String(decoding: JSONWriter().encode(process), as: UTF8.self))
    let outcome = try container.execCommand([option, path], []).run().succeeds()
    #expect(outcome.lines.prefix(4) == ["/etc", "uid=5 gid=6 groups=7", "0027", "77"])
    #expect(Set(outcome.lines.dropFirst(4)).isSuperset(of: ["PATH=/bin", "NEW=2", "HOME=/"]))
    #expect(!outcome.output.contains("OLD"))
    let changed = try container.execCommand([option, path, "--cwd", "/bin"], ["pwd"]).run().succeeds()
    #expect(changed.output == "/bin\n", "arguments and options change what the file says")
    let status = try container.execCommand([option, path], ["grep", "CapBnd", "/proc/self/status"]).run()
    #expect(status.succeeds().output == "CapBnd:\t0000000000000000\n")
  }

  @Test("all faults of the file are told with their places")
  func faults() throws {
    let container = try runtime.runningContainer()
    let path = try write(
      """
      {"args": [], "cwd": "tmp", "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 2, "hard": 1}],
       "user": {"uid": -1, "gid": 0}, "oomScoreAdj": 2000, "scheduler": {"policy": "SCHED_MINE"}}
      """)
    let outcome = try container.execCommand(["--process", path], []).run()
    outcome.failsToExecute(
      saying: "\(path): /args", "\(path): /cwd: \"tmp\" is not an absolute path", "\(path): /rlimits/0",
      "\(path): /user/uid", "\(path): /oomScoreAdj", "\(path): /scheduler/policy")
  }

  @Test("a file that is none says so")
  func badFiles() throws {
    let container = try runtime.runningContainer()
    func expect(_ path: String, _ words: String) throws {
      try container.execCommand(["--process", path], []).run().failsToExecute(saying: "--process", words)
    }
    try expect(runtime.directory + "/none", "no such file or directory")
    try expect(runtime.directory, "is a directory")
    try expect(write(#"{"args": ["true"],"#), "process.json:1:19")
    try expect(write(""), "process.json:1:1")
    try expect(write("[]"), "expected an object")
    try expect("/dev/zero", "larger than")
    #expect(CgroupHost.processes(of: container).count == 1)
  }

  @Test("a failure of the kernel names the place in the file, too")
  func placeOfFailure() throws {
    let container = try runtime.runningContainer()
    let path = try write(#"{"args": ["true"], "cwd": "/none"}"#)
    try container.execCommand(["--process", path], []).run().failsToExecute(
      saying: "\(path): /cwd: \"/none\"", "no such file or directory")
    try container.exec("true", options: ["--cwd", "/none"]).failsToExecute(saying: "exec: /cwd: \"/none\"")
  }

  // MARK: what the process is

  @Test("--cwd is the program's directory, and is not made")
  func workingDirectory() throws {
    let container = try runtime.runningContainer { $0.process?.cwd = "/tmp" }
    #expect(try container.exec("pwd").succeeds().output == "/tmp\n")
    #expect(try container.exec("pwd", options: ["--cwd", "/usr"]).succeeds().output == "/usr\n")
    try container.exec("pwd", options: ["--cwd", "/new"]).failsToExecute(saying: "/cwd: \"/new\"")
    try container.exec("pwd", options: ["--cwd", "usr"]).failsToExecute(saying: "not an absolute path")
    try container.exec("pwd", options: ["--cwd", "/etc/passwd"]).failsToExecute(saying: "not a directory")
    #expect(!File.exists(container.bundle.inside("new")))
  }

  @Test("--env adds variables, each as it is; the last of a name counts")
  func environment() throws {
    let container = try runtime.runningContainer { $0.process?.env?.append("OLD=1") }
    let options = ["--env", "A=1,2 3", "-e", "B=x=y", "--env=C=", "-e", "OLD=2", "-e", "A=4"]
    let lines = try container.exec("env", options: options).succeeds().lines
    #expect(lines.filter { "ABC".contains($0.prefix(1)) } == ["A=1,2 3", "B=x=y", "C=", "A=4"])
    #expect(lines.last { $0.hasPrefix("OLD=") } == "OLD=2")
    #expect(try container.execShell("echo $A", options: options).output == "4\n")
  }

  @Test("PATH and HOME of --env are those that count")
  func pathAndHome() throws {
    let container = try runtime.runningContainer()
    try container.bundle.addScript("odd", "#!/bin/sh\necho odd\n")
    #expect(try container.exec("odd", options: ["-e", "PATH=/bin:/"]).succeeds().output == "odd\n")
    try container.exec("ls", options: ["-e", "PATH=/etc"]).failsToExecute(
      saying: "PATH in the container is /etc")
    #expect(try container.exec("sh", "-c", "echo $HOME").output == "/root\n")
    #expect(try container.exec("sh", "-c", "echo $HOME", options: ["-u", "77"]).output == "/\n")
    #expect(try container.exec("sh", "-c", "echo $HOME", options: ["-e", "HOME=/x"]).output == "/x\n")
  }

  @Test(
    "--user takes IDs, and --additional-gids groups",
    arguments: [
      (["--user", "1000"], "uid=1000 gid=0 groups="), (["-u", "1000:2000"], "uid=1000 gid=2000 groups="),
      (["--user=1:2", "-g", "3", "--additional-gids", "4"], "uid=1 gid=2 groups=3,4"),
      (["-g", "8"], "uid=11 gid=12 groups=8,13"), ([], "uid=11 gid=12 groups=13"),
    ])
  func user(_ options: [String], _ expected: String) throws {
    let container = try runtime.runningContainer {
      $0.process?.user = User(uid: 11, gid: 12)
      $0.process?.user?.additionalGids = [13]
    }
    let facts = try container.execCommand(options, ["probe"]).run().succeeds().facts
    let uid = facts["Uid"]?.split(separator: " ") ?? []
    let gid = facts["Gid"]?.split(separator: " ") ?? []
    #expect(Set(uid).count == 1 && Set(gid).count == 1)
    let groups = facts["Groups"]?.split(separator: " ").joined(separator: ",") ?? ""
    #expect("uid=\(uid[0]) gid=\(gid[0]) groups=\(groups)" == expected)
  }

  @Test(
    "what is no ID is refused",
    arguments: [
      "root", "1000:", ":5", "1:2:3", "-1", "4294967296", "1 ", "+1x", "0x10",
    ])
  func badUser(_ text: String) throws {
    let container = try runtime.runningContainer()
    try container.exec("id", options: ["--user=\(text)"]).failsToExecute(saying: "--user \"\(text)\"")
  }

  @Test("a user without capabilities of its own keeps none but the bounding set")
  func userCapabilities() throws {
    let container = try runtime.runningContainer()
    let facts = try facts(container, "--user", "1000")
    #expect(facts["CapEff"] == "0000000000000000")
    #expect(facts["CapPrm"] == "0000000000000000")
    #expect(facts["CapBnd"] == "0000000020000420")
  }

  @Test("--cap adds to the bounding, permitted and effective sets, never to the inheritable one")
  func capabilities() throws {
    let container = try runtime.runningContainer()
    let facts = try facts(container, "--cap", "CAP_NET_ADMIN", "-c", "CAP_SYS_CHROOT")
    for set in ["CapBnd", "CapPrm", "CapEff"] { #expect(facts[set] == "0000000020041420", "\(set)") }
    #expect(facts["CapInh"] == "0000000000000000")
    #expect(facts["CapAmb"] == "0000000000000000")
    #expect(try self.facts(container)["CapBnd"] == "0000000020000420", "it was for one process")
  }

  @Test("--cap raises the ambient set only where the container's inheritable set has the capability")
  func ambient() throws {
    let container = try runtime.runningContainer {
      $0.process?.capabilities?.inheritable = ["CAP_NET_ADMIN"]
      $0.process?.capabilities?.bounding?.append("CAP_NET_ADMIN")
    }
    let facts = try facts(container, "-u", "1000", "-c", "CAP_NET_ADMIN", "-c", "CAP_SYS_CHROOT")
    #expect(facts["CapInh"] == "0000000000001000")
    #expect(facts["CapAmb"] == "0000000000001000")
    #expect(facts["CapEff"] == "0000000000001000")
  }

  @Test(
    "a capability that there is not is refused", arguments: ["NET_ADMIN", "cap_net_admin", "CAP_MINE"])
  func badCapability(_ name: String) throws {
    let container = try runtime.runningContainer()
    try container.exec("true", options: ["--cap=\(name)"]).failsToExecute(saying: "--cap \"\(name)\"")
  }

  @Test("--no-new-privs sets it where the container does not", arguments: [true, false])
  func noNewPrivileges(_ isConfigured: Bool) throws {
    let container = try runtime.runningContainer { $0.process?.noNewPrivileges = isConfigured }
    #expect(try facts(container)["NoNewPrivs"] == (isConfigured ? "1" : "0"))
    #expect(try facts(container, "--no-new-privs")["NoNewPrivs"] == "1")
  }

  @Test(
    "labels that this kernel cannot give are errors",
    .disabled(if: File.exists("/sys/fs/selinux/enforce") || File.exists("/sys/module/apparmor")))
  func labels() throws {
    let container = try runtime.runningContainer()
    try container.exec("touch", "/ran", options: ["--apparmor", "strict"]).failsToExecute(
      saying: "exec: /apparmorProfile: AppArmor is not enabled")
    try container.exec("touch", "/ran", options: ["--process-label", "a:b:c"]).failsToExecute(
      saying: "exec: /selinuxLabel: SELinux is not enabled")
    #expect(!File.exists(container.bundle.inside("ran")))
    try container.exec("true", options: ["--apparmor", "unconfined"]).succeeds()
    try container.exec("true", options: ["--apparmor", "", "--process-label", ""]).succeeds()
  }

  // MARK: descriptors

  @Test("the program gets its streams and what is preserved, nothing else", arguments: [0, 1, 3])
  func descriptors(_ preserved: Int) throws {
    let container = try runtime.runningContainer()
    let file = open("/dev/full", O_RDWR)
    defer { close(file) }
    var command = container.execCommand(["--preserve-fds", "\(preserved)"], ["probe"])
    command.descriptors = [3: file, 4: file, 5: file, 6: file, 9: file, 100: file]
    let facts = try command.run().succeeds().facts
    let numbers = facts.keys.filter { $0.hasPrefix("fd.") }.compactMap { Int($0.dropFirst(3)) }.sorted()
    #expect(numbers == Array(0..<(3 + preserved)))
    if preserved > 0 { #expect(facts["fd.3"] == "/dev/full") }
  }

  @Test("a descriptor to preserve that is not there is an error", arguments: [1, 3, 60])
  func missingDescriptor(_ count: Int) throws {
    let container = try runtime.runningContainer()
    try container.exec("true", options: ["--preserve-fds", "\(count)"]).failsToExecute(saying: "is not open")
  }

  @Test("--pidfd-socket receives a descriptor of the process", arguments: [true, false])
  func pidfd(isDetached: Bool) throws {
    let container = try runtime.runningContainer()
    let socket = try DescriptorSocket(in: runtime.directory, named: "pidfd.sock")
    let options = ["--pidfd-socket", socket.path] + (isDetached ? ["--detach"] : [])
    let running = try container.execCommand(options, ["sh", "-c", "read x; exit 3"]).start()
    let (text, descriptor) = try socket.receive()
    defer { close(descriptor) }
    #expect(text == container.id)
    let info = File.text("/proc/self/fdinfo/\(descriptor)")
    let pid = try #require(
      info.split(separator: "\n").first { $0.hasPrefix("Pid:") }?.split(separator: "\t").last
        .flatMap { Int32($0) })
    if isDetached { running.wait().succeeds() }
    #expect(canBeRead(descriptor, within: .seconds(10)), "the process \(pid) goes on")
    if !isDetached { running.wait().ends(with: 3) }
  }

  @Test("a pidfd socket that nobody listens on is an error, and leaves no process")
  func deafPidfdSocket() throws {
    let container = try runtime.runningContainer()
    let options = ["--pidfd-socket", runtime.directory + "/none"]
    try container.exec("sleep", "1000", options: options).failsToExecute(saying: "--pidfd-socket")
    #expect(eventually(within: .seconds(5)) { CgroupHost.processes(of: container).count == 1 })
  }

  // MARK: --cgroup

  /// The paths of a program's cgroups, by controllers; the container's is the root of its namespace.
  private func cgroups(_ container: Container, _ options: [String]) throws -> [String: String] {
    let lines = try container.exec("cat", "/proc/self/cgroup", options: options).succeeds().lines
    let fields = lines.map { $0.components(separatedBy: ":") }
    return Dictionary(fields.map { ($0[1], $0[2]) }) { $1 }
  }

  private func makeCgroup(_ controller: String, _ container: Container, _ path: String) throws {
    let whole = CgroupHost.directory(controller, "/\(container.id)/\(path)")
    try checked(mkdir(whole, 0o755), whole)
  }

  @Test("--cgroup puts the program into a cgroup below the container's, in one hierarchy or in all")
  func nestedCgroup() throws {
    let container = try runtime.runningContainer()
    for path in ["in", "in/deeper"] { try makeCgroup("pids", container, path) }
    let one = try cgroups(container, ["--cgroup", "pids:/in/deeper"])
    #expect(one["pids"] == "/in/deeper")
    #expect(one["memory"] == "/")
    #expect(try cgroups(container, ["--cgroup", "pids:in"])["pids"] == "/in")
    #expect(try cgroups(container, ["--cgroup", "/"])["pids"] == "/")

    try container.exec("true", options: ["--cgroup", "in"]).failsToExecute(
      saying: "--cgroup in", "no such file or directory")
    let unified = CgroupHost.unified.map { "\($0)/\(container.id)/in" }
    let hierarchies = CgroupHost.directories(of: "/\(container.id)/in") + [unified].compactMap(\.self)
    for directory in hierarchies { mkdir(directory, 0o755) }
    let parent = CgroupHost.directory("cpuset", "/\(container.id)")
    for file in ["cpuset.cpus", "cpuset.mems"] {
      try File.write(File.text("\(parent)/\(file)"), to: "\(parent)/in/\(file)")
    }
    let all = try cgroups(container, ["--cgroup", "in"])
    #expect(hierarchies.count > 3)
    #expect(all.filter { $0.value == "/in" }.count == hierarchies.count)
  }

  @Test(
    "a cgroup that is not below the container's is refused",
    arguments: [
      ("..", "invalid cross-device link"), ("pids:../..", "invalid cross-device link"),
      ("in/../..", "no such file"), ("pids:nope", "no such file or directory"),
      ("mine:x", "no controller is named \"mine\""),
    ])
  func otherCgroup(_ text: String, _ words: String) throws {
    let container = try runtime.runningContainer()
    try container.exec("touch", "/ran", options: ["--cgroup", text]).failsToExecute(saying: "--cgroup", words)
    #expect(!File.exists(container.bundle.inside("ran")))
  }
}
