import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// kill -9 of the runtime, or of the init process it has not finished, at every system call: afterwards
/// `state` and `list` answer, and `delete --force` leaves nothing.
@Suite("crashes")
final class CrashTests {
  let runtime = Runtime()
  /// How many commands died as they should.
  private var killed = 0

  /// Calls that change nothing but the process itself: dying at the next one is the same.
  private static let privateCalls: Set = [
    "execve", "mmap", "munmap", "mprotect", "madvise", "brk", "rt_sigaction", "rt_sigprocmask", "fcntl",
    "fstat",
    "getpid", "geteuid", "newfstatat", "statx", "lseek", "arch_prctl",
  ]

  /// One system call of a traced command: its name, and how many of that name came before it, and it.
  struct Step: Hashable, CustomStringConvertible {
    var name: String
    var count: Int

    var description: String { "\(name) \(count)" }
  }

  /// The system calls of a command's own process, or of the processes that it starts.
  private func steps(of command: Command, inChildren: Bool = false) throws -> [Step] {
    let trace = runtime.directory + "/trace"
    try File.makeDirectory(trace)
    defer { try? FileManager.default.removeItem(atPath: trace) }
    try traced(command, (inChildren ? ["-ff"] : []) + ["-o", trace + "/t"]).run().succeeds()
    let files = File.names(in: trace)
    // With -ff there is a file for each process; the command's own has the lowest number.
    let first = files.min { (Int($0.dropFirst(2)) ?? 0) < (Int($1.dropFirst(2)) ?? 0) } ?? ""
    var steps: [Step] = []
    for file in files where (file == first) != inChildren {
      var counts: [String: Int] = [:]
      for line in File.text("\(trace)/\(file)").split(separator: "\n") {
        guard let end = line.firstIndex(of: "("), line.first?.isLetter == true else { continue }
        let name = String(line[..<end])
        if name == "execve", inChildren { break }
        counts[name, default: 0] += 1
        let step = Step(name: name, count: counts[name] ?? 0)
        if !CrashTests.privateCalls.contains(name), !steps.contains(step) { steps.append(step) }
      }
    }
    try #require(steps.count > 20, "strace told \(steps.count) system calls")
    return steps
  }

  private func traced(_ command: Command, _ options: [String]) -> Command {
    var command = command
    command.arguments = options + ["--", command.program] + command.arguments
    command.program = "strace"
    return command
  }

  /// Runs a command that dies at a step.
  private func kill(
    _ command: Command, at step: Step, withChildren: Bool = false, by signal: String = "KILL"
  ) throws {
    let injection = "inject=\(step.name):signal=\(signal):when=\(step.count)"
    let options = ["-o", "/dev/null"] + (withChildren ? ["-f"] : []) + ["-e", injection]
    let outcome = try traced(command, options).run(timeout: .seconds(20))
    #expect(outcome.isPunctual, "at \(step): \(outcome)")
    let isSignalled = [128 + SIGKILL, 128 + SIGTERM, 255].contains(outcome.status)
    if isSignalled || withChildren && outcome.status != 0 { killed += 1 }
  }

  /// Whatever happened, the commands work, and force removes all.
  private func expectRecovery(of container: Container, after step: Step) throws {
    let state = try container.state()
    #expect(
      state.status == 0 || state.errors.contains("does not exist"), "state after a crash at \(step): \(state)"
    )
    try runtime.run("list").succeeds()
    let delete = try container.command("delete", ["--force"]).run(timeout: .seconds(20))
    #expect(delete.isPunctual && delete.status == 0, "delete after a crash at \(step): \(delete)")
    #expect(try container.status() == "gone", "after a crash at \(step)")
    var leftovers = Leftovers(tag: container.id, stateDirectory: runtime.root)
    // Killed processes may need a moment.
    eventually(within: .seconds(2)) {
      leftovers = Leftovers(tag: container.id, stateDirectory: runtime.root)
      return leftovers.isEmpty
    }
    #expect(leftovers.isEmpty, "after a crash at \(step): \(leftovers)")
    if !leftovers.isEmpty { leftovers.remove() }
  }

  @Test("create may be killed anywhere")
  func create() throws {
    let container = try runtime.container { $0.wait() }
    let command = container.command("create")
    let steps = try steps(of: command)
    try container.remove()
    for step in steps {
      try kill(command, at: step)
      try expectRecovery(of: container, after: step)
    }
    #expect(killed > 20)
  }

  @Test("the init process may be killed anywhere before its program")
  func initProcess() throws {
    let container = try runtime.container { $0.run("true") }
    let command = container.command("run")
    for step in try steps(of: command, inChildren: true) {
      try kill(command, at: step, withChildren: true)
      try expectRecovery(of: container, after: step)
    }
    #expect(killed > 20)
  }

  @Test("a container can be created right after a create that was killed and removed")
  func again() throws {
    let container = try runtime.container { $0.run("true") }
    try kill(container.command("create"), at: Step(name: "clone3", count: 1))
    try container.remove()
    try container.run().succeeds()
  }

  @Test("start may be killed anywhere; the container is created, running or stopped")
  func start() throws {
    let container = try runtime.container { $0.wait() }
    try container.create().succeeds()
    let steps = try steps(of: container.command("start"))
    try container.remove()
    for step in steps {
      try container.create().succeeds()
      try kill(container.command("start"), at: step)
      let status = try container.status()
      #expect(["created", "running", "stopped"].contains(status), "after a crash at \(step)")
      if status == "created" {
        // The order of the start that was killed may be on its way.
        let outcome = try container.start()
        if outcome.status != 0 { outcome.fails(saying: "not created", "running") }
        try container.expect("running")
      }
      try expectRecovery(of: container, after: step)
    }
    #expect(killed > 20)
  }

  @Test("delete may be killed anywhere, and repeated")
  func delete() throws {
    let container = try runtime.container { config in
      config.wait()
      config.hooks = hooks(.poststop, "echo ran > poststop")
    }
    try container.createAndStart()
    let command = container.command("delete", ["--force"])
    let steps = try steps(of: command)
    for step in steps {
      unlink(container.bundle.path + "/poststop")
      try container.createAndStart()
      try kill(command, at: step)
      try expectRecovery(of: container, after: step)
      #expect(File.text(container.bundle.path + "/poststop") == "ran\n", "poststop after a crash at \(step)")
    }
    #expect(killed > 20)
  }

  @Test("run may be killed anywhere")
  func run() throws {
    let container = try runtime.container { $0.shell("sleep 0.02") }
    let steps = try steps(of: container.command("run"))
    for step in steps {
      try kill(container.command("run"), at: step)
      try expectRecovery(of: container, after: step)
    }
    #expect(killed > 20)
  }

  @Test(
    "exec may be killed or told to end anywhere: no process stays that has not begun its program",
    .enabled(if: CgroupHost.isUsable), arguments: ["KILL", "TERM"])
  func exec(_ signal: String) throws {
    let container = try runtime.runningContainer()
    let first = try container.report().pid
    let steps = try steps(of: container.execCommand([], ["true"]))
    // One that has begun ends by itself; one that waits for its runtime must not wait for ever.
    let command = container.execCommand([], ["sleep", "0.1"])
    for step in steps {
      try kill(command, at: step, by: signal)
      let isAlone = eventually(within: .seconds(5)) { CgroupHost.processes(of: container) == [first] }
      #expect(isAlone, "SIG\(signal) at \(step)")
      for pid in CgroupHost.processes(of: container) where pid != first { Glibc.kill(pid, SIGKILL) }
    }
    #expect(killed > 20)
    #expect(try container.status() == "running")
    try container.execCommand([], ["true"]).run().succeeds()
  }

  @Test("run may be killed at any time", arguments: 0..<60)
  func runAtAnyTime(_ tenths: UInt32) throws {
    let container = try runtime.container { $0.wait() }
    let running = try container.command("run").start()
    usleep(tenths * 200)
    running.signal(SIGKILL)
    running.wait()
    try expectRecovery(of: container, after: Step(name: "\(tenths) · 0.2 ms", count: 1))
  }
}
