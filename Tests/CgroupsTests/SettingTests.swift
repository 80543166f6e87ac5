import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import Cgroups

@Suite("limits as writes")
struct SettingTests {
  /// Plays the kernel: memory.limit_in_bytes may never be above memory.memsw.limit_in_bytes.
  private func order(limit: Int64, swap: Int64, from old: (limit: Int64, swap: Int64)) throws -> [String] {
    var memory = MemoryResources()
    (memory.limit, memory.swap) = (limit, swap)
    var (limit, swap) = old
    var written: [String] = []
    let refused = try #require(memory.settings().first).settle { setting in
      let value = Int64(setting.value).map { $0 < 0 ? .max : $0 } ?? 0
      let isLimit = setting.property == "memory.limit"
      if isLimit ? value > swap : value < limit { return false }
      if isLimit { limit = value } else { swap = value }
      written.append(setting.property)
      return true
    }
    if let refused { written.append("refused \(refused.property)") }
    return written
  }

  @Test func `memory limits are written in an order the kernel takes`() throws {
    #expect(try order(limit: 10, swap: 20, from: (.max, .max)) == ["memory.limit", "memory.swap"])
    #expect(try order(limit: 30, swap: 40, from: (10, 20)) == ["memory.swap", "memory.limit"])
    #expect(try order(limit: 5, swap: 6, from: (10, 20)) == ["memory.limit", "memory.swap"])
    #expect(try order(limit: 15, swap: 40, from: (10, 20)) == ["memory.limit", "memory.swap"])
    #expect(try order(limit: -1, swap: -1, from: (10, 20)) == ["memory.swap", "memory.limit"])
    #expect(try order(limit: 10, swap: 5, from: (.max, .max)) == ["memory.limit", "refused memory.swap"])
  }

  @Test func `unlimited memory is unlimited swap, and zero is unset`() throws {
    var memory = MemoryResources()
    memory.limit = -1
    #expect(
      try memory.settings().flatMap(\.self).map(\.file) == [
        "memory.limit_in_bytes", "memory.memsw.limit_in_bytes",
      ]
    )
    (memory.limit, memory.swap, memory.reservation, memory.kernel, memory.swappiness) = (0, 0, 0, 0, .max)
    #expect(try memory.settings().isEmpty)
    memory.swappiness = 101
    #expect(throws: RuntimeError.self) { try memory.settings() }
  }

  @Test func `shares that the kernel would change are refused`() throws {
    var cpu = CPUResources()
    for shares: UInt64 in [1, 262_145, .max] {
      cpu.shares = shares
      #expect { try cpu.settings() } throws: { ($0 as? RuntimeError)?.code == .invalidConfig }
    }
    (cpu.shares, cpu.cpus, cpu.mems) = (0, "", "")
    #expect(try cpu.settings().isEmpty && cpu.setSettings().isEmpty)
    (cpu.quota, cpu.burst) = (1000, 1001)
    #expect(throws: RuntimeError.self) { try cpu.settings() }
    cpu.quota = -1
    #expect(try cpu.settings() != [])
  }

  @Test func `cpu lists are written as they are`() {
    var cpu = CPUResources()
    (cpu.cpus, cpu.mems) = ("0-3,7", "0")
    #expect(cpu.setSettings().flatMap(\.self).map(\.value) == ["0-3,7", "0"])
  }

  @Test func `huge pages have other files on cgroup2, and no path gets through`() throws {
    var resources = Resources()
    resources.hugepageLimits = [HugepageLimit(pageSize: "2MB", limit: 7)]
    func files(_ onCgroup2: Bool) throws -> [String] {
      try resources.settings(hugetlbIsOnCgroup2: onCgroup2).flatMap(\.self).map(\.file)
    }
    #expect(try files(false) == ["hugetlb.2MB.limit_in_bytes", "hugetlb.2MB.rsvd.limit_in_bytes"])
    #expect(try files(true) == ["hugetlb.2MB.max", "hugetlb.2MB.rsvd.max"])
    resources.hugepageLimits = [HugepageLimit(pageSize: "x/../../y", limit: 7)]
    #expect(throws: RuntimeError.self) { try files(true) }
    resources.hugepageLimits = nil
    for name in ["", "..", "../memory.max", ".x", "a/b"] {
      resources.unified = [name: "1"]
      #expect(throws: RuntimeError.self) { try files(true) }
    }
  }

  @Test func `an rdma entry limits something`() throws {
    var resources = Resources()
    resources.rdma = ["b": RdmaLimit(hcaHandles: 3, hcaObjects: 4), "a": RdmaLimit(hcaObjects: 1)]
    let values = try resources.settings(hugetlbIsOnCgroup2: false).flatMap(\.self).map(\.value)
    #expect(values == ["a hca_object=1", "b hca_handle=3 hca_object=4"])
    resources.rdma = ["a": RdmaLimit()]
    #expect(throws: RuntimeError.self) { try resources.settings(hugetlbIsOnCgroup2: false) }
  }

  @Test func `block devices are one write each`() {
    var io = BlockIOResources()
    (io.weight, io.leafWeight) = (10, 0)
    io.weightDevice = [WeightDevice(major: 8, minor: 0, weight: 500, leafWeight: 300)]
    io.throttleReadBpsDevice = [
      ThrottleDevice(major: 8, minor: 0, rate: 1), ThrottleDevice(major: 8, minor: 16, rate: .max),
    ]
    #expect(
      io.settings().flatMap(\.self).map { "\($0.file) \($0.value)" } == [
        "blkio.weight 10", "blkio.weight_device 8:0 500", "blkio.leaf_weight_device 8:0 300",
        "blkio.throttle.read_bps_device 8:0 1", "blkio.throttle.read_bps_device 8:16 \(UInt64.max)",
      ]
    )
  }
}
