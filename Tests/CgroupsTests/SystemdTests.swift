import DBus
import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import Cgroups

@Suite("units of systemd")
struct SystemdTests {
  @Test(
    "a path names the slice and the scope, and each dash of a slice is a level",
    arguments: [
      (nil, "/system.slice/swrun-c1.scope"), ("", "/system.slice/swrun-c1.scope"),
      ("machine.slice:libpod:abc", "/machine.slice/libpod-abc.scope"),
      (":docker:abc", "/system.slice/docker-abc.scope"),
      ("a-b-c.slice::abc", "/a.slice/a-b.slice/a-b-c.slice/abc.scope"), ("-.slice:p:abc", "/p-abc.scope"),
    ] as [(String?, String)])
  func places(_ path: String?, _ place: String) throws {
    #expect(try SystemdUnit(path, containerID: "c1").hierarchyPath == place)
  }

  @Test(
    "a user's scope is in a slice for users, unless another is named",
    arguments: [nil, ":p:abc", "a.slice:p:abc"])
  func usersPlaces(_ path: String?) throws {
    let unit = try SystemdUnit(path, containerID: "c1", defaultSlice: "user.slice")
    #expect(unit.slice == (path?.hasPrefix("a") == true ? "a.slice" : "user.slice"))
  }

  @Test(
    "other forms and impossible names are refused",
    arguments: [
      "/a/b", "a", "a:b", "a.slice:b:", "a:b:c", "a b.slice:b:c", "a.slice:../b:c", "a--b.slice:b:c",
      "-a.slice:b:c", ".slice:b:c", "a.slice:b:c:d", "a.slice:b:\u{e9}", "a.slice:b:x/y",
      "a.slice:b:" + String(repeating: "x", count: 256),
    ])
  func refused(_ path: String) {
    #expect { try SystemdUnit(path, containerID: "c1") } throws: {
      ($0 as? RuntimeError)?.code == .invalidConfig && "\($0)".contains("/linux/cgroupsPath")
    }
  }

  @Test(
    "annotations become properties of the types that they are written in",
    arguments: [
      ("CollectMode", "'inactive'", "CollectMode", .string("inactive")),
      ("Description", "\"a b\"", "Description", .string("a b")),
      ("Flag", "true", "Flag", .boolean(true)), ("Count", " 5 ", "Count", .int32(5)),
      ("CPUWeight", "uint64 200", "CPUWeight", .uint64(200)), ("Nice", "int32 -5", "Nice", .int32(-5)),
      ("After", "['a.service', 'b.service']", "After", .strings(["a.service", "b.service"])),
      ("After", "[]", "After", .strings([])),
      ("TimeoutStopSec", "7", "TimeoutStopUSec", .uint64(7_000_000)),
      ("TimeoutStopUSec", "uint64 7", "TimeoutStopUSec", .uint64(7)),
    ] as [(String, String, String, BusValue)])
  func annotations(_ name: String, _ text: String, _ property: String, _ value: BusValue) throws {
    #expect(try UnitProperty(annotation: name, text) == UnitProperty(property, value))
  }

  @Test(
    "other texts and names are refused with the annotation's place",
    arguments: [
      ("Name", "nonsense"), ("Name", "'a"), ("Name", "'a'b'"), ("Name", "uint64 -1"), ("Name", "[a]"),
      ("Name", ""), ("TimeoutSec", "'x'"), ("TimeoutSec", "-1"), ("", "1"), ("N", "1"), ("A b", "1"),
    ])
  func refusedAnnotations(_ name: String, _ text: String) {
    #expect { try UnitProperty(annotation: name, text) } throws: {
      "\($0)".contains("/annotations/org.systemd.property.\(name)")
    }
  }

  @Test("a text of any length is shown shortened")
  func hugeAnnotation() {
    let huge = String(repeating: "x", count: 10_000_000)
    for (name, text) in [("Name", huge), (huge, "nonsense")] {
      #expect { try UnitProperty(annotation: name, text) } throws: { "\($0)".utf8.count < 500 }
    }
  }

  @Test("limits become properties with the values that cgroup v2 gets")
  func limits() throws {
    var resources = Resources()
    var memory = MemoryResources()
    (memory.limit, memory.swap, memory.reservation) = (100, 300, 50)
    resources.memory = memory
    var cpu = CPUResources()
    (cpu.shares, cpu.quota, cpu.cpus) = (1024, 25_000, "0-1,9")
    resources.cpu = cpu
    resources.pids = PidsResources(limit: -1)
    resources.blockIO = BlockIOResources()
    resources.blockIO?.throttleReadBpsDevice = [ThrottleDevice(major: 8, minor: 0, rate: 5)]
    let properties = resources.unitProperties
    func value(_ name: String) -> BusValue? { properties.first { $0.name == name }?.value }
    #expect(value("MemoryMax") == .uint64(100) && value("MemorySwapMax") == .uint64(200))
    #expect(value("MemoryLow") == .uint64(50) && value("CPUWeight") == .uint64(100))
    #expect(value("CPUQuotaPerSecUSec") == .uint64(250_000) && value("TasksMax") == .uint64(.max))
    #expect(value("AllowedCPUs") == .bytes([3, 2]) && value("AllowedMemoryNodes") == nil)
    #expect(
      value("IOReadBandwidthMax")
        == .array(of: "(st)", [.structure([.string("/dev/block/8:0"), .uint64(5)])]))
    #expect(Resources().unitProperties.isEmpty)
  }

  @Test("hosts without a cgroup v2 of their own refuse it")
  func otherHosts() {
    let layout = CgroupLayout(hierarchies: [
      Hierarchy(.controllers([.cpu]), mountPoint: "/c"), Hierarchy(.cgroup2, mountPoint: "/u"),
    ])
    #expect {
      try layout.plan(path: nil, containerID: "x", resources: nil, usesSystemd: true)
    } throws: {
      ($0 as? RuntimeError)?.code == .unsupported && "\($0)".contains("cgroup v2 alone")
    }
  }
}

extension SystemdTests {
  private func rule(
    _ allow: Bool, _ type: DeviceRuleType, _ major: Int64? = nil, _ minor: Int64? = nil,
    _ access: String? = nil
  ) -> DeviceRule {
    var rule = DeviceRule(allow: allow, access: access)
    (rule.type, rule.major, rule.minor) = (type, major, minor)
    return rule
  }

  /// The pairs of the last `DeviceAllow`.
  private func allowed(_ rules: [DeviceRule]?) throws -> [String] {
    let properties = try DeviceRules(rules).unitProperties
    guard case .array(_, let list) = properties.last?.value else { return [] }
    return list.compactMap {
      guard case .structure(let pair) = $0 else { return nil }
      return pair.compactMap(\.text).joined(separator: " ")
    }
  }

  @Test("device rules become a list of what is allowed, after an empty one that forgets the former")
  func devices() throws {
    let properties = try DeviceRules(nil).unitProperties
    #expect(properties.map(\.name) == ["DevicePolicy", "DeviceAllow", "DeviceAllow"])
    #expect(properties[0].value == .string("strict"))
    #expect(properties[1].value == .array(of: "(ss)", []))
    let defaults = try allowed(nil)
    #expect(defaults.contains("char-* m") && defaults.contains("/dev/char/1:3 rwm"))
    #expect(defaults.contains("char-136 rwm"))
    let rules = [
      rule(true, .all), rule(false, .all), rule(true, .block, 8, 0, "r"), rule(true, .block, 8, 0, "w"),
      rule(true, .character, 10, nil, "rw"),
    ]
    #expect(try allowed(rules).contains("/dev/block/8:0 rw"))
    #expect(try allowed(rules).contains("char-10 rw"))
    #expect(try !allowed(rules).contains("block-* rwm"))
  }

  @Test("systemd's list never allows less than the rules: a denial of some devices is the program's alone")
  func partialDenial() throws {
    let properties = try DeviceRules([rule(true, .all), rule(false, .character, 1, 3, "w")]).unitProperties
    #expect(properties.map(\.value) == [.string("auto"), .array(of: "(ss)", [])])
    #expect(try allowed([rule(true, .block, nil, 5, "r")]).contains("block-* rm"))
  }
}
