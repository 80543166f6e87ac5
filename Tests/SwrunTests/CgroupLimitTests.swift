import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: config-linux.md#control-groups
@Suite("limits by cgroup v1", .enabled(if: CgroupHost.isV1))
struct CgroupLimitTests {
  let runtime = Runtime()

  private func created(_ change: (inout Resources) -> Void) throws -> Container {
    try runtime.createdContainer(limiting: change)
  }

  private func container(_ line: String, _ change: (inout Resources) -> Void) throws -> Container {
    try runtime.container { config in
      config.shell(line)
      config.limit(change)
    }
  }

  private func memory(_ change: (inout MemoryResources) -> Void) throws -> Container {
    try created {
      var memory = MemoryResources()
      change(&memory)
      $0.memory = memory
    }
  }

  private func cpu(_ change: (inout CPUResources) -> Void) throws -> Container {
    try created {
      var cpu = CPUResources()
      change(&cpu)
      $0.cpu = cpu
    }
  }

  // MARK: memory

  @Test("memory limits are the files'")
  func memoryFiles() throws {
    let container = try memory {
      ($0.limit, $0.swap, $0.reservation) = (64 << 20, 96 << 20, 32 << 20)
      ($0.swappiness, $0.disableOOMKiller, $0.kernelTCP) = (17, true, 8 << 20)
    }
    let expected = [
      "memory.limit_in_bytes": "\(64 << 20)", "memory.memsw.limit_in_bytes": "\(96 << 20)",
      "memory.soft_limit_in_bytes": "\(32 << 20)", "memory.swappiness": "17",
      "memory.kmem.tcp.limit_in_bytes": "\(8 << 20)",
    ]
    for (file, value) in expected { #expect(CgroupHost.read(file, of: container) == value, "\(file)") }
    #expect(CgroupHost.read("memory.oom_control", of: container).contains("oom_kill_disable 1"))
  }

  @Test("-1 is unlimited, 0 and unset leave the kernel's", arguments: [-1, 0, nil] as [Int64?])
  func unlimitedMemory(value: Int64?) throws {
    let container = try memory { ($0.limit, $0.swap, $0.reservation) = (value, value, value) }
    for file in ["limit_in_bytes", "memsw.limit_in_bytes", "soft_limit_in_bytes"] {
      #expect(CgroupHost.read("memory.\(file)", of: container) == "9223372036854771712")
    }
  }

  @Test("who takes more memory than the limit is killed")
  func outOfMemory() throws {
    let container = try container("exec probe eat 64") {
      $0.memory = MemoryResources()
      $0.memory?.limit = 24 << 20
    }
    let log = try container.run().ends(with: 137)
    #expect(log.facts["eaten"] == nil)
    let enough = try runtime.container("enough") { config in
      config.run("probe", "eat", "8")
      config.limit {
        $0.memory = MemoryResources()
        $0.memory?.limit = 24 << 20
      }
    }
    #expect(try enough.run().succeeds().facts["eaten"] == "8")
  }

  @Test(
    "the smallest limits either carry a program or are told",
    arguments: [1 << 20, 512 << 10, 4096, 1] as [Int64]
  )
  func tinyMemory(limit: Int64) throws {
    let container = try container("true") {
      $0.memory = MemoryResources()
      $0.memory?.limit = limit
    }
    let outcome = try container.run()
    if outcome.status != 0, outcome.status != 137 {
      outcome.fails(saying: "memory.limit (\(limit) bytes) is too small")
    }
    #expect(try container.status() == "gone")
  }

  @Test("a limit below the usage is refused if that is asked for, in a cgroup that was there")
  func checkBeforeUpdate() throws {
    let container = try container("true") {
      $0.memory = MemoryResources()
      $0.memory?.limit = 1 << 20
      $0.memory?.checkBeforeUpdate = true
    }
    let directory = CgroupHost.directory("memory", "/\(container.id)")
    mkdir(directory, 0o755)
    defer { rmdir(directory) }
    // What is read or written is charged to the cgroup, and stays.
    let line = "echo 0 > \(directory)/tasks; head -c 8388608 /dev/zero > \(runtime.directory)/cached"
    try TestSupport.Command("sh", ["-c", line]).run().succeeds()
    try container.run().fails(saying: "/linux/resources/memory/limit", "is lower than the present usage")
  }

  // MARK: cpu

  @Test("CPU limits are the files'")
  func cpuFiles() throws {
    let container = try cpu {
      ($0.shares, $0.quota, $0.period, $0.burst) = (512, 30_000, 60_000, 10_000)
      ($0.realtimePeriod, $0.realtimeRuntime) = (500_000, 5000)
      ($0.cpus, $0.mems) = ("0", "0")
    }
    let expected = [
      "cpu.shares": "512", "cpu.cfs_quota_us": "30000", "cpu.cfs_period_us": "60000",
      "cpu.cfs_burst_us": "10000",
      "cpu.rt_period_us": "500000", "cpu.rt_runtime_us": "5000", "cpuset.cpus": "0", "cpuset.mems": "0",
    ]
    for (file, value) in expected { #expect(CgroupHost.read(file, of: container) == value, "\(file)") }
  }

  @Test("an idle cgroup")
  func idle() throws {
    let container = try cpu { ($0.idle, $0.shares) = (1, 512) }
    #expect(CgroupHost.read("cpu.idle", of: container) == "1")
  }

  @Test("a quota throttles")
  func throttled() throws {
    let container = try runtime.container { config in
      config.shell("while :; do :; done")
      config.limit {
        $0.cpu = CPUResources()
        $0.cpu?.quota = 1000
        $0.cpu?.period = 10_000
      }
    }
    try container.createAndStart()
    #expect(
      eventually {
        CgroupHost.read("cpu.stat", of: container).split(separator: "\n").contains {
          $0.hasPrefix("nr_throttled ") && $0 != "nr_throttled 0"
        }
      }
    )
  }

  @Test("the process runs on the configured CPUs, and on its parent's without")
  func cpus() throws {
    let container = try runtime.container { config in
      config.run("probe")
      config.limit {
        $0.cpu = CPUResources()
        $0.cpu?.cpus = "1"
      }
    }
    try #require(sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1)
    #expect(try container.run().succeeds().facts["Cpus_allowed_list"] == "1")
  }

  // MARK: pids, blkio, hugetlb, unified

  @Test(
    "the number of processes is limited; 0 is a limit, -1 none",
    arguments: [(5, "5"), (0, "0"), (-1, "max")]
  )
  func pids(limit: Int64, expected: String) throws {
    let container = try created { $0.pids = PidsResources(limit: limit) }
    #expect(CgroupHost.read("pids.max", of: container) == expected)
    try container.start().succeeds()
    try container.expect("running")
  }

  @Test("a fork beyond the limit is refused")
  func forks() throws {
    let container = try container("sleep 100 & sleep 100 & sleep 100 & sleep 100 & true") {
      $0.pids = PidsResources(limit: 3)
    }
    #expect(try container.run().errors.contains("can't fork: Resource temporarily unavailable"))
  }

  @Test("block devices are throttled as configured")
  func blockIO() throws {
    let disk = try #require(
      File.names(in: "/sys/block").first {
        !$0.hasPrefix("loop") && !$0.hasPrefix("ram") && !$0.hasPrefix("zram")
      }
    )
    let number = File.text("/sys/block/\(disk)/dev").split { $0 == ":" || $0 == "\n" }.compactMap {
      Int64($0)
    }
    let container = try created { resources in
      func rate(_ rate: UInt64) -> [ThrottleDevice] {
        [ThrottleDevice(major: number[0], minor: number[1], rate: rate)]
      }
      resources.blockIO = BlockIOResources()
      resources.blockIO?.throttleReadBpsDevice = rate(1 << 20)
      resources.blockIO?.throttleWriteBpsDevice = rate(2 << 20)
      resources.blockIO?.throttleReadIOPSDevice = rate(300)
      resources.blockIO?.throttleWriteIOPSDevice = rate(400)
    }
    let expected = ["read_bps": 1 << 20, "write_bps": 2 << 20, "read_iops": 300, "write_iops": 400]
    for (file, rate) in expected {
      let text = CgroupHost.read("blkio.throttle.\(file)_device", of: container)
      #expect(text == "\(number[0]):\(number[1]) \(rate)")
    }
  }

  @Test("huge pages are limited, wherever the controller is")
  func hugepages() throws {
    let container = try container("sleep 1000") {
      $0.hugepageLimits = [HugepageLimit(pageSize: "2MB", limit: 6 << 20)]
    }
    let unified = File.text((CgroupHost.unified ?? "") + "/cgroup.controllers")
    if CgroupHost.mountPoint("hugetlb") == nil, !unified.contains("hugetlb") {
      try container.create().fails(
        saying: "/linux/resources/hugepageLimits: the hugetlb controller is not mounted"
      )
      return
    }
    try container.create().succeeds()
    if CgroupHost.mountPoint("hugetlb") != nil {
      #expect(CgroupHost.read("hugetlb.2MB.limit_in_bytes", of: container) == "\(6 << 20)")
      #expect(CgroupHost.read("hugetlb.2MB.rsvd.limit_in_bytes", of: container) == "\(6 << 20)")
    } else {
      let directory = (CgroupHost.unified ?? "") + "/" + container.id
      #expect(File.text(directory + "/hugetlb.2MB.max") == "\(6 << 20)\n")
      #expect(File.text(directory + "/cgroup.procs") == "\(try container.report().pid)\n")
    }
  }

  @Test("files of cgroup2 are written where there is one")
  func unified() throws {
    let unified = try #require(CgroupHost.unified)
    let container = try created { $0.unified = ["cgroup.max.depth": "3", "cgroup.max.descendants": "11"] }
    #expect(File.text("\(unified)/\(container.id)/cgroup.max.depth") == "3\n")
    #expect(File.text("\(unified)/\(container.id)/cgroup.max.descendants") == "11\n")
  }
}
