import Foundation
import TestSupport
import Testing

/// Every test has a host of its own.
@Suite("bridge network", .serialized)
struct BridgeNetworkTests {
  @Test func `containers reach each other, the gateway and, translated, the outside`() throws {
    let lab = try NetworkLab()
    let (one, two) = (try lab.container(), try lab.container())
    let first = try lab.attach("one", one)
    let second = try lab.attach("two", two)
    let (addressOfOne, addressOfTwo) = (try lab.address(of: first), try lab.address(of: second))
    #expect(addressOfOne != addressOfTwo)
    let gateway = try #require(first["gateway"] as? String)

    let servers = [
      try lab.serve(one, 80, word: "one"), try lab.serve(two, 80, word: "two"),
      try lab.serve(lab.host, 80, word: "host"), try lab.serve(lab.outside, 80, word: "outside"),
      try lab.serve(lab.outside, 53, word: "outside", udp: true),
    ]
    #expect(try lab.ask(one, addressOfTwo, 80) == "two \(addressOfOne)")
    #expect(try lab.ask(two, addressOfOne, 80) == "one \(addressOfTwo)")
    #expect(try lab.ask(one, gateway, 80) == "host \(addressOfOne)")
    #expect(try lab.ask(lab.host, addressOfOne, 80) == "one \(gateway)")
    #expect(try lab.ask(one, "127.0.0.1", 80) == "one 127.0.0.1")
    #expect(try lab.ask(one, NetworkLab.outsideAddress, 80) == "outside \(NetworkLab.hostAddress)")
    #expect(try lab.ask(one, NetworkLab.outsideAddress, 53, udp: true) == "outside \(NetworkLab.hostAddress)")
    withExtendedLifetime(servers) {}
  }

  @Test func `forwarding is switched on once, and said`() throws {
    let lab = try NetworkLab()
    let (one, two) = (try lab.container(), try lab.container())
    let first = try #require(try lab.attach("one", one)["notices"] as? [String])
    #expect(first.contains { $0.hasPrefix("net.ipv4.ip_forward was 0 and is 1 now") }, "\(first)")
    let second = try #require(try lab.attach("two", two)["notices"] as? [String])
    #expect(!second.contains { $0.contains("ip_forward") }, "\(second)")
    #expect(try lab.shell(lab.host, "cat /proc/sys/net/ipv4/ip_forward") == "1\n")
    try lab.change("detach", "one").run().succeeds()
    try lab.change("detach", "two").run().succeeds()
    _ = try lab.collect()
    #expect(try lab.shell(lab.host, "cat /proc/sys/net/ipv4/ip_forward") == "0\n")
  }

  @Test func `forwarding stays as long as others may need it, but not between what was not connected`() throws
  {
    let lab = try NetworkLab()
    let before = try lab.rules()
    let (one, two, neighbour) = (try lab.container(), try lab.container(), try lab.container())
    try lab.shell(
      lab.host, "ip link add side0 type veth peer name eth0 netns /proc/\(neighbour.pid)/ns/net")
    try lab.attach("one", one)
    // Another program finds it switched on, and makes a bridge.
    try lab.shell(lab.host, "ip link add virbr0 type bridge")
    let outcome = try lab.change("collect").run().succeeds()
    #expect(outcome.errors.contains("stays 1, as virbr0 may need it"), "\(outcome)")
    #expect(try lab.devices() == ["side0", "virbr0"])
    let forwards = { try lab.shell(lab.host, "cat /proc/sys/net/ipv4/ip_forward") }
    #expect(try forwards() == "1\n")
    let closing = try lab.rules().split(separator: "\n").filter {
      $0.hasSuffix("drop") && $0.contains("side0")
    }
    #expect(closing.count == 1 && closing[0].contains("oifname") && closing[0].contains("up0"), "\(closing)")
    #expect(try lab.change("collect").run().succeeds().errors == "")
    // The next container finds all of it as it would be the first.
    let address = try lab.address(of: try lab.attach("two", two, "8080:80"))
    #expect(try lab.rules().contains(address))
    _ = try lab.collect()
    #expect(try forwards() == "1\n")
    try lab.shell(lab.host, "ip link delete virbr0")
    #expect(try lab.collect() == [])
    #expect(try forwards() == "0\n")
    #expect(try lab.rules() == before)
    #expect(File.names(in: lab.directory + "/state") == [])
  }

  @Test func `a host that was no router does not pass on between its own devices`() throws {
    let lab = try NetworkLab()
    let (container, neighbour) = (try lab.container(), try lab.container())
    try lab.shell(
      lab.host,
      """
      ip link add side0 type veth peer name eth0 netns /proc/\(neighbour.pid)/ns/net
      ip address add 192.168.78.1/24 dev side0; ip link set side0 up
      """)
    try lab.shell(
      neighbour,
      "ip address add 192.168.78.2/24 dev eth0; ip link set eth0 up; ip route add default via 192.168.78.1")
    try lab.shell(lab.outside, "ip route add 192.168.78.0/24 via \(NetworkLab.hostAddress)")
    let server = try lab.serve(lab.outside, 80, word: "outside")
    try lab.attach("one", container)
    #expect(try lab.ask(neighbour, NetworkLab.outsideAddress, 80, wait: 1) == "ETIMEDOUT")
    #expect(try lab.ask(container, NetworkLab.outsideAddress, 80) == "outside \(NetworkLab.hostAddress)")
    withExtendedLifetime(server) {}
  }

  @Test(arguments: ["nftables", "iptables", "iptables-legacy"])
  func `ports are published, tcp and udp, to the outside, the host and the container itself`(
    _ firewall: String
  ) throws {
    let lab = try NetworkLab(settings: #"{"firewall": "\#(firewall)"}"#)
    let (web, other) = (try lab.container(), try lab.container())
    let attachment = try lab.attach(
      "web", web, "8080:80", "5353:53/udp", "127.0.0.1:8081:80", "9000-9002:90-92")
    try lab.attach("other", other)
    let gateway = try #require(attachment["gateway"] as? String)
    let servers = [
      try lab.serve(web, 80, word: "web"), try lab.serve(web, 53, word: "names", udp: true),
      try lab.serve(web, 92, word: "last"),
    ]
    #expect(try lab.ask(lab.outside, NetworkLab.hostAddress, 8080) == "web \(NetworkLab.outsideAddress)")
    #expect(
      try lab.ask(lab.outside, NetworkLab.hostAddress, 5353, udp: true)
        == "names \(NetworkLab.outsideAddress)")
    #expect(try lab.ask(lab.outside, NetworkLab.hostAddress, 9002) == "last \(NetworkLab.outsideAddress)")
    #expect(try lab.ask(lab.outside, NetworkLab.hostAddress, 8081) == "ECONNREFUSED")
    // From the host: by any of its addresses, also 127.0.0.1.
    #expect(try lab.ask(lab.host, NetworkLab.hostAddress, 8080).hasPrefix("web"))
    #expect(try lab.ask(lab.host, "127.0.0.1", 8080) == "web \(gateway)")
    #expect(try lab.ask(lab.host, "127.0.0.1", 8081) == "web \(gateway)")
    #expect(try lab.ask(lab.host, "127.0.0.1", 5353, udp: true) == "names \(gateway)")
    // From containers: the published one itself, too.
    #expect(try lab.ask(other, NetworkLab.hostAddress, 8080).hasPrefix("web"))
    #expect(try lab.ask(web, NetworkLab.hostAddress, 8080).hasPrefix("web"))
    #expect(try lab.ask(web, gateway, 8080).hasPrefix("web"))

    try lab.change("detach", "web").run().succeeds()
    #expect(try lab.ask(lab.host, "127.0.0.1", 8080) == "ECONNREFUSED")
    #expect(try lab.ask(lab.outside, NetworkLab.hostAddress, 8080) == "ECONNREFUSED")
    try lab.change("detach", "other").run().succeeds()
    _ = try lab.collect()
    #expect(!(try lab.rules()).contains("swbox0"))
    withExtendedLifetime(servers) {}
  }

  @Test(arguments: ["nftables", "iptables"])
  func `what is not published cannot be reached, nor the host's 127.0.0.1 from containers`(
    _ firewall: String
  ) throws {
    let lab = try NetworkLab(settings: #"{"firewall": "\#(firewall)"}"#)
    let container = try lab.container()
    let attachment = try lab.attach("one", container, "8080:80")
    let address = try lab.address(of: attachment)
    let gateway = try #require(attachment["gateway"] as? String)
    let servers = [
      try lab.serve(container, 81, word: "secret"),
      try lab.serve(lab.host, 7000, word: "local", address: "127.0.0.1"),
      try lab.serve(lab.host, 7001, word: "open"),
    ]
    try lab.shell(lab.outside, "ip route add \(gateway)/32 via \(NetworkLab.hostAddress)")
    try lab.shell(lab.outside, "ip route add \(address)/32 via \(NetworkLab.hostAddress)")
    #expect(try lab.ask(lab.outside, address, 81, wait: 1) == "ETIMEDOUT")
    // The other way round works, so that the refusal is the filter's.
    #expect(try lab.ask(container, gateway, 7001) == "open \(address)")
    try lab.shell(
      container,
      "echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet; ip address flush dev lo; "
        + "ip route add 127.0.0.0/8 via \(gateway)")
    #expect(try lab.ask(container, "127.0.0.1", 7000, wait: 1) == "ETIMEDOUT")
    // Nor from an address that is not the network's.
    try lab.shell(
      container,
      "ip address add 203.0.113.9/32 dev eth0; ip route replace \(gateway) dev eth0 src 203.0.113.9")
    try lab.shell(lab.host, "ip route add 203.0.113.9 dev swbox0")
    #expect(try lab.ask(container, gateway, 7001, wait: 1) == "ETIMEDOUT")
    withExtendedLifetime(servers) {}
  }

  @Test func `a port that another has is refused by its number`() throws {
    let lab = try NetworkLab()
    let (one, two) = (try lab.container(), try lab.container())
    let server = try lab.serve(lab.host, 8443, word: "host")
    try lab.attach("one", one, "8000-8010:8000-8010", "127.0.0.1:7000:70")
    func refused(_ ports: String..., saying text: String, sourceLocation: SourceLocation = #_sourceLocation)
      throws
    {
      var command = lab.change("attach", "two", "\(two.pid)")
      command.arguments += ports
      try command.run().fails(saying: "invalidArgument", text, sourceLocation: sourceLocation)
    }
    try refused("8005:80", saying: "port 8005/tcp of the host leads to container one already")
    try refused("7000:80", saying: "port 7000/tcp of the host leads to container one already")
    try refused("8443:80", saying: "port 8443/tcp of the host is in use by a program of the host")
    try refused("8440-8450:80-90", saying: "port 8443/tcp")
    try refused("90:80", "90:81", saying: "port 90/tcp of the host is published twice")
    try refused("203.0.113.7:90:80", saying: "the host does not have this address")
    // What was refused left nothing, and what collides with nothing works.
    #expect(try lab.devices().count == 2)
    try lab.attach("two", two, "8005:80/udp", "\(NetworkLab.hostAddress):7000:70", "8443:80/udp")
    withExtendedLifetime(server) {}
  }

  @Test func `a container that is gone leaves its address and ports to the next`() throws {
    let lab = try NetworkLab()
    var former: NamespaceHolder? = try lab.container()
    let address = try lab.address(of: try lab.attach("one", try #require(former), "8080:80"))
    former = nil
    #expect(eventually { (try? lab.devices()) == ["swbox0"] })
    let next = try lab.container()
    let attachment = try lab.attach("two", next, "8080:80")
    #expect(try lab.address(of: attachment) == address)
    let server = try lab.serve(next, 80, word: "two")
    #expect(try lab.ask(lab.host, "127.0.0.1", 8080).hasPrefix("two"))
    withExtendedLifetime(server) {}
  }

  @Test func `eight at once get eight addresses, and all leave nothing`() throws {
    let lab = try NetworkLab()
    let before = try lab.rules()
    let containers = try (0..<8).map { _ in try lab.container() }
    let started = try containers.enumerated().map { number, container in
      try lab.change("attach", "c\(number)", "\(container.pid)", "\(8100 + number):80").start()
    }
    let outcomes = started.map { $0.wait() }
    var addresses: Set<String> = []
    for outcome in outcomes {
      outcome.succeeds()
      let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      addresses.insert(try #require(json?["address"] as? String))
    }
    #expect(addresses.count == 8)
    #expect(try lab.devices().count == 9)
    let servers = try containers.enumerated().map { try lab.serve($1, 80, word: "c\($0)") }
    for number in 0..<8 {
      #expect(try lab.ask(lab.outside, NetworkLab.hostAddress, 8100 + number).hasPrefix("c\(number)"))
    }
    let ends = try (0..<8).map { try lab.change("detach", "c\($0)").start() }
    for end in ends { end.wait().succeeds() }
    #expect(try lab.devices() == ["swbox0"])
    #expect(try lab.collect(isDryRun: true) == ["bridge swbox0"])
    #expect(try lab.devices() == ["swbox0"])
    #expect(try lab.collect() == ["bridge swbox0"])
    #expect(try lab.devices() == [])
    #expect(try lab.rules() == before)
    #expect(File.names(in: lab.directory + "/state") == [])
    #expect(try lab.collect() == [])
    withExtendedLifetime(servers) {}
  }

  @Test func `killed at any moment, the next attach works and collect leaves nothing`() throws {
    let lab = try NetworkLab()
    let before = try lab.rules()
    for round in 0..<40 {
      let container = try lab.container()
      let attaching = try lab.change("attach", "c\(round)", "\(container.pid)", "8080:80").start()
      usleep(UInt32(round) * 700)
      attaching.signal(SIGKILL)
      attaching.wait()
      if round % 3 == 2 { _ = try lab.collect(keeping: "c\(round)") }
      // The same container again, or another one in its place.
      let name = round % 2 == 0 ? "c\(round)" : "d\(round)"
      if name.hasPrefix("d") { try lab.change("detach", "c\(round)").run().succeeds() }
      let address = try lab.address(of: try lab.attach(name, container, "8080:80"))
      #expect(!address.isEmpty)
      let detaching = try lab.change("detach", name).start()
      usleep(UInt32(round) * 500)
      detaching.signal(SIGKILL)
      detaching.wait()
      try lab.change("detach", name).run().succeeds()
    }
    _ = try lab.collect()
    #expect(try lab.devices() == [])
    #expect(try lab.rules() == before)
  }

  @Test func `owners do not collect each other's containers`() throws {
    let lab = try NetworkLab()
    let (one, two) = (try lab.container(), try lab.container())
    try lab.attach("same", one)
    try lab.attach("same", two, owner: "others")
    #expect(try lab.devices().count == 3)
    #expect(try lab.collect() == ["container same"])
    #expect(try lab.devices().count == 2)
    try lab.change(owner: "others", "detach", "same").run().succeeds()
    #expect(try lab.collect() == ["bridge swbox0"])
  }

  @Test func `rules of the host stay, and ours come back when somebody removed them`() throws {
    let lab = try NetworkLab()
    try lab.shell(
      lab.host,
      "nft add table inet mine; nft add chain inet mine c; nft add rule inet mine c counter; "
        + "iptables -t nat -A POSTROUTING -s 198.51.100.0/24 -j ACCEPT")
    let before = try lab.rules()
    let (one, two) = (try lab.container(), try lab.container())
    try lab.attach("one", one, "8080:80")
    let server = try lab.serve(one, 80, word: "one")
    try lab.shell(lab.host, "nft delete table ip swbox0")
    #expect(try lab.ask(lab.host, "127.0.0.1", 8080) == "ECONNREFUSED")
    try lab.attach("two", two)
    #expect(try lab.ask(lab.host, "127.0.0.1", 8080).hasPrefix("one"))
    _ = try lab.collect()
    #expect(try lab.rules() == before)
    withExtendedLifetime(server) {}
  }

  @Test func `the subnet keeps out of the host's routes, and the MTU is the uplink's`() throws {
    let lab = try NetworkLab()
    try lab.shell(
      lab.host, "ip route add 10.213.0.0/16 via \(NetworkLab.outsideAddress); ip link set up0 mtu 1400")
    let container = try lab.container()
    let attachment = try lab.attach("one", container)
    #expect(attachment["subnet"] as? String == "10.214.0.0/22")
    #expect(
      try lab.shell(container, "cat /sys/class/net/eth0/mtu 2>/dev/null || ip link show eth0").contains(
        "1400"))
  }

  @Test func `settings are obeyed, and refused by their names`() throws {
    let lab = try NetworkLab(
      settings: #"{"bridge": "br7", "subnet": "10.7.7.0/30", "mtu": 1280, "nameServers": ["192.0.2.53"]}"#)
    let (one, two) = (try lab.container(), try lab.container())
    let attachment = try lab.attach("one", one)
    #expect(attachment["address"] as? String == "10.7.7.2")
    #expect(try lab.shell(one, "ip link show eth0").contains("mtu 1280"))
    #expect(
      (attachment["resolver"] as? String)?.hasSuffix("nameserver 192.0.2.53\n") == true, "\(attachment)")
    try lab.change("attach", "two", "\(two.pid)").run().fails(
      saying: "all 1 addresses of 10.7.7.0/30 are taken")
    for (settings, words) in [
      (#"{"bridge": "a b"}"#, "\"bridge\""), (#"{"subnet": "127.0.0.0/8"}"#, "\"subnet\""),
      (#"{"subnet": "10.0.0.1/24"}"#, "/subnet"), (#"{"mtu": 1}"#, "\"mtu\""),
      (
        #"{"bridge": "br8", "subnet": "192.168.77.128/25"}"#,
        "the host has a route to 192.168.77.0/24 already"
      ),
      (#"{"bridge": "up0"}"#, "up0 is no bridge"), ("{", "settings.json"),
    ] {
      try File.write(settings, to: lab.directory + "/settings.json")
      try lab.change("attach", "two", "\(two.pid)").run().fails(saying: words)
    }
  }

  @Test func `a process without a network of its own is refused, and one that is gone`() throws {
    let lab = try NetworkLab()
    try lab.change("attach", "one", "\(lab.host.pid)").run().fails(saying: "has no network of its own")
    try lab.change("attach", "one", "2147483647").run().fails(saying: "notRunning", "is gone")
    let container = try lab.container()
    try lab.shell(container, "ip link add eth0 type veth peer name eth1")
    try lab.change("attach", "one", "\(container.pid)").run().fails(saying: "eth0")
    #expect(try lab.devices() == ["swbox0"])
  }
}
