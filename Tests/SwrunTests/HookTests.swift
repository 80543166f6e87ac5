import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: config.md#posix-platform-hooks
@Suite("hooks")
struct HookTests {
  let runtime = Runtime()

  /// A container with a hook of every kind, which can all write below /out, and their output there.
  private func containerWithHooks(_ line: (String) -> String) throws -> (container: Container, output: String)
  {
    let output = runtime.directory + "/out"
    try File.makeDirectory(output)
    chmod(output, 0o777)
    let container = try runtime.container { config in
      config.mounts?.append(Mount(destination: output, type: "bind", source: output, options: ["rbind"]))
      var hooks = Hooks()
      for kind in HookKind.allCases { hooks.add(kind, [line(kind.rawValue)]) }
      config.hooks = hooks
      config.shell("echo program >> \(output)/order")
    }
    return (container, output)
  }

  @Test("all kinds run in the order of the lifecycle, each once", arguments: ["run", "create"])
  func order(_ command: String) throws {
    let out = runtime.directory + "/out"
    let (container, output) = try containerWithHooks { "echo \($0) >> \(out)/order" }
    if command == "run" {
      try container.run().succeeds()
    } else {
      try container.create().succeeds()
      #expect(File.text(output + "/order") == "prestart\ncreateRuntime\ncreateContainer\n")
      try container.start().succeeds()
      try container.expect("stopped")
      #expect(!File.text(output + "/order").contains("poststop"))
      try container.delete().succeeds()
    }
    let order = File.text(output + "/order").split(separator: "\n")
    // The program and poststart run at the same time.
    #expect(order.filter { $0 != "program" }.map(String.init) == HookKind.allCases.map(\.rawValue))
    let program = try #require(order.firstIndex(of: "program"))
    #expect(program > 3 && order.count == 7)
  }

  @Test("hooks of one kind run in the order of the list")
  func orderWithinKind() throws {
    let container = try runtime.container {
      $0.hooks = hooks(.createRuntime, "sleep 0.1; echo 1 >> order", "echo 2 >> order", "echo 3 >> order")
    }
    try container.create().succeeds()
    #expect(File.text(container.bundle.path + "/order") == "1\n2\n3\n")
  }

  @Test("hooks run in the runtime's or the container's namespaces, as their kind asks")
  func namespaces() throws {
    let out = runtime.directory + "/out"
    let names = ["mnt", "pid", "net", "uts", "ipc", "cgroup"]
    let list = names.map { "/proc/self/ns/\($0)" }.joined(separator: " ")
    let (container, output) = try containerWithHooks {
      "for n in \(list); do readlink $n; done > \(out)/\($0)"
    }
    container.bundle.config.shell("for n in \(list); do readlink $n; done > \(output)/program")
    try container.bundle.write()
    try container.run().succeeds()
    let host = names.map { File.link("/proc/self/ns/\($0)") }
    let inside = File.text(output + "/program").split(separator: "\n").map(String.init)
    #expect(zip(host, inside).allSatisfy { $0 != $1 })
    for kind in HookKind.allCases {
      let seen = File.text("\(output)/\(kind)").split(separator: "\n").map(String.init)
      #expect(seen == (kind.isInContainer ? inside : host), "\(kind)")
    }
  }

  @Test("createContainer sees the host's files, startContainer the container's")
  func roots() throws {
    let out = runtime.directory + "/out"
    let (container, output) = try containerWithHooks { "test -e /etc/debian_version; echo $? > \(out)/\($0)" }
    try container.run().succeeds()
    for kind in HookKind.allCases {
      #expect(
        File.text("\(output)/\(kind)") == (kind == .startContainer ? "1\n" : "0\n"), "\(kind)"
      )
    }
  }

  @Test("the mounts are made before prestart, createRuntime and createContainer, and pivot_root comes after")
  func mountsAreMade() throws {
    let out = runtime.directory + "/out"
    let (container, output) = try containerWithHooks {
      "cp /proc/self/mountinfo \(out)/\($0); grep -c ' /' /proc/$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/')/mountinfo >\(out)/n.\($0)"
    }
    try container.create().succeeds()
    let seen = File.text("\(output)/createContainer")
    #expect(seen.contains("\(container.bundle.path)/rootfs/proc "))
    #expect(seen.contains("\(container.bundle.path)/rootfs/dev/pts "))
    for name in ["prestart", "createRuntime"] {
      #expect((Int(File.text("\(output)/n.\(name)").trimmingCharacters(in: .newlines)) ?? 0) > 10)
    }
  }

  @Test("a hook reads the container's state")
  func state() throws {
    let out = runtime.directory + "/out"
    let (container, output) = try containerWithHooks { "cat > \(out)/\($0)" }
    container.bundle.config.annotations = ["org.example": "ünï \"quoted\" \\ \n"]
    try container.bundle.write()
    try container.create().succeeds()
    let pid = try container.report().pid
    try container.start().succeeds()
    try container.expect("stopped")
    try container.delete().succeeds()
    let expected: [String: (status: String, pid: Int32?)] = [
      "prestart": ("created", pid), "createRuntime": ("creating", pid), "createContainer": ("creating", 1),
      "startContainer": ("created", 1), "poststart": ("running", pid), "poststop": ("stopped", nil),
    ]
    for (kind, expectation) in expected {
      let data = Data(File.text("\(output)/\(kind)").utf8)
      let state = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any], "\(kind)")
      #expect(state["ociVersion"] as? String == "1.3.0", "\(kind)")
      #expect(state["id"] as? String == container.id, "\(kind)")
      #expect(state["bundle"] as? String == container.bundle.path, "\(kind)")
      #expect(state["status"] as? String == expectation.status, "\(kind)")
      #expect((state["pid"] as? NSNumber)?.int32Value == expectation.pid, "\(kind)")
      #expect(state["annotations"] as? [String: String] == container.bundle.config.annotations, "\(kind)")
    }
  }

  @Test("a hook gets exactly its arguments and its environment")
  func argumentsAndEnvironment() throws {
    let container = try runtime.container { config in
      var hook = Hook(path: "/bin/sh")
      hook.args = [
        "not sh", "-c", "tr '\\0' '\\n' < /proc/$$/cmdline > args; tr '\\0' '\\n' < /proc/$$/environ > env",
        "a b", "",
      ]
      hook.env = ["A=b c", "EMPTY="]
      config.hooks = Hooks()
      config.hooks?.createRuntime = [hook]
    }
    var command = container.command("create")
    command.environment["SECRET"] = "of the caller"
    try command.run().succeeds()
    let arguments = File.text(container.bundle.path + "/args").split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(arguments.first == "not sh")
    #expect(arguments.suffix(3) == ["a b", "", ""])
    #expect(File.text(container.bundle.path + "/env") == "A=b c\nEMPTY=\n")
  }

  @Test("a hook without arguments gets its path")
  func noArguments() throws {
    let container = try runtime.container { config in
      config.hooks = Hooks()
      config.hooks?.createRuntime = [Hook(path: "/usr/bin/pwd")]
    }
    try container.create().succeeds()
  }

  @Test("a hook has no descriptors but the standard streams, and no signals blocked or ignored")
  func cleanProcess() throws {
    let container = try runtime.container {
      $0.hooks = hooks(.createRuntime, "exec \(TestRootfs.probe) > facts")
    }
    let pipe = try TestPipe()
    var command = container.command("run", ["--preserve-fds", "1"])
    command.descriptors = [3: pipe.writing]
    try command.run().succeeds()
    let facts = File.text(container.bundle.path + "/facts").split(separator: "\n").map(String.init)
    #expect(facts.filter { $0.hasPrefix("fd.") }.count == 3, "\(facts)")
    #expect(facts.contains("SigBlk=0000000000000000"))
    #expect(facts.contains("SigIgn=0000000000000000"))
  }

  @Test(
    "a hook that never reads a state of 200 KB neither hangs nor fails",
    arguments: ["true", "exec 0<&-; sleep 0.1", "head -c 10 >/dev/null"])
  func unreadState(_ line: String) throws {
    let out = runtime.directory + "/out"
    let (container, output) = try containerWithHooks { "\(line); echo \($0) >> \(out)/order" }
    container.bundle.config.annotations = ["big": String(repeating: "x", count: 200_000)]
    try container.bundle.write()
    try container.run(timeout: .seconds(20)).succeeds()
    #expect(File.text(output + "/order").split(separator: "\n").count == 7)
  }

  @Test("a hook reads a large state whole")
  func largeState() throws {
    let container = try runtime.container { config in
      config.annotations = ["big": String(repeating: "x", count: 200_000)]
      config.hooks = hooks(.poststop, "cat > state")
    }
    try container.run().succeeds()
    #expect(File.text(container.bundle.path + "/state").utf8.count > 200_000)
  }

  @Test("a hook may leave a process in the background")
  func background() throws {
    let container = try runtime.container {
      $0.hooks = hooks(.createRuntime, "sleep 5 & echo $! > pid")
    }
    try container.command("create").run(timeout: .seconds(4)).succeeds()
    let pid = Int32(File.text(container.bundle.path + "/pid").trimmingCharacters(in: .newlines)) ?? 0
    #expect(isAlive(pid))
    kill(pid, SIGKILL)
  }
}
