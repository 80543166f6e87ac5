import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

@Suite("update of device rules", .enabled(if: CgroupHost.isV1))
struct DeviceUpdateTests {
  let runtime = Runtime()

  private static let denyAll = #"{"allow": false, "access": "rwm"}"#
  private static let allowLog = #"{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}"#

  private func container(_ rules: [DeviceRule]? = [DeviceRule(allow: false, access: "rwm")]) throws
    -> Container
  {
    let container = try runtime.container { config in
      config.wait()
      config.limit { $0.devices = rules }
    }
    try container.createAndStart()
    return container
  }

  private func update(_ container: Container, _ rules: String...) throws -> Outcome {
    var command = container.command("update", ["--resources", "-"])
    command.input = .text("{\"devices\": [\(rules.joined(separator: ","))], \"pids\": {\"limit\": 50}}")
    return try command.run()
  }

  private func list(_ container: Container) -> Set<String> {
    Set(CgroupHost.read("devices.list", of: container).split(separator: "\n").map(String.init))
  }

  @Test("devices are allowed and denied again")
  func change() throws {
    let container = try container()
    let before = list(container)
    try update(container, Self.denyAll, Self.allowLog).succeeds()
    #expect(list(container) == before.union(["c 1:11 r"]))
    try update(container, Self.denyAll).succeeds()
    #expect(list(container) == before)
  }

  @Test("everything is allowed, and denied again")
  func all() throws {
    let container = try container()
    let before = list(container)
    try update(container, #"{"allow": true}"#).succeeds()
    #expect(list(container) == ["a *:* rwm"])
    try update(container, Self.denyAll).succeeds()
    #expect(list(container) == before)
  }

  @Test("the rules that the container has change nothing: what somebody else allowed meanwhile stays")
  func same() throws {
    let container = try container()
    let directory = CgroupHost.directory("devices", "/\(container.id)")
    try File.write("c 10:229 rw", to: directory + "/devices.allow")
    try update(container, Self.denyAll).succeeds()
    #expect(list(container).contains("c 10:229 rw"))
    try update(container, Self.denyAll, Self.allowLog).succeeds()
    #expect(!list(container).contains("c 10:229 rw"))
    try File.write("c 10:229 rw", to: directory + "/devices.allow")
    try update(container, Self.denyAll, Self.allowLog).succeeds()
    #expect(list(container).contains("c 10:229 rw"), "the new rules are remembered")
  }

  @Test("a device is allowed to a container with cgroups of its own, without a moment of denial")
  func nested() throws {
    let container = try runtime.container { config in
      config.shell(
        """
        mkdir /sys/fs/cgroup/devices/in; echo ready
        while [ ! -e /end ]; do : > /dev/null || echo denied; done; echo end; exec sleep 1000
        """)
      config.keepAllCapabilities()
      config.mounts?.append(Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup"))
    }
    let created = try container.createAndStart()
    try #require(eventually { created.output == "ready\n" })
    for _ in 1...10 {
      try update(container, Self.denyAll, Self.allowLog).succeeds()
      try update(container, Self.denyAll).succeeds()
    }
    try File.write("", to: container.bundle.inside("end"))
    #expect(eventually { created.output.contains("end") })
    #expect(created.output == "ready\nend\n")
    try update(container, #"{"allow": true}"#).fails(
      saying: "/linux/resources/devices", "other cgroups in it")
    #expect(CgroupHost.read("pids.max", of: container) == "50")
  }

  @Test("rules that cannot be expressed are refused before anything is changed")
  func refused() throws {
    let container = try container()
    let before = list(container)
    try update(
      container, Self.denyAll, #"{"allow": true, "type": "c", "major": 10, "access": "rwm"}"#,
      #"{"allow": false, "type": "c", "major": 10, "minor": 229, "access": "rwm"}"#
    ).fails(saying: "cgroup v1 cannot deny c 10:229")
    try update(container, #"{"allow": true, "access": "xyz"}"#).fails(saying: "/devices/0/access")
    #expect(list(container) == before)
    #expect(CgroupHost.read("pids.max", of: container) == "max")
  }
}
