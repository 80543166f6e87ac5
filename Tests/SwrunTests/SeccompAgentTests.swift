import CLinux
import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: config-linux.md#seccomp, config-linux.md#the-container-process-state
@Suite("seccomp agents")
struct SeccompAgentTests {
  let runtime = Runtime()

  private func container(
    _ line: String,
    agent: String,
    noNewPrivileges: Bool = true,
    _ configure: (inout Config) -> Void = { _ in }
  ) throws -> Container {
    try runtime.container { config in
      config.shell(line)
      config.process?.noNewPrivileges = noNewPrivileges
      config.filter(SeccompRule("lseek", .notify)) {
        $0.listenerPath = agent
        $0.listenerMetadata = "made for \(runtime.tag)"
      }
      configure(&config)
    }
  }

  @Test("the agent gets the listener and the container process state, by start", arguments: [true, false])
  func state(noNewPrivileges: Bool) throws {
    let socket = try DescriptorSocket(in: runtime.directory, named: "agent.sock")
    let container = try container("probe syscall 8 999", agent: socket.path, noNewPrivileges: noNewPrivileges)
    {
      $0.annotations = ["key": "value"]
    }
    let created = try container.create().succeeds()
    let pid = try container.report().pid
    try container.start().succeeds()
    let (text, descriptor) = try socket.receive()
    let state = try decode(ContainerProcessState.self, from: text)
    #expect(state.ociVersion == "1.3.0")
    #expect(state.fds == ["seccompFd"])
    #expect(state.pid == pid)
    #expect(state.metadata == "made for \(runtime.tag)")
    #expect(state.state.id == container.id)
    #expect(state.state.pid == pid)
    #expect(state.state.status == .created)
    #expect(state.state.bundle == container.bundle.path)
    #expect(state.state.annotations == ["key": "value"])
    let listener = Listener(descriptor)
    let call = try listener.next()
    #expect(call.data.nr == 8)
    #expect(call.data.args.0 == 999)
    try listener.answer(call.id, value: 4321)
    try container.expect("stopped")
    #expect(created.facts["result"] == "4321")
  }

  @Test("an agent answers with a value, with an error, or lets the kernel go on")
  func answers() throws {
    let socket = try DescriptorSocket(in: runtime.directory, named: "agent.sock")
    let line = "for i in 1 2 3; do probe syscall 8 999; done"
    let running = try container(line, agent: socket.path).command("run").start()
    let listener = Listener(try socket.receive().descriptor)
    try listener.answer(try listener.next().id, value: 77)
    try listener.answer(try listener.next().id, error: EXDEV)
    try listener.answer(try listener.next().id, goesOn: true)
    let outcome = running.wait().succeeds()
    let answers = outcome.lines.filter { !$0.hasPrefix("argv0") }
    #expect(answers == ["result=77", "errno=0", "result=-1", "errno=18", "result=-1", "errno=9"])
  }

  @Test("each container has one call to the agent, which ends after the state")
  func oneCall() throws {
    let socket = try DescriptorSocket(in: runtime.directory, named: "agent.sock")
    let container = try container("true", agent: socket.path)
    try container.run().succeeds()
    close(try socket.receive().descriptor)
    #expect(throws: SystemFailure.self) { try socket.receive(within: .milliseconds(300)) }
  }

  @Test("calls that the runtime itself makes can be left to the agent")
  func runtimesOwnCalls() throws {
    let socket = try DescriptorSocket(in: runtime.directory, named: "agent.sock")
    let container = try container("true", agent: socket.path, noNewPrivileges: false) { config in
      var rule = SeccompRule("execve", .notify)
      rule.names = ["execve", "capset", "sendmsg", "recvmsg", "read", "close", "munmap", "rt_sigaction"]
      config.linux?.seccomp?.syscalls = [rule]
    }
    let running = try container.command("run").start()
    let listener = Listener(try socket.receive().descriptor)
    // execve, and nothing else of the runtime's.
    let call = try listener.next()
    try listener.answer(call.id, goesOn: true)
    #expect(call.data.nr == 59)
    while !running.hasEnded, let call = try? listener.next(within: .milliseconds(200)) {
      try listener.answer(call.id, goesOn: true)
    }
    running.wait().succeeds()
  }

  @Test("the waiting flag goes with an agent")
  func killableWait() throws {
    let socket = try DescriptorSocket(in: runtime.directory, named: "agent.sock")
    let container = try container("probe syscall 8 999", agent: socket.path) {
      $0.linux?.seccomp?.flags = [.waitKillableReceive, .tsync]
    }
    let running = try container.command("run").start()
    let listener = Listener(try socket.receive().descriptor)
    try listener.answer(try listener.next().id, value: 5)
    #expect(running.wait().succeeds().facts["result"] == "5")
  }

  @Test("an agent that is not there is an error, and the program never runs")
  func missingAgent() throws {
    let container = try container("touch /tmp/ran", agent: runtime.directory + "/nobody.sock")
    try container.run().fails(
      saying: "/linux/seccomp/listenerPath",
      "nobody.sock",
      "no such file or directory"
    )
    #expect(try container.status() == "gone")
    try container.create().succeeds()
    try container.start().fails(saying: "/linux/seccomp/listenerPath", "nobody.sock")
    #expect(try container.status() == "created")
    #expect(!File.exists(container.bundle.inside("tmp/ran")))
  }

  @Test("an agent that comes late is found by the next start")
  func lateAgent() throws {
    let container = try container("true", agent: runtime.directory + "/agent.sock")
    try container.create().succeeds()
    try container.start().fails(saying: "listenerPath")
    let socket = try DescriptorSocket(in: runtime.directory, named: "agent.sock")
    try container.start().succeeds()
    close(try socket.receive().descriptor)
    try container.expect("stopped")
  }

  @Test("an agent's path that is no stream socket is an error")
  func wrongAgent() throws {
    let file = runtime.directory + "/file"
    try File.write("", to: file)
    try container("true", agent: file).run().fails(saying: "listenerPath", "connection refused")
    let packets = try DescriptorSocket(in: runtime.directory, named: "packets.sock", type: 5)
    let second = try runtime.container("second") { config in
      config.filter(SeccompRule("lseek", .notify)) { $0.listenerPath = packets.path }
    }
    try second.run().fails(saying: "listenerPath", "protocol wrong type for socket")
  }

  @Test("an agent's path without a rule that notifies is not used")
  func unusedAgent() throws {
    let container = try container("true", agent: "/nobody") {
      $0.linux?.seccomp?.syscalls = [SeccompRule("lseek", .errno)]
    }
    try container.run().succeeds()
  }

  @Test("a failure behind the announcement is told, not that the listener is missing")
  func failureOfInit() throws {
    let socket = try DescriptorSocket(in: runtime.directory, named: "agent.sock")
    // No descriptor is left for the listener.
    let container = try container("true", agent: socket.path) {
      $0.process?.rlimits = [Rlimit(type: .openFiles, soft: 3, hard: 3)]
    }
    try container.run().fails(saying: "/linux/seccomp: seccomp(2)", "too many open files")
  }

  @Test("a caller without standard streams changes nothing")
  func closedStreams() throws {
    let socket = try DescriptorSocket(in: runtime.directory, named: "agent.sock")
    let container = try container("probe syscall 8 999; exit $?", agent: socket.path)
    var command = container.command("run")
    (command.input, command.output, command.errors) = (.closed, .closed, .closed)
    let running = try command.start()
    let listener = Listener(try socket.receive().descriptor)
    #expect(try listener.next().data.nr == 8)
    try listener.answer(listener.last, value: 0)
    running.wait().succeeds()
  }

  @Test("many starts in a row all reach their agent")
  func many() throws {
    let socket = try DescriptorSocket(in: runtime.directory, named: "agent.sock")
    let container = try container("exec probe syscall 8 999", agent: socket.path)
    for _ in 0..<20 {
      let running = try container.command("run").start()
      let listener = Listener(try socket.receive().descriptor)
      try listener.answer(try listener.next().id, value: 3)
      #expect(running.wait().succeeds().facts["result"] == "3")
    }
  }
}

/// The notification descriptor in an agent's hands. seccomp_unotify(2)
final class Listener {
  private let descriptor: CInt
  private(set) var last: UInt64 = 0

  init(_ descriptor: CInt) { self.descriptor = descriptor }
  deinit { close(descriptor) }

  func next(within time: Duration = .seconds(20)) throws -> seccomp_notif {
    guard canBeRead(descriptor, within: time) else { throw SystemFailure("no notification", ETIMEDOUT) }
    var call = seccomp_notif()
    // SECCOMP_IOCTL_NOTIF_RECV
    try checked(CInt(linux_ioctl(descriptor, 0xc050_2100, &call)), "receiving a notification")
    last = call.id
    return call
  }

  func answer(_ id: UInt64, value: Int64 = 0, error: CInt = 0, goesOn: Bool = false) throws {
    // SECCOMP_USER_NOTIF_FLAG_CONTINUE
    var answer = seccomp_notif_resp(id: id, val: value, error: -error, flags: goesOn ? 1 : 0)
    // SECCOMP_IOCTL_NOTIF_SEND
    try checked(CInt(linux_ioctl(descriptor, 0xc018_2101, &answer)), "answering a notification")
  }
}
