import Glibc
import LinuxKernel
import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import Cgroups

extension HostTests {
  @Suite("limits", .serialized)
  struct LimitTests {
    @Test func `memory and swap are set, raised, lowered and lifted`() throws {
      let sandbox = try Sandbox()
      var resources = Resources()
      resources.memory = MemoryResources()
      resources.memory?.limit = 50 << 20
      resources.memory?.swap = 60 << 20
      resources.memory?.reservation = 40 << 20
      resources.memory?.kernel = 50 << 20
      resources.memory?.kernelTCP = 30 << 20
      resources.memory?.swappiness = 10
      resources.memory?.disableOOMKiller = true
      resources.memory?.useHierarchy = true
      let manager = try sandbox.create("", resources)
      #expect(try sandbox.read(.memory, "memory.limit_in_bytes") == "\(50 << 20)")
      #expect(try sandbox.read(.memory, "memory.memsw.limit_in_bytes") == "\(60 << 20)")
      #expect(try sandbox.read(.memory, "memory.soft_limit_in_bytes") == "\(40 << 20)")
      #expect(try sandbox.read(.memory, "memory.kmem.tcp.limit_in_bytes") == "\(30 << 20)")
      #expect(try sandbox.read(.memory, "memory.swappiness") == "10")
      #expect(try sandbox.read(.memory, "memory.oom_control").hasPrefix("oom_kill_disable 1"))

      for (limit, swap) in [(100 << 20, 120 << 20), (20 << 20, 30 << 20), (200 << 20, 200 << 20)] {
        var update = Resources()
        update.memory = MemoryResources()
        update.memory?.limit = Int64(limit)
        update.memory?.swap = Int64(swap)
        try manager.update(update)
        #expect(try sandbox.read(.memory, "memory.limit_in_bytes") == "\(limit)")
        #expect(try sandbox.read(.memory, "memory.memsw.limit_in_bytes") == "\(swap)")
      }
      #expect(try sandbox.read(.memory, "memory.swappiness") == "10")

      var unlimited = Resources()
      unlimited.memory = MemoryResources()
      unlimited.memory?.limit = -1
      try manager.update(unlimited)
      #expect(try sandbox.read(.memory, "memory.limit_in_bytes").count > 15)
      #expect(try sandbox.read(.memory, "memory.memsw.limit_in_bytes").count > 15)
    }

    @Test func `a refused limit says where it came from and what was written`() throws {
      let sandbox = try Sandbox()
      var resources = Resources()
      resources.memory = MemoryResources()
      resources.memory?.limit = 50 << 20
      resources.memory?.swap = 40 << 20
      #expect {
        _ = try sandbox.create("", resources)
      } throws: { error in
        guard let error = error as? RuntimeError else { return false }
        #expect(
          error.description.contains("/linux/resources/memory/swap")
            && error.description.contains("memory.memsw.limit_in_bytes '\(40 << 20)'")
        )
        #expect(error.hint != nil)
        return error.description.contains("EINVAL")
      }
    }

    @Test func `a limit below the usage is refused when that is asked for`() throws {
      let sandbox = try Sandbox()
      let manager = try sandbox.create()
      let pid = try sandbox.sleeper()
      try sandbox.put(pid, into: manager.record)
      // Something to be charged for.
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let file = try Kernel.open("/proc/\(pid)/cmdline", flags: O_RDONLY)
      _ = read(file.number, &buffer, buffer.count)
      let usage = try #require(Int64(sandbox.read(.memory, "memory.usage_in_bytes")))
      guard usage > 1 else { return }
      var resources = Resources()
      resources.memory = MemoryResources()
      resources.memory?.limit = 1
      resources.memory?.checkBeforeUpdate = true
      #expect { try manager.update(resources) } throws: { ($0 as? RuntimeError)?.code == .invalidConfig }
    }

    @Test func `cpu bandwidth is changed in an order that the parent allows`() throws {
      let sandbox = try Sandbox()
      var resources = Resources()
      resources.cpu = CPUResources()
      resources.cpu?.quota = 50_000
      resources.cpu?.period = 100_000
      let parent = try sandbox.create("", resources)
      resources.cpu?.shares = 512
      resources.cpu?.burst = 10_000
      let manager = try sandbox.create("/child", resources)
      for (quota, period, burst) in [
        (5000, 10_000, 5000), (500_000, 1_000_000, 100_000), (25_000, 50_000, 0),
      ] {
        var update = Resources()
        update.cpu = CPUResources()
        update.cpu?.quota = Int64(quota)
        update.cpu?.period = UInt64(period)
        update.cpu?.burst = UInt64(burst)
        try manager.update(update)
        #expect(try sandbox.read(.cpu, "cpu.cfs_quota_us", below: "/child") == "\(quota)")
        #expect(try sandbox.read(.cpu, "cpu.cfs_period_us", below: "/child") == "\(period)")
        #expect(try sandbox.read(.cpu, "cpu.cfs_burst_us", below: "/child") == "\(burst)")
      }
      #expect(try sandbox.read(.cpu, "cpu.shares", below: "/child") == "512")
      try manager.remove()
      try parent.remove()
    }

    @Test func `idle and shares can follow each other`() throws {
      let sandbox = try Sandbox()
      guard access(sandbox.mountPoint(.cpu) + "/cpu.idle", F_OK) == 0 else { return }
      var resources = Resources()
      resources.cpu = CPUResources()
      resources.cpu?.idle = 1
      resources.cpu?.shares = 300
      let manager = try sandbox.create("", resources)
      #expect(try sandbox.read(.cpu, "cpu.idle") == "1")
      resources.cpu?.idle = 0
      try manager.update(resources)
      #expect(try sandbox.read(.cpu, "cpu.shares") == "300")
    }

    @Test func `a real-time budget needs one above it, and the error says so`() throws {
      let sandbox = try Sandbox()
      guard access(sandbox.mountPoint(.cpu) + "/cpu.rt_runtime_us", F_OK) == 0 else { return }
      var resources = Resources()
      resources.cpu = CPUResources()
      resources.cpu?.realtimeRuntime = 1000
      resources.cpu?.realtimePeriod = 1_000_000
      #expect {
        _ = try sandbox.create("/below/none", resources)
      } throws: { ($0 as? RuntimeError)?.hint?.contains("every cgroup above") == true }
      _ = try sandbox.create("/direct", nil)
    }

    @Test func `cpus and memory nodes are the configured ones`() throws {
      let sandbox = try Sandbox()
      var resources = Resources()
      resources.cpu = CPUResources()
      resources.cpu?.cpus = "0"
      _ = try sandbox.create("/a/b", resources)
      #expect(try sandbox.read(.cpuset, "cpuset.cpus", below: "/a/b") == "0")
      #expect(try !sandbox.read(.cpuset, "cpuset.mems", below: "/a/b").isEmpty)
      let all = try Kernel.readControl(sandbox.mountPoint(.cpuset) + "/cpuset.cpus")
      #expect(try sandbox.read(.cpuset, "cpuset.cpus", below: "/a") == all)
      resources.cpu?.cpus = "4000"
      #expect(throws: RuntimeError.self) { _ = try sandbox.create("/a/c", resources) }
    }

    @Test(arguments: [(0, "0"), (7, "7"), (-1, "max")])
    func `the number of processes is limited`(limit: Int, written: String) throws {
      let sandbox = try Sandbox()
      var resources = Resources()
      resources.pids = PidsResources(limit: Int64(limit))
      _ = try sandbox.create("", resources)
      #expect(try sandbox.read(.pids, "pids.max") == written)
    }

    @Test func `block devices are throttled and weighted`() throws {
      let sandbox = try Sandbox()
      var resources = Resources()
      resources.blockIO = BlockIOResources()
      resources.blockIO?.weight = 200
      let file = "\(sandbox.mountPoint(.blkio))\(sandbox.path)/blkio."
      let manager = try sandbox.create()
      if access(file + "weight", F_OK) == 0 || access(file + "bfq.weight", F_OK) == 0 {
        try manager.update(resources)
        let used = access(file + "weight", F_OK) == 0 ? "blkio.weight" : "blkio.bfq.weight"
        #expect(try sandbox.read(.blkio, used) == "200")
      } else {
        #expect { try manager.update(resources) } throws: { ($0 as? RuntimeError)?.code == .unsupported }
      }
      let disks = (try? Kernel.list("/sys/block")) ?? []
      guard let disk = disks.first(where: { !$0.hasPrefix("loop") && !$0.hasPrefix("ram") }),
        let number = try? Kernel.readControl("/sys/block/\(disk)/dev").split(separator: ":").compactMap({
          Int64($0)
        }),
        number.count == 2
      else { return }
      resources.blockIO = BlockIOResources()
      resources.blockIO?.throttleReadBpsDevice = [
        ThrottleDevice(major: number[0], minor: number[1], rate: 1 << 20)
      ]
      resources.blockIO?.throttleWriteIOPSDevice = [
        ThrottleDevice(major: number[0], minor: number[1], rate: 99)
      ]
      try manager.update(resources)
      #expect(
        try sandbox.read(.blkio, "blkio.throttle.read_bps_device") == "\(number[0]):\(number[1]) \(1 << 20)"
      )
      #expect(try sandbox.read(.blkio, "blkio.throttle.write_iops_device") == "\(number[0]):\(number[1]) 99")
    }

    @Test func `huge pages are limited where the controller is`() throws {
      let sandbox = try Sandbox()
      var resources = Resources()
      resources.hugepageLimits = [HugepageLimit(pageSize: "2MB", limit: 4 << 20)]
      let cgroup2 = sandbox.layout.hierarchies.first { $0.identity == .cgroup2 }
      let controllers =
        try cgroup2.map { try Kernel.readControl($0.mountPoint + "/cgroup.controllers") } ?? ""
      if sandbox.has(.hugetlb) {
        _ = try sandbox.create("", resources)
        #expect(try sandbox.read(.hugetlb, "hugetlb.2MB.limit_in_bytes") == "\(4 << 20)")
      } else if let cgroup2, controllers.split(separator: " ").contains("hugetlb") {
        let manager = try sandbox.create("", resources)
        let file = cgroup2.mountPoint + sandbox.path + "/hugetlb.2MB.max"
        #expect(try Kernel.readControl(file) == "\(4 << 20)")
        let membership = try manager.openMembership()
        #expect(membership.cloneTarget >= 0)
      } else {
        #expect { _ = try sandbox.create("", resources) } throws: {
          "\($0)".contains("the hugetlb controller is not")
        }
        return
      }
      resources.hugepageLimits = [HugepageLimit(pageSize: "3MB", limit: 4 << 20)]
      #expect(throws: RuntimeError.self) { _ = try sandbox.create("/wrong", resources) }
    }

    @Test func `limits of a controller that is not mounted are refused by its name`() throws {
      let sandbox = try Sandbox()
      guard !sandbox.has(.networkClass), !sandbox.has(.rdma) else { return }
      var resources = Resources()
      resources.network = NetworkResources()
      resources.network?.classID = 5
      #expect { _ = try sandbox.create("/n", resources) } throws: {
        "\($0)".contains("the net_cls controller is not mounted")
      }
      resources = Resources()
      resources.rdma = ["mlx": RdmaLimit(hcaHandles: 1)]
      #expect { _ = try sandbox.create("/r", resources) } throws: {
        "\($0)".contains("the rdma controller is not mounted")
      }
      resources = Resources()
      resources.unified = ["memory.high": "1"]
      #expect { _ = try sandbox.create("/u", resources) } throws: {
        ($0 as? RuntimeError)?.code == .unsupported
      }
      if sandbox.layout.hierarchies.contains(where: { $0.identity == .cgroup2 }) {
        resources.unified = ["cgroup.max.depth": "3"]
        _ = try sandbox.create("/v", resources)
      }
    }

    @Test func `the device list is the configured rules, then the default devices`() throws {
      let sandbox = try Sandbox()
      let nothing = try sandbox.create("/none")
      let defaults = try sandbox.read(.devices, "devices.list", below: "/none").split(separator: "\n")
      #expect(defaults.count == 10 && defaults[0] == "c *:* m" && !defaults.contains("c 5:1 rwm"))
      try nothing.remove()

      var resources = Resources()
      var extra = DeviceRule(allow: true, access: "rw")
      (extra.type, extra.major, extra.minor) = (.block, 8, 20)
      resources.devices = [DeviceRule(allow: false, access: "rwm"), extra]
      try sandbox.create("/one", resources).remove()
      _ = try sandbox.create("/two", resources)
      let list = try sandbox.read(.devices, "devices.list", below: "/two").split(separator: "\n")
      #expect(list.first == "b 8:20 rw" && list.dropFirst().elementsEqual(defaults))

      resources.devices = [DeviceRule(allow: false), DeviceRule(allow: true)]
      _ = try sandbox.create("/all", resources)
      #expect(try sandbox.read(.devices, "devices.list", below: "/all") == "a *:* rwm")
    }
  }
}
