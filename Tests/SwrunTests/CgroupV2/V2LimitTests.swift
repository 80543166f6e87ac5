import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// The values that limits get in a cgroup of cgroup2. What they do is V2EffectTests' matter.
///
/// Spec: config-linux.md#control-groups
@Suite("limits by cgroup v2", .enabled(if: CgroupHost.isV2, "needs a host with cgroup v2 alone"))
struct V2LimitTests {
  let runtime = Runtime()

  private func created(_ change: (inout Resources) -> Void) throws -> Container {
    try runtime.createdContainer(limiting: change)
  }

  private func expect(
    _ files: [String: String], of container: Container, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (file, value) in files {
      #expect(CgroupHost.read(file, of: container) == value, "\(file)", sourceLocation: sourceLocation)
    }
  }

  private func refused(
    name: String = "c", _ change: (inout Resources) -> Void, saying words: String
  ) throws {
    let container = try runtime.container(name) { config in
      config.limit(change)
    }
    try container.create().fails(saying: words)
    #expect(!CgroupHost.directories(of: "/" + container.id).contains(where: File.exists))
  }

  @Test("memory: the limit, swap without memory, and what is kept under pressure")
  func memory() throws {
    let container = try created {
      $0.limitMemory(64 << 20, swap: 96 << 20, reservation: 32 << 20)
    }
    expect(
      ["memory.max": "\(64 << 20)", "memory.swap.max": "\(32 << 20)", "memory.low": "\(32 << 20)"],
      of: container)
  }

  @Test("-1 is unlimited, 0 and unset leave the kernel's", arguments: [-1, 0, nil] as [Int64?])
  func unlimitedMemory(value: Int64?) throws {
    let container = try created {
      $0.limitMemory(value, swap: value, reservation: value)
    }
    expect(["memory.max": "max", "memory.swap.max": "max", "memory.low": "0"], of: container)
  }

  @Test("what cgroup v2 has nothing like is refused by its name")
  func refusedMemory() throws {
    for (name, change) in [
      ("memory/swappiness", { $0.swappiness = 10 }),
      ("memory/disableOOMKiller", { $0.disableOOMKiller = true }),
    ] as [(String, (inout MemoryResources) -> Void)] {
      try refused(
        name: name.replacingOccurrences(of: "/", with: "-"),
        {
          var memory = MemoryResources()
          change(&memory)
          $0.memory = memory
        }, saying: "/linux/resources/\(name): cgroup v2 has nothing like it")
    }
  }

  @Test("CPU: shares as a weight, quota with its period and burst, and CPUs")
  func cpu() throws {
    let container = try created {
      $0.limitCPU(quota: 30_000, period: 60_000, burst: 10_000, shares: 1024, cpus: "0", mems: "0")
    }
    expect(
      [
        "cpu.weight": "100", "cpu.max": "30000 60000", "cpu.max.burst": "10000", "cpuset.cpus": "0",
        "cpuset.mems": "0",
      ], of: container)
  }

  @Test(
    "shares are weighed as crun and runc weigh them", arguments: [(2, "1"), (512, "59"), (262_144, "10000")])
  func weights(shares: UInt64, weight: String) throws {
    let container = try created {
      $0.limitCPU(shares: shares)
    }
    expect(["cpu.weight": weight], of: container)
  }

  @Test("an idle cgroup")
  func idle() throws {
    let container = try created {
      $0.cpu = CPUResources()
      $0.cpu?.idle = 1
      $0.cpu?.shares = 512
    }
    expect(["cpu.idle": "1"], of: container)
  }

  @Test("the number of processes", arguments: [(5, "5"), (0, "1"), (-1, "max")])
  func pids(limit: Int64, expected: String) throws {
    let container = try created { $0.pids = PidsResources(limit: limit) }
    expect(["pids.max": expected], of: container)
    try container.start().succeeds()
    try container.expect("running")
  }

  @Test("block devices are throttled as configured, and weighed")
  func blockIO() throws {
    let disk = try #require(Disk.first)
    let container = try created { resources in
      func rate(_ rate: UInt64) -> [ThrottleDevice] {
        [ThrottleDevice(major: disk.major, minor: disk.minor, rate: rate)]
      }
      resources.blockIO = BlockIOResources()
      resources.blockIO?.throttleReadBpsDevice = rate(1 << 20)
      resources.blockIO?.throttleWriteBpsDevice = rate(2 << 20)
      resources.blockIO?.throttleReadIOPSDevice = rate(300)
      resources.blockIO?.throttleWriteIOPSDevice = rate(400)
      resources.blockIO?.weight = 505
    }
    expect(
      ["io.max": "\(disk.major):\(disk.minor) rbps=\(1 << 20) wbps=\(2 << 20) riops=300 wiops=400"],
      of: container)
    // Which of the two there is depends on the kernel.
    let weights = ["io.bfq.weight", "io.weight"].map { CgroupHost.read($0, of: container) }
    #expect(weights.contains("default 505") || weights.contains("default 5000"), "\(weights)")
  }

  @Test("huge pages, used and reserved ones")
  func hugepages() throws {
    let container = try created { $0.hugepageLimits = [HugepageLimit(pageSize: "2MB", limit: 6 << 20)] }
    expect(["hugetlb.2MB.max": "\(6 << 20)", "hugetlb.2MB.rsvd.max": "\(6 << 20)"], of: container)
  }

  @Test("files of cgroup2 have the last word, and their controllers are switched on for them")
  func unified() throws {
    let container = try created {
      $0.unified = [
        "memory.high": "\(32 << 20)", "memory.max": "\(48 << 20)", "memory.oom.group": "1", "pids.max": "77",
        "cpu.weight": "321", "cgroup.max.depth": "3", "cgroup.max.descendants": "11",
      ]
      $0.pids = PidsResources(limit: 5)
    }
    expect(
      [
        "memory.high": "\(32 << 20)", "memory.max": "\(48 << 20)", "memory.oom.group": "1", "pids.max": "77",
        "cpu.weight": "321", "cgroup.max.depth": "3", "cgroup.max.descendants": "11",
      ], of: container)
  }

  @Test(
    "other names of files are refused, and so are values that the kernel refuses",
    arguments: [
      ("../cgroup.procs", "1"), ("memory/max", "1"), ("nonsense", "1"), ("memory.nonsense", "1"),
      ("memory.max", "many"), ("cgroup.procs", "1"),
    ])
  func refusedUnified(_ file: String, _ value: String) throws {
    try refused({ $0.unified = [file: value] }, saying: "/linux/resources/unified")
  }

  @Test("limits that need hardware are refused by their name where there is none")
  func hardware() throws {
    if File.text("/sys/fs/cgroup/misc.capacity").isEmpty {
      try refused(
        name: "misc", { $0.unified = ["misc.max": "sev 1"] }, saying: "/linux/resources/unified/misc.max")
    }
    if !File.exists("/sys/class/infiniband") {
      try refused(
        name: "rdma", { $0.rdma = ["mlx5_1": RdmaLimit(hcaHandles: 3, hcaObjects: 4)] },
        saying: "/linux/resources/rdma")
    }
    try refused(
      {
        $0.network = NetworkResources()
        $0.network?.classID = 1
      }, saying: "/linux/resources/network/classID: cgroup v2 has nothing like it")
  }

  @Test("init is in the cgroup from its first instant, and alone in it")
  func members() throws {
    let container = try created { $0.pids = PidsResources(limit: 5) }
    #expect(CgroupHost.processes(of: container) == [try container.report().pid])
  }

  @Test("limits are set all or none: the last one's failure removes the cgroup")
  func allOrNone() throws {
    try refused(
      {
        $0.limitMemory(64 << 20)
        $0.limitCPU(cpus: "4095")
      }, saying: "/linux/resources/cpu/cpus")
  }

  @Test("a container in a user namespace owns its cgroup, and what limits it is not its own")
  func ownership() throws {
    let container = try runtime.container { config in
      config.useUserNamespace(from: 200_000)
      config.shell(
        """
        cd /sys/fs/cgroup; mkdir in && echo made; echo +memory > cgroup.subtree_control || echo busy
        echo 0 > in/cgroup.procs && echo +pids > cgroup.subtree_control && echo 5 > in/pids.max && cat in/pids.max
        (echo max > pids.max) 2>/dev/null || echo refused
        """)
      config.addMount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev")
      config.limit { $0.pids = PidsResources(limit: 50) }
    }
    #expect(try container.run().output == "made\nbusy\n5\nrefused\n")
  }

  @Test("cgroups that a container made are removed with it, to the deepest")
  func nested() throws {
    let container = try runtime.container { config in
      config.shell(
        "mkdir -p /sys/fs/cgroup/a/b/c && echo 0 > /sys/fs/cgroup/a/b/c/cgroup.procs; exec sleep 1000")
      config.keepAllCapabilities()
      config.addMount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev")
    }
    try container.createAndStart()
    let deepest = "/sys/fs/cgroup/\(container.id)/a/b/c/cgroup.procs"
    try #require(eventually { !File.text(deepest).isEmpty })
    try container.delete("--force").succeeds()
    #expect(!File.exists("/sys/fs/cgroup/\(container.id)"))
  }
}

/// A whole disk of this machine.
struct Disk {
  let major: Int64
  let minor: Int64

  static var first: Disk? {
    for name in File.names(in: "/sys/block").sorted() where !["loop", "ram", "zra"].contains(name.prefix(3)) {
      let numbers = File.text("/sys/block/\(name)/dev").split { $0 == ":" || $0 == "\n" }.compactMap {
        Int64($0)
      }
      if numbers.count == 2 { return Disk(major: numbers[0], minor: numbers[1]) }
    }
    return nil
  }
}
