internal import JSON
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// The bridge: found, or made with a subnet that nothing else has.
struct Bridge {
  let link: NetworkLink
  let subnet: IPv4Subnet

  /// Those that people are least likely to have: /22 has room for as many containers as a bridge has ports.
  private static let usualSubnets: [IPv4Subnet] =
    (213..<223).flatMap { second in
      [0, 64, 128, 192].compactMap { IPv4Subnet("10.\(second).\($0).0/22") }
    } + (16..<32).reversed().compactMap { IPv4Subnet("172.\($0).252.0/22") }
    + [IPv4Subnet("192.168.216.0/22")].compactMap(\.self)

  /// The bridge of a name, if there is one.
  ///
  /// - Throws: `invalidState` if another kind of device has the name.
  static func find(_ name: String, among links: [NetworkLink]) throws(RuntimeError) -> NetworkLink? {
    guard let link = links.first(where: { $0.name == name }) else { return nil }
    guard link.kind == "bridge" else {
      throw RuntimeError(
        .invalidState, "the device \(name) is no bridge", hint: "the network settings can name another one")
    }
    return link
  }

  /// The subnet of a bridge that somebody else made, from its first address.
  static func subnet(of link: NetworkLink, _ socket: NetlinkSocket) throws(RuntimeError) -> IPv4Subnet? {
    for address in try socket.addresses(of: link) {
      guard let bytes = address.local, let first = IPv4Address(bytes: bytes) else { continue }
      let subnet = IPv4Subnet(containing: first, prefixLength: address.prefixLength)
      guard subnet.gateway == first, subnet.prefixLength <= 30 else {
        throw RuntimeError(
          .invalidState, "the bridge \(link.name) has the address \(address.text), not the first of a subnet",
          hint: "the network settings can name another one")
      }
      return subnet
    }
    return nil
  }

  /// The subnet that was asked for, or the first usual one that no route leads to.
  ///
  /// - Parameters:
  ///   - routes: The host's.
  static func chooseSubnet(
    _ settings: NetworkSettings, beside routes: [NetworkRoute]
  ) throws(RuntimeError) -> IPv4Subnet {
    let taken = routes.compactMap { route in
      route.prefixLength == 0
        ? nil
        : IPv4Address(bytes: route.destination).map {
          IPv4Subnet(containing: $0, prefixLength: route.prefixLength)
        }
    }
    if let wanted = settings.subnet {
      guard let other = taken.first(where: wanted.overlaps) else { return wanted }
      throw RuntimeError(
        .invalidArgument, "network setting \"subnet\": \(wanted): the host has a route to \(other) already")
    }
    let free = usualSubnets.first { subnet in !taken.contains(where: subnet.overlaps) }
    guard let free else {
      throw RuntimeError(
        .unsupported, "the host has routes to all private subnets that are usually free",
        hint: "set \"subnet\" in the network settings")
    }
    return free
  }

  /// The largest packet that goes everywhere: that of the device with the default route.
  static func usualMTU(_ routes: [NetworkRoute], _ links: [NetworkLink]) -> UInt32 {
    let route = routes.first { $0.prefixLength == 0 && $0.table != NetworkRoute.localTable }
    return links.first { $0.index == route?.index }?.mtu ?? 1500
  }

  /// A hardware address that follows from the address, so that a neighbour's memory of it stays right.
  static func hardwareAddress(_ address: IPv4Address) -> [UInt8] { [0x02, 0x5b] + address.bytes }

  /// Makes the bridge and sets it up.
  static func make(
    _ name: String, _ subnet: IPv4Subnet, mtu: UInt32, _ socket: NetlinkSocket
  ) throws(RuntimeError) -> NetworkLink {
    do throws(RuntimeError) {
      try socket.addBridge(name, hardwareAddress: hardwareAddress(subnet.gateway), mtu: mtu)
    } catch let error where error.errno == .notSupported {
      throw error.coded(.unsupported).hinting(
        "the kernel has no bridges: CONFIG_BRIDGE, or the module bridge")
    }
    guard let link = try socket.link(named: name) else {
      throw RuntimeError(.systemCall, "the bridge \(name) is gone after it was made")
    }
    return link
  }

  /// Gives the bridge its address and settings, as far as they are missing.
  static func complete(
    _ link: NetworkLink, _ subnet: IPv4Subnet, _ socket: NetlinkSocket
  ) throws(RuntimeError) {
    // Containers have IPv4 only. With IPv6 the host would believe any container that says it is a router.
    try? KernelParameter.write("1", to: "net/ipv6/conf/\(link.name)/disable_ipv6")
    // Published ports can be reached over 127.0.0.1; the filters keep containers from sending there.
    try KernelParameter.write("1", to: "net/ipv4/conf/\(link.name)/route_localnet")
    if try Bridge.subnet(of: link, socket) == nil {
      try socket.add(
        NetworkAddress(
          ipv4: subnet.gateway.bytes, broadcast: subnet.broadcast.bytes, prefixLength: subnet.prefixLength,
          index: link.index))
    }
    if !link.isUp { try socket.bringUp(link.index) }
  }
}

/// Parameters of this network namespace. proc_sys_net(5)
enum KernelParameter {
  static func read(_ path: String) throws(RuntimeError) -> String {
    try Kernel.readControl("/proc/sys/\(path)")
  }

  static func write(_ value: String, to path: String) throws(RuntimeError) {
    if try read(path) != value { try Kernel.writeText(value, to: "/proc/sys/\(path)") }
  }
}
