internal import CLinux
internal import Glibc
public import RuntimeErrors
internal import SystemPackage

/// One end of a pair of devices that are each other's cable. veth(4)
public struct PairEnd: Sendable {
  /// At most 15 bytes.
  public var name: String
  /// Its hardware address, six bytes.
  public var hardwareAddress: [UInt8]

  /// An end to be made.
  public init(name: String, hardwareAddress: [UInt8]) {
    self.name = name
    self.hardwareAddress = hardwareAddress
  }
}

/// Devices that exist in the kernel only.
extension NetlinkSocket {
  /// VETH_INFO_PEER
  private static let peerAttribute: UInt16 = 1
  /// NLA_F_NESTED
  private static let nested: UInt16 = 0x8000

  /// Makes a bridge, and sets it up. RTM_NEWLINK
  ///
  /// - Parameters:
  ///   - hardwareAddress: Six bytes; the kernel's choice would change with the bridge's ports.
  ///   - mtu: The largest packet, in bytes.
  public func addBridge(_ name: String, hardwareAddress: [UInt8], mtu: UInt32) throws(RuntimeError) {
    let kind = NetlinkAttribute(UInt16(IFLA_INFO_KIND), "bridge").encoded
    let attributes = [
      NetlinkAttribute(UInt16(IFLA_IFNAME), name), NetlinkAttribute(UInt16(IFLA_MTU), mtu),
      NetlinkAttribute(UInt16(IFLA_ADDRESS), hardwareAddress),
      NetlinkAttribute(UInt16(IFLA_LINKINFO) | NetlinkSocket.nested, kind),
    ]
    try add(NetworkLink.payload(setting: UInt32(IFF_UP), attributes), "bridge \(name)")
  }

  /// Makes a pair of devices, one end as a port of a bridge here and one in another namespace, and sets that here up.
  /// RTM_NEWLINK
  ///
  /// - Parameters:
  ///   - bridge: Its number.
  ///   - namespace: A descriptor of the other network namespace.
  ///   - mtu: The largest packet, in bytes.
  public func addPair(
    _ end: PairEnd, bridge: Int32, peer: PairEnd, in namespace: CInt, mtu: UInt32
  ) throws(RuntimeError) {
    // It is made first, and could not be set up without the other end.
    let other = NetworkLink.payload([
      NetlinkAttribute(UInt16(IFLA_IFNAME), peer.name), NetlinkAttribute(UInt16(IFLA_MTU), mtu),
      NetlinkAttribute(UInt16(IFLA_ADDRESS), peer.hardwareAddress),
      NetlinkAttribute(UInt16(IFLA_NET_NS_FD), UInt32(bitPattern: namespace)),
    ])
    let data = NetlinkAttribute(NetlinkSocket.peerAttribute | NetlinkSocket.nested, other).encoded
    let information =
      NetlinkAttribute(UInt16(IFLA_INFO_KIND), "veth").encoded
      + NetlinkAttribute(UInt16(IFLA_INFO_DATA) | NetlinkSocket.nested, data).encoded
    let attributes = [
      NetlinkAttribute(UInt16(IFLA_IFNAME), end.name), NetlinkAttribute(UInt16(IFLA_MTU), mtu),
      NetlinkAttribute(UInt16(IFLA_ADDRESS), end.hardwareAddress),
      NetlinkAttribute(UInt16(IFLA_MASTER), bridge),
      NetlinkAttribute(UInt16(IFLA_LINKINFO) | NetlinkSocket.nested, information),
    ]
    try add(NetworkLink.payload(setting: UInt32(IFF_UP), attributes), "veth \(end.name)")
  }

  private func add(_ payload: [UInt8], _ name: String) throws(RuntimeError) {
    try request(RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, payload, name: "RTM_NEWLINK \(name)")
  }

  /// Lets a bridge send packets back through the port that they came from, and notes beside the port what it is for;
  /// `ip link` shows that. RTM_NEWLINK, IFLA_BRPORT_MODE, IFLA_IFALIAS
  ///
  /// - Parameters:
  ///   - note: At most 255 bytes.
  public func makeHairpin(_ port: NetworkLink, note: String) throws(RuntimeError) {
    let data = NetlinkAttribute(UInt16(IFLA_BRPORT_MODE), UInt8(1)).encoded
    let information =
      NetlinkAttribute(UInt16(IFLA_INFO_SLAVE_KIND), "bridge").encoded
      + NetlinkAttribute(UInt16(IFLA_INFO_SLAVE_DATA) | NetlinkSocket.nested, data).encoded
    let attributes = [
      NetlinkAttribute(UInt16(IFLA_IFALIAS), note),
      NetlinkAttribute(UInt16(IFLA_LINKINFO) | NetlinkSocket.nested, information),
    ]
    let payload = NetworkLink.payload(index: port.index, attributes)
    try request(RTM_NEWLINK, payload, name: "RTM_NEWLINK \(port.name)")
  }

  /// Removes a device; of a pair, both ends. RTM_DELLINK
  ///
  /// - Returns: Whether it was there.
  @discardableResult
  public func remove(_ link: NetworkLink) throws(RuntimeError) -> Bool {
    do throws(RuntimeError) {
      try request(RTM_DELLINK, NetworkLink.payload(index: link.index), name: "RTM_DELLINK \(link.name)")
      return true
    } catch let error where error.errno == .operationNotSupportedByDevice {
      return false
    }
  }
}
