import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: config.md#posix-process
@Suite("limits of the process")
struct ProcessLimitTests {
  let runtime = Runtime()
  private static let unlimited = UInt64.max

  private func container(
    _ limits: [Rlimit],
    _ configure: (inout Config) -> Void = { _ in }
  ) throws -> Container {
    try runtime.container { config in
      config.run("probe")
      config.process?.rlimits = limits
      configure(&config)
    }
  }

  @Test(
    "each limit is the configured one, soft and hard",
    arguments: RlimitType.allCases.filter { ![.nice, .realtimePriority].contains($0) }
  )
  func each(type: RlimitType) throws {
    // Large enough for the probe, and lower than what this machine's root has.
    let (soft, hard): (UInt64, UInt64) =
      [.addressSpace, .data, .stack, .fileSize].contains(type) ? (1 << 23, 1 << 24) : (90, 91)
    let facts = try container([Rlimit(type: type, soft: soft, hard: hard)]).run().succeeds().facts
    #expect(facts[type.rawValue] == "\(soft) \(hard)")
  }

  @Test(
    "limits that are 0 for everybody here can be given as 0",
    arguments: [RlimitType.nice, .realtimePriority]
  )
  func zero(type: RlimitType) throws {
    let facts = try container([Rlimit(type: type, soft: 0, hard: 0)]).run().succeeds().facts
    #expect(facts[type.rawValue] == "0 0")
  }

  @Test("no limit is the largest number")
  func unlimited() throws {
    let limit = Rlimit(type: .processes, soft: 10, hard: 20)
    let endless = Rlimit(type: .cpu, soft: Self.unlimited, hard: Self.unlimited)
    let facts = try container([limit, endless]).run().succeeds().facts
    #expect(facts["RLIMIT_CPU"] == "\(Self.unlimited) \(Self.unlimited)")
    #expect(facts["RLIMIT_NPROC"] == "10 20")
  }

  @Test("without configured limits the process has its caller's")
  func inherited() throws {
    let outcome = try container([]).command("run").after("ulimit -S -c 0; ulimit -n 777; ulimit -S -n 555")
      .run()
    #expect(outcome.succeeds().facts["RLIMIT_NOFILE"] == "555 777")
  }

  @Test("the program has limits that the runtime itself would not fit into, with a filter, too")
  func tight() throws {
    let limits = [
      Rlimit(type: .addressSpace, soft: 4 << 20, hard: 4 << 20),
      Rlimit(type: .data, soft: 1 << 20, hard: 1 << 20),
      Rlimit(type: .fileSize, soft: 0, hard: 0), Rlimit(type: .lockedMemory, soft: 0, hard: 0),
      Rlimit(type: .openFiles, soft: 4, hard: 4), Rlimit(type: .processes, soft: 1, hard: 1),
    ]
    let container = try container(limits) { config in
      config.changeLinux { $0.seccomp = Seccomp(defaultAction: .allow) }
      config.shell("ulimit -v; ulimit -n")
      config.process?.user = User(uid: 54321, gid: 54321)
    }
    var command = container.command("run")
    let output = try TestPipe()
    command.output = .descriptor(output.writing)
    let running = try command.start()
    output.closeWriting()
    #expect(output.readAll() == "4096\n4\n")
    running.wait().succeeds()
  }

  @Test("raising a hard limit without the right to is an error that names it")
  func raising() throws {
    let container = try container([Rlimit(type: .openFiles, soft: 1 << 20, hard: 1 << 20)])
    try #require(getrlimitHard() < 1 << 20)
    try container.run().fails(saying: "config.json: /process/rlimits/0: prlimit64(2)", "not permitted")
    #expect(try container.status() == "gone")
  }

  private func getrlimitHard() -> UInt64 {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(7), &limit)
    return UInt64(limit.rlim_max)
  }
}
