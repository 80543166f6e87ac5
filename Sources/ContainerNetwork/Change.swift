internal import JSON
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// One change to a bridge, alone: the state's lock is held from the beginning to the end.
final class Change {
  let settings: NetworkSettings
  private let owner: String
  private let file: StateFile
  let socket: NetlinkSocket
  private(set) var state: NetworkState
  private(set) var links: [NetworkLink]

  init(_ settings: NetworkSettings, owner: String, directory: String) throws(RuntimeError) {
    self.settings = settings
    self.owner = owner
    file = try StateFile(settings.bridge, in: directory)
    socket = try NetlinkSocket()
    state = try file.read()
    links = try socket.links()
  }

  // MARK: Containers

  /// Gives a container a lease, and makes it true.
  func attach(
    _ container: String, to end: ContainerEnd, _ ports: [PublishedPort]
  ) throws(RuntimeError) -> ContainerAddress {
    try forget { $0.owner == owner && $0.container == container || !hasDevice($0) }
    try checkPorts(ports, among: state.leases)
    var notices: [String] = []
    let (bridge, subnet) = try prepareBridge()
    let lease = Lease(
      owner: owner, container: container, address: try freeAddress(in: subnet), ports: ports)
    let subject = NetworkAddressing(lease: lease, subnet: subnet, bridge: bridge)
    state.leases.append(lease)
    if !ports.isEmpty { state.hasOutdatedRules = true }
    try file.write(state)
    do throws(RuntimeError) {
      try connect(subject, to: end)
      if let notice = try startForwarding() { notices.append(notice) }
      try putRules()
    } catch {
      // What cannot be taken back now is taken back by whoever comes next.
      try? detach { $0 == lease }
      throw error
    }
    if let notice = settings.resolverNotice { notices.append(notice) }
    return ContainerAddress(address: lease.address, subnet: subnet, notices: notices)
  }

  /// Takes leases away, with their devices and ports.
  func detach(_ isMeant: (Lease) -> Bool) throws(RuntimeError) {
    guard state.leases.contains(where: isMeant) else { return }
    try forget(isMeant)
    // Before the ports' next owner can have them.
    try putRules()
    try file.write(state)
  }

  /// Removes leases that hold no more or that nobody wants, devices without a lease, and a bridge without any.
  ///
  /// - Parameters:
  ///   - warn: Gets what cannot be taken back now.
  func collect(
    isDryRun: Bool, warn: (String) -> Void, _ isUnwanted: (Lease) -> Bool
  ) throws(RuntimeError) -> [String] {
    func isGone(_ lease: Lease) -> Bool { isUnwanted(lease) || !hasDevice(lease) }
    var removed = state.leases.filter(isGone).map { "container \($0.container)" }
    let strays = strayDevices()
    removed += strays.map { "device \($0.name)" }
    let isUnused = state.leases.allSatisfy(isGone) && state != NetworkState()
    if isUnused, state.madeBridge { removed.append("bridge \(settings.bridge)") }
    if isDryRun { return removed }
    try forget(isGone)
    for link in strays { try socket.remove(link) }
    if isUnused {
      try removeBridge(warn)
    } else if !removed.isEmpty {
      try putRules()
      try file.write(state)
    }
    return removed
  }

  /// Devices with names of leases that a killed process left between two steps.
  private func strayDevices() -> [NetworkLink] {
    guard let bridge = links.first(where: { $0.name == settings.bridge }) else { return [] }
    let leased = Set(state.leases.map(\.device))
    return links.filter { link in
      link.master == bridge.index && link.kind == "veth" && link.name.hasPrefix(Lease.devicePrefix)
        && !leased.contains(link.name)
    }
  }

  private func hasDevice(_ lease: Lease) -> Bool { links.contains { $0.name == lease.device } }

  /// Removes devices and leases; the rules and the file are then to be written.
  private func forget(_ isMeant: (Lease) -> Bool) throws(RuntimeError) {
    for lease in state.leases where isMeant(lease) {
      if let link = links.first(where: { $0.name == lease.device }) { try socket.remove(link) }
      if !lease.ports.isEmpty { state.hasOutdatedRules = true }
      links.removeAll { $0.name == lease.device }
    }
    state.leases.removeAll(where: isMeant)
  }

  private func freeAddress(in subnet: IPv4Subnet) throws(RuntimeError) -> IPv4Address {
    let taken = Set(state.leases.map(\.address.number))
    // A device without a lease has an address that somebody may still use.
    let names = Set(links.map(\.name))
    for number in subnet.hosts where !taken.contains(number) {
      let address = IPv4Address(number)
      if !names.contains(Lease(address: address).device) { return address }
    }
    throw RuntimeError(
      .invalidState, "all \(subnet.hosts.count) addresses of \(subnet) are taken",
      hint:
        "set a larger \"subnet\" in the network settings, and run `swbox gc` once no container uses the bridge"
    )
  }

  private func connect(_ subject: NetworkAddressing, to end: ContainerEnd) throws(RuntimeError) {
    let hardware = Bridge.hardwareAddress(subject.lease.address)
    do throws(RuntimeError) {
      try socket.addPair(
        PairEnd(name: subject.lease.device, hardwareAddress: [0xfe] + hardware.dropFirst()),
        bridge: subject.bridge.index,
        peer: PairEnd(name: ContainerEnd.interface, hardwareAddress: hardware), in: end.namespace.number,
        mtu: settings.mtu ?? subject.bridge.mtu)
    } catch let error where error.errno == .notSupported {
      throw error.coded(.unsupported).hinting(
        "the kernel has no pairs of devices: CONFIG_VETH, or the module veth")
    } catch let error where error.errno == .fileExists {
      throw error.hinting("the container has a device \(ContainerEnd.interface) already")
    }
    guard let link = try socket.link(named: subject.lease.device) else {
      throw RuntimeError(.systemCall, "the device \(subject.lease.device) is gone after it was made")
    }
    links.append(link)
    // With bridge-nf-call-iptables, what a container sends to its own published port never leaves the bridge.
    try socket.makeHairpin(link, note: "swbox \(subject.lease.container)")
    try end.configure(subject.lease.address, in: subject.subnet)
  }

  // MARK: The bridge

  private func prepareBridge() throws(RuntimeError) -> (NetworkLink, IPv4Subnet) {
    if let link = try Bridge.find(settings.bridge, among: links) {
      let subnet = try Bridge.subnet(of: link, socket) ?? state.subnet
      if let subnet {
        state.subnet = subnet
        try Bridge.complete(link, subnet, socket)
        return (link, subnet)
      }
    }
    let routes = try socket.routes()
    let subnet = try Bridge.chooseSubnet(settings, beside: routes)
    state.subnet = subnet
    var link = try Bridge.find(settings.bridge, among: links)
    if link == nil { state.madeBridge = true }
    try file.write(state)
    if link == nil {
      let mtu = settings.mtu ?? Bridge.usualMTU(routes, links)
      link = try Bridge.make(settings.bridge, subnet, mtu: mtu, socket)
    }
    guard let link else { throw RuntimeError(.systemCall, "no bridge \(settings.bridge)") }
    links.append(link)
    try Bridge.complete(link, subnet, socket)
    return (link, subnet)
  }

  /// Filters, bridge and file; and the host is no router again if it was none before.
  ///
  /// Where others may need that it is one, the filters and the file stay, without a bridge: the devices that were not
  /// connected before are not connected either. The next collection looks again.
  private func removeBridge(_ warn: (String) -> Void) throws(RuntimeError) {
    let others = devicesThatForward()
    if others.isEmpty {
      if let kind = state.firewall { try kind.program().removeRules(of: settings.bridge) }
      if state.closedDevices != nil { try KernelParameter.write("0", to: Change.forwarding) }
    } else if state.subnet != nil {
      warn(
        "net.ipv4.ip_forward was 0 and stays 1, as \(others.joined(separator: ", ")) may need it; "
          + "the table \(settings.bridge) of packet filters stays, too, until `swbox gc` finds no such device"
      )
    }
    if state.madeBridge, let link = try Bridge.find(settings.bridge, among: links) { try socket.remove(link) }
    guard !others.isEmpty else { return try file.remove() }
    (state.subnet, state.madeBridge, state.hasOutdatedRules) = (nil, false, true)
    try file.write(state)
  }

  /// Devices of other programs that packets may be forwarded for, if it was switched on here: all other bridges, and
  /// what has come since. Who found it switched on does not say so anywhere.
  private func devicesThatForward() -> [String] {
    guard let known = state.closedDevices else { return [] }
    return links.filter { link in
      link.master == 0 && link.name != settings.bridge && !link.isLoopback
        && (link.kind == "bridge" || !known.contains(link.name))
    }.map { printable($0.name) }.sorted()
  }

  // MARK: Filters

  private static let forwarding = "net/ipv4/ip_forward"

  /// Lets the host pass packets on, if it does not yet.
  ///
  /// - Returns: What to tell people.
  private func startForwarding() throws(RuntimeError) -> String? {
    guard try KernelParameter.read(Change.forwarding) == "0" else { return nil }
    // The devices that are there were not connected; that is to stay so. Names go into the filters' language.
    let devices = links.filter { $0.master == 0 && $0.name != settings.bridge && !$0.isLoopback }.map(\.name)
    state.closedDevices = devices.filter(isPlainName).sorted()
    state.hasOutdatedRules = true
    try file.write(state)
    try putRules()
    try KernelParameter.write("1", to: Change.forwarding)
    let closed = state.closedDevices ?? []
    return "net.ipv4.ip_forward was 0 and is 1 now"
      + (closed.count > 1 ? "; between \(closed.joined(separator: ", ")) nothing is passed on" : "")
  }

  private func isPlainName(_ name: String) -> Bool {
    name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || "._-@".utf8.contains(byte)
    }
  }

  /// Makes the filters what the state says, if they may be something else.
  private func putRules() throws(RuntimeError) {
    guard let subnet = state.subnet else { return }
    let rules = FirewallRules(
      bridge: settings.bridge, subnet: subnet, closedDevices: state.closedDevices ?? [], leases: state.leases)
    if let kind = state.firewall, settings.firewall.map({ $0 == kind }) ?? true {
      let program = try kind.program()
      let isThere = try program.holdsRules(of: settings.bridge)
      if isThere, !state.hasOutdatedRules { return }
      try program.put(rules)
    } else {
      if let former = state.firewall { try former.program().removeRules(of: settings.bridge) }
      if let wanted = settings.firewall {
        try wanted.program().put(rules)
        state.firewall = wanted
      } else {
        state.firewall = try FirewallKind.putByAny(rules)
      }
    }
    state.hasOutdatedRules = false
    try file.write(state)
  }
}

/// One container's place in the network.
struct NetworkAddressing {
  let lease: Lease
  let subnet: IPv4Subnet
  let bridge: NetworkLink
}
