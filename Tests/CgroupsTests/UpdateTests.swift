import LinuxKernel
import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import Cgroups

@Suite("putting settings back")
struct FormerSettingTests {
  private func former(_ setting: Setting, _ text: String, file: String? = nil) -> String? {
    setting.former(in: file ?? setting.file, text: text)?.value
  }

  @Test func `a file with one value says it`() {
    let shares = Setting(.cpu, "cpu.shares", "99", "cpu.shares")
    #expect(former(shares, "1024\n") == "1024")
    #expect(former(shares, "") == nil)
    #expect(former(Setting(.cpuset, "cpuset.cpus", "1", "cpu.cpus"), "0-3,7\n") == "0-3,7")
  }

  @Test func `the file that was written is the one that is written back`() throws {
    let weight = Setting(.blkio, "blkio.weight", "99", "blockIO.weight", alternative: "blkio.bfq.weight")
    let former = try #require(weight.former(in: "blkio.bfq.weight", text: "100\n"))
    #expect(former.file == "blkio.bfq.weight" && former.alternative == nil && former.value == "100")
  }

  @Test func `a line about the same device or interface, or no limit`() {
    let rate = Setting(.blkio, "blkio.throttle.read_bps_device", "8:0 99", "blockIO.throttleReadBpsDevice")
    #expect(former(rate, "8:16 5\n8:0 1048576\n") == "8:0 1048576")
    #expect(former(rate, "8:01 5\n") == "8:0 0")
    #expect(former(rate, "") == "8:0 0")
    let priority = Setting(.networkPriority, "net_prio.ifpriomap", "eth0 5", "network.priorities")
    #expect(former(priority, "lo 0\neth0 3\n") == "eth0 3")
  }

  @Test func `the killer's switch is one of several lines`() {
    let killer = Setting(.memory, "memory.oom_control", "1", "memory.disableOOMKiller")
    #expect(former(killer, "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n") == "0")
    #expect(former(killer, "under_oom 0\n") == nil)
  }
}

@Suite("changes of device lists")
struct DeviceChangeTests {
  private func list(_ text: String) -> DeviceList { DeviceList(listing: text) }

  @Test func `what the kernel lists is read`() throws {
    let rules = try DeviceList(DeviceRules(nil))
    let text = rules.exceptions.map(\.text).joined(separator: "\n")
    #expect(list(text) == rules)
    #expect(list("a *:* rwm").allowsAll && list("a *:* rwm").exceptions.isEmpty)
    #expect(list("odd\nc 1 r\n\n") == list(""))
  }

  @Test func `only the difference is written, what is allowed first`() {
    let present = list("c 1:3 rwm\nc 1:11 r\nb 8:0 rw\nc 5:* m")
    let wanted = list("c 1:3 rwm\nc 1:11 rw\nb *:* m\nc 5:* rm")
    let changes = present.changes(to: wanted)
    #expect(
      changes?.map { "\($0.file) \($0.exception.text)" } == [
        "devices.allow c 1:11 w", "devices.allow b *:* m", "devices.allow c 5:* r", "devices.deny b 8:0 rw",
      ])
    #expect(present.changes(to: present) == [])
    #expect(changes?.first?.opposite.file == "devices.deny")
  }

  @Test func `a list that allows all, or is to, is written anew`() {
    #expect(list("a *:* rwm").changes(to: list("c 1:3 r")) == nil)
    #expect(list("c 1:3 r").changes(to: list("a *:* rwm")) == nil)
  }
}

extension HostTests {
  @Suite struct Updates {
    @Test func `after a refusal everything is as before`() throws {
      let sandbox = try Sandbox()
      var resources = Resources()
      resources.memory = MemoryResources()
      resources.memory?.limit = 64 << 20
      resources.memory?.swap = 64 << 20
      resources.pids = PidsResources(limit: 9)
      let manager = try sandbox.create("", resources)
      resources.memory?.limit = 128 << 20
      resources.memory?.swap = 256 << 20
      resources.pids = PidsResources(limit: 99)
      resources.cpu = CPUResources()
      resources.cpu?.cpus = "511"
      #expect(throws: RuntimeError.self) { try manager.update(resources) }
      #expect(try sandbox.read(.memory, "memory.limit_in_bytes") == "\(64 << 20)")
      #expect(try sandbox.read(.memory, "memory.memsw.limit_in_bytes") == "\(64 << 20)")
      #expect(try sandbox.read(.pids, "pids.max") == "9")
    }

    @Test func `device rules that are refused in the middle are put back`() throws {
      let sandbox = try Sandbox()
      // The parent has no more than the default devices and one disk.
      var disk = DeviceRule(allow: true, access: "rw")
      (disk.type, disk.major, disk.minor) = (.block, 8, 20)
      var resources = Resources()
      resources.devices = [DeviceRule(allow: false), disk]
      _ = try sandbox.create("", resources)
      resources.devices = [DeviceRule(allow: false)]
      let child = try sandbox.create("/child", resources)
      let before = try sandbox.read(.devices, "devices.list", below: "/child")
      var other = disk
      other.minor = 21
      resources.devices = [DeviceRule(allow: false), disk, other]
      #expect {
        try child.update(resources)
      } throws: {
        "\($0)".contains("/linux/resources/devices") && "\($0)".contains("devices.allow 'b 8:21 rw'")
      }
      #expect(try sandbox.read(.devices, "devices.list", below: "/child") == before)
      resources.devices?.removeLast()
      try child.update(resources)
      #expect(try sandbox.read(.devices, "devices.list", below: "/child") == before + "\nb 8:20 rw")
    }
  }
}
