import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: config-linux.md#allowed-device-list
@Suite("device rules", .enabled(if: CgroupHost.isUsable))
struct DeviceRuleTests {
  let runtime = Runtime()
  private static let allowed = "0"
  private static let denied = "1"

  /// What opening each device for reading and writing answers: errno.
  private func answers(_ devices: [String], _ rules: [DeviceRule]?, name: String = "c") throws -> [String] {
    let container = try runtime.container(name) { config in
      config.shell(devices.map { "probe open \($0) 2" }.joined(separator: "; "))
      Self.keepCapabilities(&config)
      config.limit { $0.devices = rules }
      config.changeLinux {
        $0.devices = [
          Device(type: .character, path: "/dev/kmsg", major: 1, minor: 11),
          Device(type: .character, path: "/dev/fuse", major: 10, minor: 229),
        ]
      }
    }
    return try container.run().succeeds().lines.compactMap {
      $0.hasPrefix("errno=") ? String($0.dropFirst(6)) : nil
    }
  }

  /// Reading the kernel's log needs a capability, too.
  private static func keepCapabilities(_ config: inout Config) {
    config.keepAllCapabilities()
    for set in [\OCIRuntimeSpec.Capabilities.bounding, \.effective, \.permitted] {
      config.process?.capabilities?[keyPath: set]?.append("CAP_SYSLOG")
    }
  }

  private func rule(
    _ allow: Bool,
    _ access: String? = "rwm",
    _ type: DeviceRuleType? = nil,
    _ major: Int64? = nil,
    _ minor: Int64? = nil
  ) -> DeviceRule {
    var rule = DeviceRule(allow: allow, access: access)
    (rule.type, rule.major, rule.minor) = (type, major, minor)
    return rule
  }

  private static let standard = ["null", "zero", "full", "random", "urandom", "tty", "ptmx"].map {
    "/dev/\($0)"
  }

  @Test(
    "without rules only the default devices can be opened",
    arguments: [nil, [], [DeviceRule(allow: false, access: "rwm")]] as [[DeviceRule]?]
  )
  func defaults(rules: [DeviceRule]?) throws {
    // There is no terminal behind /dev/tty: ENXIO.
    #expect(
      try answers(Self.standard + ["/dev/kmsg"], rules) == ["0", "0", "0", "0", "0", "6", "0", Self.denied]
    )
  }

  @Test("what is allowed after a denial of all can be opened")
  func allowing() throws {
    let rules = [rule(false), rule(true, "rw", .character, 1, 11)]
    #expect(try answers(["/dev/kmsg", "/dev/fuse"], rules) == [Self.allowed, Self.denied])
  }

  @Test("what is denied after everything was allowed cannot")
  func denying() throws {
    let rules = [rule(true), rule(false, "rw", .character, 1, 11)]
    #expect(try answers(["/dev/kmsg", "/dev/null"], rules) == [Self.denied, Self.allowed])
  }

  @Test("the last rule about a device counts")
  func order() throws {
    let allow = rule(true, "rwm", .character, 1, 11)
    let deny = rule(false, "rwm", .character, 1, 11)
    #expect(try answers(["/dev/kmsg"], [rule(false), deny, allow]) == [Self.allowed])
    #expect(try answers(["/dev/kmsg"], [rule(false), allow, deny], name: "denied") == [Self.denied])
    #expect(try answers(["/dev/kmsg"], [allow, rule(false)], name: "none") == [Self.denied])
    #expect(try answers(["/dev/kmsg"], [rule(false), rule(true)], name: "all") == [Self.allowed])
  }

  @Test("reading and writing are allowed apart")
  func access() throws {
    let container = try runtime.container { config in
      config.shell("for flags in 0 1 2; do probe open /dev/kmsg $flags; done")
      Self.keepCapabilities(&config)
      config.limit { $0.devices = [rule(false), rule(true, "r", .character, 1, 11)] }
      config.changeLinux { $0.devices = [Device(type: .character, path: "/dev/kmsg", major: 1, minor: 11)] }
    }
    let answers = try container.run().succeeds().lines.filter { $0.hasPrefix("errno=") }
    #expect(answers == ["errno=0", "errno=1", "errno=1"])
  }

  @Test("numbers that are unset or -1 are all", arguments: [nil, -1] as [Int64?])
  func wildcards(minor: Int64?) throws {
    let rules = [rule(false), rule(true, "rw", .character, 10, minor)]
    #expect(try answers(["/dev/fuse", "/dev/kmsg"], rules) == [Self.allowed, Self.denied])
  }

  @Test("any node may be made, but what it stands for is not opened")
  func nodes() throws {
    let container = try runtime.container { config in
      config.shell(
        "mknod /tmp/disk b 254 0 && probe open /tmp/disk 0; mknod /tmp/mem c 1 1 && probe open /tmp/mem 0"
      )
      config.keepAllCapabilities()
    }
    #expect(try container.run().succeeds().lines.filter { $0.hasPrefix("errno=") } == ["errno=1", "errno=1"])
  }

  @Test("a nested cgroup has no more devices", .enabled(if: CgroupHost.isV1), arguments: ["a", "c 1:11 rwm"])
  func nested(request: String) throws {
    let container = try runtime.container { config in
      config.shell(
        "mkdir /sys/fs/cgroup/devices/in && echo '\(request)' > /sys/fs/cgroup/devices/in/devices.allow"
      )
      config.keepAllCapabilities()
      config.mounts?.append(Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup"))
    }
    #expect(try container.run().errors.contains("Operation not permitted"))
  }

  @Test("a carved out wildcard, which cgroup v1 would ignore, is refused", .enabled(if: CgroupHost.isV1))
  func carvedOut() throws {
    let container = try runtime.container { config in
      config.limit {
        $0.devices = [
          rule(false), rule(true, "rwm", .character, 10), rule(false, "rwm", .character, 10, 229),
        ]
      }
    }
    try container.run().fails(saying: "/linux/resources/devices", "cgroup v1 cannot deny c 10:229")
  }
}
