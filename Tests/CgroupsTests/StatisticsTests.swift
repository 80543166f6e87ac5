import Glibc
import LinuxKernel
import OCIRuntimeSpec
import Testing

@testable import Cgroups

@Suite("texts of control files")
struct ControlFileTextTests {
  @Test func `counters are names and numbers`() {
    let text = "nr_periods 12\nnr_throttled 3\nthrottled_time 18446744073709551615\n"
    #expect(
      ControlFileText.counters(text)
        == ["nr_periods": 12, "nr_throttled": 3, "throttled_time": 18_446_744_073_709_551_615])
    #expect(ControlFileText.counters("") == [:])
    #expect(ControlFileText.counters("odd\na b c\nnegative -1\nx 5\n\n") == ["x": 5])
  }

  @Test func `numbers between spaces`() {
    #expect(ControlFileText.numbers("12 0 7 \n") == [12, 0, 7])
    #expect(ControlFileText.numbers("\n") == [])
  }

  @Test func `user and system time of each CPU`() {
    let (user, system) = ControlFileText.userAndSystemByCPU("cpu user system\n0 100 20\n1 300 0\n")
    #expect(user == [100, 300])
    #expect(system == [20, 0])
    #expect(ControlFileText.userAndSystemByCPU("cpu user system\n").user == [])
  }

  @Test func `lists of numbers and ranges`() {
    #expect(ControlFileText.list("0-2,7") == [0, 1, 2, 7])
    #expect(ControlFileText.list("3") == [3])
    #expect(ControlFileText.list("") == [])
    #expect(ControlFileText.list("2-1,x,4-,1-2-3") == [4])
  }

  @Test func `counters of devices, with an operation and without`() {
    let text = """
      8:0 Read 4096
      8:0 Write 0
      8:0 Total 4096
      253:16 77
      Total 4173
      """
    #expect(
      ControlFileText.blockIO(text) == [
        .init(major: 8, minor: 0, operation: "Read", value: 4096),
        .init(major: 8, minor: 0, operation: "Write", value: 0),
        .init(major: 8, minor: 0, operation: "Total", value: 4096),
        .init(major: 253, minor: 16, operation: "", value: 77),
      ])
    #expect(ControlFileText.blockIO("Total 0") == [])
    #expect(ControlFileText.blockIO("8 1\n8:x 1\n8:0 Read x\n8:0 a b c\n") == [])
  }

  @Test func `pressure of some and of all tasks`() {
    let pressure = ControlFileText.pressure(
      """
      some avg10=1.53 avg60=0.87 avg300=0.10 total=12345
      full avg10=0.00 avg60=0.50 avg300=100.00 total=7 later=1
      """)
    #expect(pressure.some.average10 == 1.53 && pressure.some.average60 == 0.87)
    #expect(pressure.some.average300 == 0.1 && pressure.some.total == 12345)
    #expect(pressure.full.average60 == 0.5 && pressure.full.average300 == 100 && pressure.full.total == 7)
    #expect(ControlFileText.pressure("") == PressureStatistics())
  }
}

extension HostTests {
  @Suite struct Statistics {
    @Test func `memory, tasks and CPUs are counted`() throws {
      let sandbox = try Sandbox()
      var resources = Resources()
      resources.memory = MemoryResources()
      resources.memory?.limit = 64 << 20
      resources.pids = PidsResources(limit: 9)
      resources.cpu = CPUResources()
      resources.cpu?.cpus = "0"
      let manager = try sandbox.create("", resources)
      #expect(try manager.statistics().tasks == 0)
      let pid = try sandbox.sleeper()
      try sandbox.put(pid, into: manager.record)
      let statistics = try manager.statistics()
      #expect(statistics.tasks == 1)
      #expect(statistics.taskLimit == 9)
      #expect(statistics.memory.memory.limit == 64 << 20)
      #expect(statistics.memory.counters["hierarchical_memory_limit"] == 64 << 20)
      #expect(statistics.cpuset?.cpus == [0])
      #expect(statistics.cpuset?.flags["sched_load_balance"] == 1)
      #expect(statistics.cpuset?.flags.count == 9)
      #expect(statistics.cpu.totalByCPU.count == sysconf(Int32(_SC_NPROCESSORS_CONF)))
      #expect(statistics.cpu.totalByCPU.reduce(0, +) == statistics.cpu.total)
    }

    @Test func `no limit on tasks is nil`() throws {
      let sandbox = try Sandbox()
      #expect(try sandbox.create().statistics().taskLimit == nil)
    }

    @Test func `pressure is counted where there is a cgroup2`() throws {
      let sandbox = try Sandbox()
      guard let mount = sandbox.layout.hierarchies.first(where: { $0.identity == .cgroup2 })?.mountPoint
      else {
        return
      }
      let statistics = try sandbox.create("/hybrid").statistics()
      let hasPressure = access("\(mount)\(sandbox.path)/hybrid/cpu.pressure", F_OK) == 0
      #expect((statistics.cpu.pressure != nil) == hasPressure)
      #expect((statistics.memory.pressure != nil) == hasPressure)
      #expect((statistics.blockIO.pressure != nil) == hasPressure)
    }

    @Test func `huge pages are counted where they are limited`() throws {
      let sandbox = try Sandbox()
      var resources = Resources()
      resources.hugepageLimits = [HugepageLimit(pageSize: "2MB", limit: 4 << 20)]
      guard let manager = try? sandbox.create("", resources) else { return }
      #expect(try manager.statistics().hugePages["2MB"] == HugePageStatistics())
    }

    @Test func `the end of a memory cgroup is no lack of memory`() throws {
      let sandbox = try Sandbox()
      let manager = try sandbox.create()
      let watch = try #require(try manager.watchOutOfMemory())
      #expect(try Kernel.waitForInput([watch.descriptor.number], milliseconds: 0) == [false])
      try manager.remove()
      try #require(try Kernel.waitForInput([watch.descriptor.number], milliseconds: 5000) == [true])
      #expect(try watch.take() == false)
      #expect(try Kernel.waitForInput([watch.descriptor.number], milliseconds: 0) == [false])
    }
  }
}
