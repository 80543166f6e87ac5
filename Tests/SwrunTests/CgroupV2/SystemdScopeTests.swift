import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Containers in scopes of the system's systemd.
@Suite(
  "scopes of systemd", .serialized,
  .enabled(if: CgroupHost.isV2 && File.exists("/run/systemd/system"), "needs systemd and cgroup v2 alone"))
struct SystemdScopeTests {
  let runtime = Runtime()
  private static let global = ["--systemd-cgroup"]

  private func container(
    _ name: String = "c", scope: String? = nil, _ configure: (inout Config) -> Void = { _ in }
  ) throws -> Container {
    try runtime.container(name) { config in
      config.wait()
      config.changeLinux { $0.cgroupsPath = "system.slice:test:\(scope ?? runtime.tag + name)" }
      configure(&config)
    }
  }

  private func create(_ container: Container) throws -> Outcome {
    try container.command("create", global: Self.global).run()
  }

  private func unit(_ container: Container) -> String {
    let name = container.bundle.config.linux?.cgroupsPath?.split(separator: ":").last ?? ""
    return "test-\(name).scope"
  }

  private func directory(_ container: Container) -> String {
    "/sys/fs/cgroup/system.slice/" + unit(container)
  }

  @discardableResult
  private func systemctl(_ arguments: String...) throws -> Outcome {
    try TestSupport.Command("systemctl", arguments).run().succeeds()
  }

  private func properties(_ container: Container) throws -> [String: String] {
    try systemctl("show", unit(container)).facts
  }

  private func isGone(_ container: Container) -> Bool {
    eventually {
      (try? properties(container)["LoadState"]) == "not-found" && !File.exists(directory(container))
    }
  }

  private func read(_ file: String, of container: Container) -> String {
    File.text("\(directory(container))/\(file)").trimmingCharacters(in: .newlines)
  }

  @Test("the scope has the container's processes alone, is delegated, and goes with it")
  func lifecycle() throws {
    let container = try container()
    try create(container).succeeds()
    let pid = try container.report().pid
    #expect(read("cgroup.procs", of: container) == "\(pid)")
    var shown = try properties(container)
    #expect(shown["Slice"] == "system.slice" && shown["Delegate"] == "yes")
    #expect(shown["CollectMode"] == "inactive-or-failed" && shown["ActiveState"] == "active")
    #expect(shown["Description"]?.hasPrefix("container \(container.id) (") == true)
    try container.start().succeeds()
    try container.exec("true").succeeds()
    try container.command("pause").run().succeeds()
    #expect(read("cgroup.freeze", of: container) == "1")
    #expect(try container.status() == "paused")
    try container.command("resume").run().succeeds()
    try container.kill("KILL").succeeds()
    try container.expect("stopped")
    try container.delete().succeeds()
    #expect(isGone(container))
    shown = try properties(container)
    #expect(shown["ActiveState"] == "inactive")
  }

  @Test("without a path the scope is named after the container")
  func unnamed() throws {
    let container = try runtime.container { config in
      config.shell("cat /proc/self/cgroup")
      config.removeNamespace(.cgroup)
      config.changeLinux { $0.cgroupsPath = nil }
    }
    let outcome = try container.command("run", global: Self.global).run().succeeds()
    #expect(outcome.output == "0::/system.slice/swrun-\(container.id).scope\n")
  }

  @Test("every limit is a property of the unit and a value in the cgroup, also after an update and a reload")
  func limits() throws {
    let disk = try #require(Disk.first)
    let container = try container { config in
      config.limit {
        $0.limitMemory(64 << 20, swap: 96 << 20, reservation: 32 << 20)
        $0.limitCPU(quota: 30_000, period: 60_000, shares: 512, cpus: "0")
        $0.pids = PidsResources(limit: 33)
        $0.blockIO = BlockIOResources()
        $0.blockIO?.throttleReadBpsDevice = [
          ThrottleDevice(major: disk.major, minor: disk.minor, rate: 5 << 20)
        ]
        var rule = DeviceRule(allow: true, access: "rw")
        (rule.type, rule.major, rule.minor) = (.character, 10, 229)
        $0.devices = [DeviceRule(allow: false), rule]
      }
    }
    try create(container).succeeds()
    func values() -> [String] {
      ["memory.max", "memory.swap.max", "memory.low", "cpu.weight", "cpu.max", "cpuset.cpus", "pids.max"].map
      {
        read($0, of: container)
      }
    }
    let expected = ["\(64 << 20)", "\(32 << 20)", "\(32 << 20)", "59", "30000 60000", "0", "33"]
    #expect(values() == expected)
    #expect(
      read("io.max", of: container)
        == "\(disk.major):\(disk.minor) rbps=\(5 << 20) wbps=max riops=max wiops=max")
    var shown = try properties(container)
    let named = [
      "MemoryMax": "\(64 << 20)", "MemorySwapMax": "\(32 << 20)", "MemoryLow": "\(32 << 20)",
      "CPUWeight": "59",
      "CPUQuotaPerSecUSec": "500ms", "CPUQuotaPeriodUSec": "60ms", "AllowedCPUs": "0", "TasksMax": "33",
      "DevicePolicy": "strict",
    ]
    for (name, value) in named { #expect(shown[name] == value, "\(name)") }
    #expect(shown["IOReadBandwidthMax"]?.hasSuffix(" \(5 << 20)") == true)
    // Its lines have one name, of which `facts` keeps the last.
    let devices = try systemctl("show", "-p", "DeviceAllow", unit(container)).output
    #expect(devices.contains("/dev/char/10:229 rw") && devices.contains("char-136 rwm"))

    try systemctl("daemon-reload")
    #expect(values() == expected)
    let update = ["--memory", "128m", "--memory-swap", "160m", "--pids-limit", "44", "--cpu-share", "1024"]
    try container.command("update", update).run().succeeds()
    shown = try properties(container)
    let updated = [
      "MemoryMax": "\(128 << 20)", "MemorySwapMax": "\(32 << 20)", "TasksMax": "44", "CPUWeight": "100",
    ]
    for (name, value) in updated { #expect(shown[name] == value, "\(name)") }
    try systemctl("daemon-reload")
    #expect(
      values() == ["\(128 << 20)", "\(32 << 20)", "\(32 << 20)", "100", "30000 60000", "0", "44"])
  }

  @Test("device rules hold beside systemd's own, and after an update and a reload")
  func devices() throws {
    let container = try container { config in
      config.shell("while :; do probe open /dev/fuse 0 > /answer.new; mv /answer.new /answer; done")
      config.keepAllCapabilities()
      config.changeLinux {
        $0.devices = [Device(type: .character, path: "/dev/fuse", major: 10, minor: 229)]
      }
    }
    try create(container).succeeds()
    try container.start().succeeds()
    func answers(_ errno: Int) -> Bool {
      eventually { File.text(container.bundle.inside("answer")).contains("errno=\(errno)\n") }
    }
    try #require(answers(1))
    let resources = runtime.directory + "/resources.json"
    for (allow, errno) in [(true, 0), (false, 1)] {
      let rule = #"{"allow": \#(allow), "type": "c", "major": 10, "minor": 229, "access": "rwm"}"#
      try File.write(#"{"devices": [\#(rule)]}"#, to: resources)
      try container.command("update", ["--resources", resources]).run().succeeds()
      #expect(answers(errno), "after \(rule)")
      try systemctl("daemon-reload")
      usleep(300_000)
      #expect(answers(errno), "after \(rule) and a reload")
    }
  }

  @Test("annotations are properties of the unit")
  func annotations() throws {
    let container = try container {
      $0.annotations = [
        "org.systemd.property.TimeoutStopSec": "7", "org.systemd.property.Description": "'of my own'",
        "org.systemd.property.MemoryHigh": "uint64 33554432",
      ]
    }
    try create(container).succeeds()
    let shown = try properties(container)
    #expect(shown["TimeoutStopUSec"] == "7s" && shown["Description"] == "of my own")
    #expect(shown["MemoryHigh"] == "33554432")
    try container.delete("--force").succeeds()
    #expect(isGone(container))
  }

  @Test("a property that systemd refuses is an error with its words, and nothing is left")
  func refusedProperty() throws {
    let container = try container { $0.annotations = ["org.systemd.property.Nonsense": "true"] }
    try create(container).fails(saying: "starting \(unit(container)) by systemd", "Nonsense")
    #expect(isGone(container))
  }

  @Test("the scope of another container is refused, which loses nothing by it")
  func taken() throws {
    let first = try container("first", scope: runtime.tag + "shared")
    let second = try container("second", scope: runtime.tag + "shared")
    try create(first).succeeds()
    try first.start().succeeds()
    try create(second).fails(saying: unit(first), "already")
    #expect(try first.status() == "running")
    #expect(try second.status() == "gone")
  }

  @Test("of two at once with one name one gets it, and the other's end leaves it alone")
  func race() throws {
    for round in 1...4 {
      let pair = try (1...2).map { number in
        try container("r\(round)n\(number)", scope: "\(runtime.tag)race\(round)")
      }
      let running = try pair.map { try $0.command("create", global: Self.global).start() }
      let statuses = running.map { $0.wait().status }
      #expect(statuses.sorted() == [0, 1])
      for (container, status) in zip(pair, statuses) {
        #expect(try container.status() == (status == 0 ? "created" : "gone"))
      }
    }
  }

  @Test("a scope that took the name of one that is gone does not go with the former's container")
  func successor() throws {
    let first = try container("first", scope: runtime.tag + "shared") { $0.run("true") }
    try create(first).succeeds()
    try first.start().succeeds()
    try first.expect("stopped")
    try #require(isGone(first))
    let second = try container("second", scope: runtime.tag + "shared")
    try create(second).succeeds()
    try second.start().succeeds()
    try first.kill("KILL", "--all").succeeds()
    try first.delete("--force").succeeds()
    #expect(try second.status() == "running")
    #expect(File.exists(directory(second)))
  }

  @Test("a failed unit that was left with the name is forgotten")
  func leftover() throws {
    let container = try container()
    let failing = ["--scope", "--unit", unit(container), "-p", "RuntimeMaxSec=1", "sleep", "100"]
    _ = try TestSupport.Command("systemd-run", failing).run()
    try #require(eventually { (try? properties(container)["ActiveState"]) == "failed" })
    try create(container).succeeds()
    #expect(try properties(container)["ActiveState"] == "active")
  }

  @Test("a container whose memory is used up leaves no failed unit")
  func outOfMemory() throws {
    let container = try container { config in
      config.run("probe", "eat", "64")
      config.limit {
        $0.limitMemory(24 << 20)
      }
    }
    try container.command("run", global: Self.global).run().ends(with: 137)
    #expect(isGone(container))
  }

  @Test("with the bus frozen, create ends at its deadline and says so, and nothing is left")
  func frozenBus() throws {
    let shown = try systemctl("show", "-p", "MainPID", "dbus.service").facts
    let bus = try #require(shown["MainPID"].flatMap { Int32($0) })
    let container = try container()
    Glibc.kill(bus, SIGSTOP)
    defer { Glibc.kill(bus, SIGCONT) }
    let begin = ContinuousClock.now
    try create(container).fails(saying: "asking systemd over D-Bus", "did not give", "within 20 s")
    #expect(ContinuousClock.now - begin < .seconds(40))
    #expect(try container.status() == "gone")
    Glibc.kill(bus, SIGCONT)
    #expect(isGone(container))
  }

  @Test("kill -9 at any instant of create and start leaves nothing that delete --force does not remove")
  func killed() throws {
    let container = try container()
    let begin = ContinuousClock.now
    try create(container).succeeds()
    try container.delete("--force").succeeds()
    let whole = (ContinuousClock.now - begin) / .milliseconds(1)
    for step in 0..<16 {
      let line = "create"
      let running = try container.command(line, global: Self.global).start()
      usleep(UInt32(whole * Double(step) / 14 * 1000))
      running.signal(SIGKILL)
      _ = running.wait()
      try container.delete("--force").succeeds()
      #expect(isGone(container), "after step \(step)")
      #expect(Leftovers(tag: runtime.tag, stateDirectory: runtime.root).isEmpty, "after step \(step)")
    }
  }
}
