import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: config.md#linux-process, config-linux.md#memory-policy
@Suite("scheduling of the process")
struct SchedulingTests {
  let runtime = Runtime()

  private func container(_ configure: (inout Config) -> Void) throws -> Container {
    try runtime.container { config in
      config.run("probe")
      configure(&config)
    }
  }

  private func scheduled(
    _ policy: SchedulerPolicy,
    budget: Bool = false,
    _ configure: (inout Scheduler) -> Void = { _ in }
  ) throws -> Container {
    try container { config in
      var scheduler = Scheduler(policy: policy)
      configure(&scheduler)
      config.process?.scheduler = scheduler
      if budget {
        config.changeLinux {
          $0.resources?.cpu = CPUResources()
          $0.resources?.cpu?.realtimePeriod = 1_000_000
          $0.resources?.cpu?.realtimeRuntime = 20_000
        }
      }
    }
  }

  @Test(
    "time sharing policies, with their nice values",
    arguments: [
      (SchedulerPolicy.other, Int32(0), "0"), (.other, 19, "0"), (.other, -20, "0"), (.batch, 7, "3"),
      (.idle, 0, "5"),
    ]
  )
  func timeSharing(policy: SchedulerPolicy, nice: Int32, number: String) throws {
    let facts = try scheduled(policy) { $0.nice = nice }.run().succeeds().facts
    #expect(facts["scheduler"] == number)
    #expect(facts["nice"] == "\(nice)")
  }

  @Test("the caller's nice value is kept where none is configured")
  func inherited() throws {
    let outcome = try container { _ in }.command("run").after("exec nice -n 6 \"$0\" \"$@\"").run()
    #expect(outcome.succeeds().facts["nice"] == "6")
  }

  @Test(
    "real-time policies, in a cgroup with a budget",
    arguments: [(SchedulerPolicy.fifo, Int32(1), "1"), (.fifo, 99, "1"), (.roundRobin, 42, "2")]
  )
  func realtime(policy: SchedulerPolicy, priority: Int32, number: String) throws {
    let facts = try scheduled(policy, budget: true) { $0.priority = priority }.run().succeeds().facts
    #expect(facts["scheduler"] == number)
    #expect(facts["priority"] == "\(priority)")
  }

  @Test("a real-time policy without a budget is an error that says what is missing")
  func realtimeWithoutBudget() throws {
    try scheduled(.fifo) { $0.priority = 1 }.run()
      .fails(saying: "config.json: /process/scheduler: sched_setattr(2)", "not permitted", "realtimeRuntime")
  }

  @Test("a deadline, and with it the flags that belong to it")
  func deadline() throws {
    let facts = try scheduled(.deadline) {
      ($0.runtime, $0.deadline, $0.period) = (1_000_000, 20_000_000, 100_000_000)
      $0.flags = [.reclaim, .deadlineOverrun]
    }.run().succeeds().facts
    #expect(facts["scheduler"] == "6")
    #expect(facts["deadline"] == "1000000 20000000 100000000")
    #expect(facts["sched_flags"] == "6")
  }

  @Test("children fall back to the usual policy if that is configured")
  func resetOnFork() throws {
    let container = try scheduled(.batch) { $0.flags = [.resetOnFork] }
    #expect(try container.run().succeeds().facts["sched_flags"] == "1")
    container.bundle.config.process?.scheduler?.nice = -5
    container.bundle.config.shell("probe | grep -e ^nice -e ^scheduler; true")
    try container.bundle.write()
    #expect(try container.run().succeeds().output.contains("nice=0"))
  }

  @Test("a deadline that the kernel has no time for is an error")
  func impossibleDeadline() throws {
    try scheduled(.deadline) { ($0.runtime, $0.deadline, $0.period) = (100, 100, 100) }.run()
      .fails(saying: "config.json: /process/scheduler: sched_setattr(2)")
  }

  @Test(
    "I/O priorities of each class",
    arguments: [
      (IOPriorityClass.realtime, Int32(0), "1 0"), (.realtime, 7, "1 7"), (.bestEffort, 3, "2 3"),
      (.idle, 0, "3 0"),
    ]
  )
  func ioPriority(class: IOPriorityClass, priority: Int32, expected: String) throws {
    let container = try container { $0.process?.ioPriority = IOPriority(class: `class`, priority: priority) }
    #expect(try container.run().succeeds().facts["ioprio"] == expected)
  }

  @Test("affinities for exec do not concern the init process")
  func affinity() throws {
    let free = try container { _ in }.run().succeeds().facts["Cpus_allowed_list"]
    let container = try runtime.container("bound") { config in
      config.run("probe")
      config.process?.execCPUAffinity = ExecCPUAffinity()
      config.process?.execCPUAffinity?.initial = "0"
      config.process?.execCPUAffinity?.final = "0"
    }
    #expect(try container.run().succeeds().facts["Cpus_allowed_list"] == free)
  }

  @Test(
    "memory policies of a machine with one node",
    arguments: [
      (MemoryPolicyMode.default, nil, [], "0 0"), (.bind, "0", [], "0x2 1"), (.interleave, "0", [], "0x3 1"),
      (.preferred, "0", [], "0x1 1"), (.preferred, nil, [], "0x4 0"), (.local, nil, [], "0x4 0"),
      (.preferredMany, "0", [], "0x5 1"), (.weightedInterleave, "0", [], "0x6 1"),
      (.bind, "0", [.staticNodes], "0x8002 1"), (.interleave, "0", [.relativeNodes], "0x4003 1"),
      (.bind, "0", [.numaBalancing], "0x2002 1"),
    ] as [(MemoryPolicyMode, String?, [MemoryPolicyFlag], String)]
  )
  func memoryPolicy(mode: MemoryPolicyMode, nodes: String?, flags: [MemoryPolicyFlag], expected: String)
    throws
  {
    let container = try container { config in
      config.changeLinux {
        $0.memoryPolicy = MemoryPolicy(mode: mode)
        $0.memoryPolicy?.nodes = nodes
        $0.memoryPolicy?.flags = flags
      }
    }
    #expect(try container.run().succeeds().facts["mempolicy"] == expected)
  }

  @Test(
    "a memory policy about nodes that are not there is an error", arguments: ["1", "7", "63", "64", "1000"])
  func missingNodes(nodes: String) throws {
    let container = try container { config in
      config.changeLinux {
        $0.memoryPolicy = MemoryPolicy(mode: .bind)
        $0.memoryPolicy?.nodes = nodes
      }
    }
    try container.run().fails(
      saying: "config.json: /linux/memoryPolicy: set_mempolicy(2)", "invalid argument")
  }
}
