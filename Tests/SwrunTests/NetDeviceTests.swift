import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// A network namespace that stands for the host's, with whatever devices a test makes there.
private final class NetworkHost {
  private let holder: NamespaceHolder

  init() throws { holder = try NamespaceHolder(.network) }

  /// The file to join it by.
  var path: String { holder.path(.network) }

  /// The same command with this network as the host's.
  func command(_ command: Command) -> Command {
    var command = command
    command.arguments = ["--net=\(path)", command.program] + command.arguments
    command.program = "nsenter"
    return command
  }

  /// `ip` with arguments separated by spaces.
  func ip(_ arguments: String) throws -> Outcome {
    try command(Command("ip", arguments.split(separator: " ").map(String.init))).run()
  }

  /// A pair of devices.
  func addPair(_ name: String, peer: String) throws {
    try ip("link add \(name) type veth peer name \(peer)").succeeds()
  }

  /// All devices with their settings, and their addresses but those that the kernel makes.
  func description() throws -> [String] {
    let links = try ip("-o -details link").succeeds().lines
    let addresses = try ip("-o address show scope global").succeeds().lines
    return links + addresses
  }

  /// The names of all devices but the loopback device.
  func devices() throws -> [String] { try NetworkHost.devices(in: path) }

  /// The names of all devices in a network namespace but the loopback device.
  static func devices(in path: String) throws -> [String] {
    let lines = try Command("nsenter", ["--net=\(path)", "ip", "-o", "link"]).run().succeeds().lines
    let names = lines.compactMap { line in
      line.split(separator: " ").dropFirst().first?.prefix { $0 != ":" && $0 != "@" }
    }
    return names.map(String.init).filter { $0 != "lo" }.sorted()
  }
}

/// Spec: config-linux.md#network-devices
@Suite("network devices")
struct NetDeviceTests {
  let runtime = Runtime()
  private let host: NetworkHost

  init() throws { host = try NetworkHost() }

  private func container(
    _ devices: [String: String?], _ configure: (inout Config) -> Void = { $0.wait() }
  ) throws -> Container {
    try runtime.container { config in
      config.changeLinux { $0.netDevices = devices.mapValues { NetDevice(name: $0) } }
      configure(&config)
    }
  }

  private func create(_ container: Container) throws -> Outcome {
    try host.command(container.command("create")).run()
  }

  /// `ip` in the container's network.
  private func ip(_ container: Container, _ arguments: String...) throws -> Outcome {
    let network = "--net=/proc/\(try container.report().pid)/ns/net"
    return try Command("nsenter", [network, "ip"] + arguments).run()
  }

  private func devices(_ container: Container) throws -> [String] {
    try NetworkHost.devices(in: "/proc/\(container.report().pid)/ns/net")
  }

  @Test("a device is moved and set up, is gone outside, and ends with the container")
  func moved() throws {
    try host.addPair("a0", peer: "b0")
    let container = try container(["a0": nil])
    try create(container).succeeds()
    #expect(try host.devices() == ["b0"])
    #expect(try devices(container) == ["a0"])
    let link = try ip(container, "-o", "link", "show", "a0").succeeds().output
    let flags = link.split(separator: "<").last?.prefix { $0 != ">" }.split(separator: ",") ?? []
    #expect(flags.contains("UP"), "\(link)")
    try container.start().succeeds()
    try container.remove()
    #expect(try eventually { try host.devices() == [] })
  }

  @Test("the program sees its device under the new name")
  func seenByProgram() throws {
    try host.addPair("a0", peer: "b0")
    let container = try container(["a0": "eth0"]) { $0.shell("cat /proc/net/dev; ls /sys/class/net") }
    let outcome = try host.command(container.command("run")).run().succeeds()
    #expect(outcome.lines.contains("eth0"))
    #expect(!outcome.output.contains("a0"))
  }

  @Test("a renamed device keeps its global addresses and its MTU, and labels follow the name")
  func addresses() throws {
    try host.addPair("a0", peer: "b0")
    try host.ip("link set a0 mtu 1432").succeeds()
    for address in ["10.7.0.2/24", "10.7.0.3/24", "10.8.0.2/16 label a0:two", "fd00:7::2/64 nodad"] {
      try host.ip("addr add \(address) dev a0").succeeds()
    }
    try host.ip("addr add 10.9.0.1/24 dev a0 scope link").succeeds()
    try host.ip("addr add 10.10.0.1/24 dev a0 valid_lft 900 preferred_lft 900").succeeds()
    let container = try container(["a0": "eth0"])
    try create(container).succeeds()

    let lines = try ip(container, "-o", "addr", "show", "eth0").succeeds().lines
    func line(_ address: String) -> String { lines.first { $0.contains(" \(address) ") } ?? "no \(address)" }
    #expect(line("10.7.0.2/24").contains("scope global eth0\\"), "\(lines)")
    #expect(line("10.7.0.3/24").contains("scope global secondary eth0\\"), "\(lines)")
    #expect(line("10.8.0.2/16").contains("scope global eth0:two\\"), "\(lines)")
    #expect(line("fd00:7::2/64").contains("scope global"), "\(lines)")
    #expect(!lines.contains { $0.contains("10.9.0.1") || $0.contains("10.10.0.1") }, "\(lines)")
    #expect(try ip(container, "-o", "link", "show", "eth0").output.contains(" mtu 1432 "))
    try container.remove()
  }

  @Test("a template gets the first free number, after the devices with whole names")
  func template() throws {
    try host.addPair("a0", peer: "b0")
    try host.addPair("c0", peer: "d0")
    let container = try container(["a0": "eth%d", "b0": "eth%d", "c0": "eth0"])
    try create(container).succeeds()
    #expect(try host.devices() == ["d0"])
    #expect(try devices(container) == ["eth0", "eth1", "eth2"])
    try container.remove()
  }

  @Test("a device moves into the network of a container with a user namespace")
  func userNamespace() throws {
    try host.addPair("a0", peer: "b0")
    try host.ip("addr add 10.7.0.2/24 dev a0").succeeds()
    let container = try container(["a0": "eth0"]) { config in
      config.wait()
      config.useUserNamespace()
    }
    chmod(container.bundle.inside(""), 0o755)
    try create(container).succeeds()
    #expect(try ip(container, "-o", "addr", "show", "eth0").succeeds().output.contains("10.7.0.2/24"))
    try container.remove()
  }

  @Test("a missing device is an error, and the good one beside it stays outside")
  func missing() throws {
    try host.addPair("a0", peer: "b0")
    let container = try container(["a0": nil, "nosuch": nil])
    try create(container).fails(saying: "/linux/netDevices/nosuch", "no such device")
    #expect(try host.devices() == ["a0", "b0"])
    #expect(File.names(in: runtime.root) == [])
  }

  @Test("the loopback device is refused", arguments: ["lo", "eth0"])
  func loopback(_ name: String) throws {
    let container = try container(["lo": name])
    try create(container).fails(saying: "/linux/netDevices/lo", "loopback")
    #expect(File.names(in: runtime.root) == [])
  }

  @Test("another name of a device is refused, with the name that it has")
  func alternativeName() throws {
    try host.addPair("a0", peer: "b0")
    try host.ip("link property add dev a0 altname other0").succeeds()
    try create(container(["other0": nil])).fails(saying: "/linux/netDevices/other0", "\"a0\"")
    #expect(try host.devices() == ["a0", "b0"])
  }

  @Test("a name that is taken in a joined network is an error, and the device stays outside")
  func nameTaken() throws {
    let joined = try NetworkHost()
    try joined.addPair("eth0", peer: "x0")
    try host.addPair("a0", peer: "b0")
    let container = try container(["a0": "eth0"]) { config in
      config.wait()
      config.setNamespace(.network, path: joined.path)
    }
    try create(container).fails(saying: "/linux/netDevices/a0", "\"eth0\" already")
    #expect(try host.devices() == ["a0", "b0"])
    #expect(try joined.devices() == ["eth0", "x0"])
    #expect(File.names(in: runtime.root) == [])
  }

  @Test("a device stays in a joined network, whose other devices may have its number")
  func joined() throws {
    let joined = try NetworkHost()
    try joined.addPair("eth0", peer: "x0")
    try host.addPair("a0", peer: "b0")
    let container = try container(["a0": "eth%d"]) { config in
      config.wait()
      config.setNamespace(.network, path: joined.path)
    }
    try create(container).succeeds()
    #expect(try joined.devices() == ["eth0", "eth1", "x0"])
    try container.remove()
    #expect(try joined.devices() == ["eth0", "eth1", "x0"])
    #expect(try host.devices() == ["b0"])
  }

  @Test("the runtime's own network is refused as the container's", arguments: [true, false])
  func ownNetwork(_ isInherited: Bool) throws {
    try host.addPair("a0", peer: "b0")
    let container = try container(["a0": "eth0"]) { config in
      if isInherited {
        config.removeNamespace(.network)
      } else {
        config.setNamespace(.network, path: host.path)
      }
    }
    try create(container).fails(saying: isInherited ? "/linux/namespaces" : "/linux/netDevices", "network")
    #expect(try host.devices() == ["a0", "b0"])
  }

  @Test("what fails before the hooks leaves a device outside", arguments: [false, true])
  func failureBeforeMove(_ isJoined: Bool) throws {
    let joined = try NetworkHost()
    let causes: [(inout Config) -> Void] = [
      { $0.bind("/nosuch/source", "/tmp") },
      { $0.addMount("/tmp", "nosuchfs", "x") },
      {
        $0.changeLinux {
          $0.resources?.memory = MemoryResources()
          $0.resources?.memory?.limit = 1
        }
      },
    ]
    for cause in causes {
      try host.addPair("a0", peer: "b0")
      let container = try container(["a0": "eth0"]) { config in
        config.wait()
        if isJoined { config.setNamespace(.network, path: joined.path) }
        cause(&config)
      }
      let outcome = try create(container)
      #expect(outcome.status == 1, "\(outcome)")
      #expect(try host.devices() == ["a0", "b0"], "\(outcome)")
      #expect(try joined.devices() == [])
      try host.ip("link delete a0").succeeds()
      try FileManager.default.removeItem(atPath: container.bundle.path)
    }
  }

  @Test("create that fails after the move gives a device back as it was", arguments: [false, true])
  func failureAfterMove(_ isJoined: Bool) throws {
    let joined = try NetworkHost()
    if isJoined { try joined.addPair("x0", peer: "x1") }
    try host.addPair("a0", peer: "b0")
    try host.ip("link set a0 up mtu 1400 alias uplink").succeeds()
    for address in ["10.1.0.1/24", "10.1.0.2/24", "fd00::1/64"] {
      try host.ip("address add \(address) dev a0 \(address.contains(":") ? "nodad" : "")").succeeds()
    }
    try host.addPair("c0", peer: "d0")
    let former = try host.description()
    let causes: [(inout Config) -> Void] = [
      { $0.run("/nosuch") },
      { $0.changeLinux { $0.sysctl = ["net.nosuch": "1"] } },
      { $0.hooks = hooks(.createRuntime, "exit 1") },
      { $0.hooks = hooks(.createContainer, "ip link show eth0 || exit 2; exit 1") },
    ]
    for cause in causes {
      let container = try container(["a0": "eth0", "c0": "eth%d"]) { config in
        config.wait()
        if isJoined { config.setNamespace(.network, path: joined.path) }
        cause(&config)
      }
      let outcome = try create(container)
      #expect(outcome.status == 1 && !outcome.errors.contains("warning"), "\(outcome)")
      #expect(try container.status() == "gone")
      #expect(try host.description() == former, "\(outcome)")
      #expect(try joined.devices() == (isJoined ? ["x0", "x1"] : []))
      try FileManager.default.removeItem(atPath: container.bundle.path)
    }
  }

  @Test("a device whose former name was taken meanwhile is given back under another, with a warning")
  func formerNameTaken() throws {
    let joined = try NetworkHost()
    try host.addPair("a0", peer: "b0")
    let container = try container(["a0": "eth0"]) { config in
      config.wait()
      config.setNamespace(.network, path: joined.path)
      config.hooks = hooks(.createRuntime, "ip link add a0 type veth peer name c0; exit 1")
    }
    let outcome = try create(container)
    outcome.fails(saying: "/hooks/createRuntime/0", "/linux/netDevices/a0", "the device was given back as")
    #expect(try container.status() == "gone")
    #expect(try joined.devices() == [])
    #expect(try host.devices() == ["a0", "a0_0", "b0", "c0"])
  }

  @Test(
    "without resctrl intelRdt is an error that leaves nothing",
    .disabled(if: File.text("/proc/self/mountinfo").contains(" - resctrl "), "resctrl is mounted here")
  )
  func resctrl() throws {
    let container = try runtime.container { config in
      config.wait()
      config.changeLinux { linux in
        var settings = IntelRdt()
        settings.closID = "gold"
        linux.intelRdt = settings
      }
    }
    try container.create().fails(saying: "/linux/intelRdt", "resctrl is not mounted")
    #expect(File.names(in: runtime.root) == [])
    #expect(Leftovers(tag: runtime.tag).cgroups == [])
  }
}
