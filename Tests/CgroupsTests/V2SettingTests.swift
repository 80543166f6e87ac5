import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import Cgroups

@Suite("limits as writes to cgroup2")
struct V2SettingTests {
  /// `FILE=VALUE` for each write.
  private func writes(
    present: [String: String] = [:], _ change: (inout Resources) -> Void
  ) throws -> [String] {
    var resources = Resources()
    change(&resources)
    let groups = try resources.cgroup2Settings { file in present[file] ?? "max" }
    return groups.flatMap(\.self).map { "\($0.file)=\($0.value)" }
  }

  private func memory(_ change: (inout MemoryResources) -> Void) -> MemoryResources {
    var memory = MemoryResources()
    change(&memory)
    return memory
  }

  private func cpu(_ change: (inout CPUResources) -> Void) -> CPUResources {
    var cpu = CPUResources()
    change(&cpu)
    return cpu
  }

  @Test(
    "swap is what is left of memory and swap together",
    arguments: [
      (100, 300, nil, ["memory.max=100", "memory.swap.max=200"]),
      (100, 100, nil, ["memory.max=100", "memory.swap.max=0"]),
      (100, -1, nil, ["memory.max=100", "memory.swap.max=max"]),
      (-1, nil, nil, ["memory.max=max", "memory.swap.max=max"]),
      (0, 0, nil, []),
      (nil, 300, "100", ["memory.swap.max=200"]),
      (nil, 300, "max", nil),
      (-1, 300, nil, nil),
      (100, 99, nil, nil),
    ] as [(Int64?, Int64?, String?, [String]?)])
  func swap(_ limit: Int64?, _ swap: Int64?, _ present: String?, _ expected: [String]?) throws {
    func result() throws -> [String] {
      try writes(present: present.map { ["memory.max": $0] } ?? [:]) {
        $0.memory = memory { ($0.limit, $0.swap) = (limit, swap) }
      }
    }
    if let expected {
      #expect(try result() == expected)
    } else {
      #expect { try result() } throws: { ($0 as? RuntimeError)?.code == .invalidConfig }
    }
  }

  @Test("a reservation is protected memory, and -1 is none")
  func reservation() throws {
    #expect(try writes { $0.memory = memory { $0.reservation = 5 } } == ["memory.low=5"])
    #expect(try writes { $0.memory = memory { $0.reservation = -1 } } == ["memory.low=0"])
  }

  @Test(
    "shares become the weight on a curve through the least, default and most",
    arguments: [
      (2, 1), (1024, 100), (262_144, 10_000), (512, 59), (2048, 174),
    ] as [(UInt64, Int)])
  func shares(_ shares: UInt64, _ weight: Int) throws {
    #expect(try writes { $0.cpu = cpu { $0.shares = shares } } == ["cpu.weight=\(weight)"])
  }

  @Test("quota and period share a file, and one alone leaves the other")
  func bandwidth() throws {
    #expect(
      try writes { $0.cpu = cpu { ($0.quota, $0.period) = (5000, 10000) } } == ["cpu.max=5000 10000"])
    #expect(try writes { $0.cpu = cpu { $0.quota = 5000 } } == ["cpu.max=5000"])
    #expect(try writes { $0.cpu = cpu { $0.quota = -1 } } == ["cpu.max=max"])
    #expect(
      try writes(present: ["cpu.max": "7000 100000"]) { $0.cpu = cpu { $0.period = 10000 } }
        == ["cpu.max=7000 10000"])
    #expect(
      try writes { $0.cpu = cpu { ($0.quota, $0.burst, $0.idle, $0.shares) = (5000, 100, 1, 512) } }
        == ["cpu.idle=1", "cpu.max=5000", "cpu.max.burst=100"])
  }

  @Test("weights of block devices are stretched for the file that has another range")
  func blockIO() throws {
    var resources = Resources()
    resources.blockIO = BlockIOResources()
    for (weight, stretched) in [(10, 1), (500, 4950), (1000, 10000)] as [(UInt16, Int)] {
      resources.blockIO?.weight = weight
      let setting = try #require(resources.cgroup2Settings { _ in "" }.first?.first)
      #expect(setting.file == "io.bfq.weight" && setting.value == "\(weight)")
      #expect(setting.inAlternative?.file == "io.weight" && setting.inAlternative?.value == "\(stretched)")
    }
    resources.blockIO?.weight = 9
    #expect { try resources.cgroup2Settings { _ in "" } } throws: {
      "\($0)".contains("/linux/resources/blockIO/weight")
    }
  }

  @Test("rates are one line each, and 0 is no limit")
  func rates() throws {
    let written = try writes { resources in
      var blockIO = BlockIOResources()
      blockIO.throttleReadBpsDevice = [ThrottleDevice(major: 8, minor: 0, rate: 1000)]
      blockIO.throttleWriteIOPSDevice = [ThrottleDevice(major: 8, minor: 16, rate: 0)]
      resources.blockIO = blockIO
    }
    #expect(written == ["io.max=8:0 rbps=1000", "io.max=8:16 wiops=max"])
  }

  @Test("'unified' has the last word, line by line, and cannot move or stop processes")
  func unified() throws {
    let written = try writes {
      $0.memory = memory { $0.limit = 5 }
      $0.unified = ["memory.max": "6", "io.max": "8:0 rbps=1\n8:16 rbps=2\n"]
    }
    #expect(written == ["memory.max=5", "io.max=8:0 rbps=1", "io.max=8:16 rbps=2", "memory.max=6"])
    for file in ["cgroup.procs", "cgroup.kill", "cgroup.freeze", "../memory.max", "", "."] {
      #expect { try writes { $0.unified = [file: "1"] } } throws: {
        ($0 as? RuntimeError)?.code == .invalidConfig
      }
    }
  }

  @Test(
    "what cgroup2 has nothing for is refused",
    arguments: [
      "memory/swappiness", "memory/disableOOMKiller", "cpu/realtimeRuntime", "blockIO/leafWeight",
      "network/classID", "network/priorities",
    ])
  func withoutCounterpart(_ property: String) throws {
    var resources = Resources()
    resources.memory = memory { $0.kernel = 5 }
    switch property {
    case "memory/swappiness": resources.memory?.swappiness = 10
    case "memory/disableOOMKiller": resources.memory?.disableOOMKiller = true
    case "cpu/realtimeRuntime": resources.cpu = cpu { $0.realtimeRuntime = 5 }
    case "blockIO/leafWeight":
      resources.blockIO = BlockIOResources()
      resources.blockIO?.leafWeight = 100
    case "network/classID":
      resources.network = NetworkResources()
      resources.network?.classID = 1
    default:
      resources.network = NetworkResources()
      resources.network?.priorities = [InterfacePriority(name: "eth0", priority: 1)]
    }
    #expect { try resources.cgroup2Settings { _ in "" } } throws: {
      let error = $0 as? RuntimeError
      return error?.code == .unsupported && "\($0)".contains("/linux/resources/\(property)")
    }
  }

  @Test(
    "what a file said is put back as it was",
    arguments: [
      ("cpu.max", "5000", "max 100000\n", "max 100000"),
      ("cpu.max", "5000 10000", "7000 100000\n", "7000 100000"),
      (
        "io.max", "8:0 rbps=1", "8:0 rbps=9 wbps=max riops=max wiops=max\n",
        "8:0 rbps=9 wbps=max riops=max wiops=max"
      ),
      ("io.max", "8:0 rbps=1", "8:16 rbps=9 wbps=max riops=max wiops=max\n", "8:0 rbps=max"),
      ("io.weight", "200", "default 100\n8:0 50\n", "default 100"),
      ("io.weight", "8:16 200", "default 100\n8:0 50\n", "8:16 default"),
      ("rdma.max", "mlx hca_handle=2 hca_object=3", "", "mlx hca_handle=max hca_object=max"),
    ])
  func former(_ file: String, _ value: String, _ text: String, _ expected: String) {
    let setting = Setting(cgroup2: file, value, "unified.\(file)")
    #expect(setting.former(in: file, text: text)?.value == expected)
  }
}
