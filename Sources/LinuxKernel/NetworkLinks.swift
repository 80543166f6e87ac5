internal import CLinux
internal import Glibc
public import RuntimeErrors
internal import SystemPackage

/// A network device, as RTM_NEWLINK tells of it. rtnetlink(7)
public struct NetworkLink: Sendable, Equatable {
  /// Its number in its network namespace.
  public var index: Int32
  /// At most 15 bytes.
  public var name: String
  /// Whether it is set up. IFF_UP
  public var isUp: Bool
  /// Whether it is the namespace's own `lo`. IFF_LOOPBACK
  public var isLoopback: Bool
  /// Whether the kernel keeps it where it is. IFLA_NETNS_IMMUTABLE, since Linux 6.15
  public var isImmovable: Bool
  /// The number of the bridge that it is a port of; 0 for none. IFLA_MASTER
  public var master: Int32 = 0
  /// The largest packet, in bytes. IFLA_MTU
  public var mtu: UInt32 = 0
  /// What kind of virtual device it is, such as `bridge`; nil for others. IFLA_INFO_KIND
  public var kind: String?

  /// IFLA_NETNS_IMMUTABLE, younger than the headers.
  private static let immutableAttribute: UInt16 = 67
  /// struct ifinfomsg
  private static let headerSize = 16

  /// Takes an RTM_NEWLINK apart.
  ///
  /// - Throws: `systemCall` if it is damaged.
  public init(payload: [UInt8]) throws(RuntimeError) {
    guard
      let index = payload[...].integer(at: 4, Int32.self),
      let flags = payload[...].integer(at: 8, UInt32.self)
    else { throw damagedNetlink("a link of \(payload.count) bytes") }
    self.index = index
    isUp = flags & UInt32(IFF_UP) != 0
    isLoopback = flags & UInt32(IFF_LOOPBACK) != 0
    (name, isImmovable) = ("", false)
    for attribute in try NetlinkAttribute.parse(payload.dropFirst(NetworkLink.headerSize)) {
      switch attribute.type {
      case UInt16(IFLA_IFNAME): name = attribute.text
      case NetworkLink.immutableAttribute: isImmovable = attribute.value.first == 1
      case UInt16(IFLA_MASTER): master = attribute.number(Int32.self) ?? 0
      case UInt16(IFLA_MTU): mtu = attribute.number(UInt32.self) ?? 0
      case UInt16(IFLA_LINKINFO):
        let information = try NetlinkAttribute.parse(attribute.value[...])
        kind = information.first { $0.type == UInt16(IFLA_INFO_KIND) }?.text
      default: break
      }
    }
    if name.isEmpty { throw damagedNetlink("a link without a name") }
  }

  /// struct ifinfomsg with attributes.
  ///
  /// - Parameters:
  ///   - setting: IFF_* flags to set.
  static func payload(
    index: Int32 = 0,
    setting: UInt32 = 0,
    _ attributes: [NetlinkAttribute] = []
  ) -> [UInt8] {
    // Family, padding and type.
    nativeBytes(UInt32(0)) + nativeBytes(index) + nativeBytes(setting) + nativeBytes(setting)
      + attributes.flatMap(\.encoded)
  }
}

extension NetlinkSocket {
  /// The device of a name, which may be one of its alternative names. RTM_GETLINK
  ///
  /// - Returns: nil if there is none.
  public func link(named name: String) throws(RuntimeError) -> NetworkLink? {
    let attribute = NetlinkAttribute(UInt16(IFLA_IFNAME), name)
    return try link(NetworkLink.payload([attribute]), name)
  }

  /// The device of a number. RTM_GETLINK
  ///
  /// - Returns: nil if there is none.
  public func link(_ index: Int32) throws(RuntimeError) -> NetworkLink? {
    try link(NetworkLink.payload(index: index), "\(index)")
  }

  private func link(_ payload: [UInt8], _ name: String) throws(RuntimeError) -> NetworkLink? {
    do throws(RuntimeError) {
      let answers = try request(RTM_GETLINK, payload, name: "RTM_GETLINK \(name)")
      guard let answer = answers.first else { return nil }
      return try NetworkLink(payload: answer.payload)
    } catch let error where error.errno == .operationNotSupportedByDevice {
      return nil
    }
  }

  /// The numbers of all devices. RTM_GETLINK
  public func linkIndices() throws(RuntimeError) -> Set<Int32> {
    let answers = try list(RTM_GETLINK, NetworkLink.payload(), name: "RTM_GETLINK")
    return Set(answers.compactMap { $0.payload[...].integer(at: 4, Int32.self) })
  }

  /// All devices. RTM_GETLINK
  public func links() throws(RuntimeError) -> [NetworkLink] {
    var links: [NetworkLink] = []
    for answer in try list(RTM_GETLINK, NetworkLink.payload(), name: "RTM_GETLINK") {
      links.append(try NetworkLink(payload: answer.payload))
    }
    return links
  }

  /// Moves a device of this namespace into another, where it is down and without addresses. RTM_SETLINK
  ///
  /// - Parameters:
  ///   - namespace: A descriptor of a network namespace.
  ///   - name: There; `%d` lets the kernel choose a number.
  ///   - newIndex: There; EBUSY if it is taken. Linux before 5.13 keeps the number if it can.
  public func move(
    _ link: NetworkLink,
    to namespace: CInt,
    name: String,
    newIndex: Int32
  ) throws(RuntimeError) {
    let attributes = [
      NetlinkAttribute(UInt16(IFLA_NET_NS_FD), UInt32(bitPattern: namespace)),
      NetlinkAttribute(UInt16(IFLA_IFNAME), name),
      NetlinkAttribute(UInt16(IFLA_NEW_IFINDEX), newIndex),
    ]
    let payload = NetworkLink.payload(index: link.index, attributes)
    try request(RTM_SETLINK, payload, name: "RTM_SETLINK \(link.name)")
  }

  /// Sets IFF_UP. RTM_SETLINK
  public func bringUp(_ index: Int32) throws(RuntimeError) {
    let payload = NetworkLink.payload(index: index, setting: UInt32(IFF_UP))
    try request(RTM_SETLINK, payload, name: "RTM_SETLINK \(index) up")
  }
}
