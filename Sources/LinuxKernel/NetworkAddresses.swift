internal import CLinux
internal import Glibc
public import RuntimeErrors

/// An address of a network device, of any family, as RTM_NEWADDR tells of it. rtnetlink(7)
public struct NetworkAddress: Sendable, Equatable {
  /// AF_INET, AF_INET6 or another.
  public var family: UInt8
  /// In bits.
  public var prefixLength: UInt8
  /// IFA_F_*
  public var flags: UInt32
  /// RT_SCOPE_*
  public var scope: UInt8
  /// Its device's number.
  public var index: Int32
  /// The device's name, or that with a colon and more: an alias of old. Only IPv4 has it.
  public var label: String?
  /// What else is the configuration's, not the kernel's: local and peer address, broadcast, metric.
  public var attributes: [NetlinkAttribute]

  /// struct ifaddrmsg
  private static let headerSize = 8
  private static let copiedAttributes: Set<UInt16> = [
    UInt16(IFA_ADDRESS), UInt16(IFA_LOCAL), UInt16(IFA_BROADCAST),
    UInt16(IFA_RT_PRIORITY), UInt16(IFA_PROTO),
  ]
  /// Flags that somebody chose; the others say how the kernel fares with the address.
  private static let chosenFlags = UInt32(
    IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN
  )

  /// Takes an RTM_NEWADDR apart.
  ///
  /// - Throws: `systemCall` if it is damaged.
  public init(payload: [UInt8]) throws(RuntimeError) {
    guard let index = payload[...].integer(at: 4, Int32.self) else {
      throw damagedNetlink("an address of \(payload.count) bytes")
    }
    family = payload[0]
    prefixLength = payload[1]
    flags = UInt32(payload[2])
    scope = payload[3]
    self.index = index
    attributes = []
    for attribute in try NetlinkAttribute.parse(payload.dropFirst(NetworkAddress.headerSize)) {
      switch attribute.type {
      case UInt16(IFA_FLAGS): flags = attribute.number(UInt32.self) ?? flags
      case UInt16(IFA_LABEL) where attribute.value.count <= Int(IFNAMSIZ): label = attribute.text
      case let type where NetworkAddress.copiedAttributes.contains(type): attributes.append(attribute)
      default: break
      }
    }
  }

  /// An IPv4 address for a device, with the broadcast address of its subnet.
  ///
  /// - Parameters:
  ///   - bytes: In the order of the network.
  public init(ipv4 bytes: [UInt8], broadcast: [UInt8], prefixLength: UInt8, index: Int32) {
    family = UInt8(AF_INET)
    self.prefixLength = prefixLength
    flags = UInt32(IFA_F_PERMANENT)
    scope = UInt8(RT_SCOPE_UNIVERSE.rawValue)
    self.index = index
    attributes = [
      NetlinkAttribute(UInt16(IFA_LOCAL), bytes), NetlinkAttribute(UInt16(IFA_ADDRESS), bytes),
      NetlinkAttribute(UInt16(IFA_BROADCAST), broadcast),
    ]
  }

  /// The device's own address as bytes in the order of the network; nil if the kernel told none. IFA_LOCAL
  public var local: [UInt8]? { attributes.first { $0.type == UInt16(IFA_LOCAL) }?.value }

  /// Whether the address has no end and is meant for everybody: IFA_F_PERMANENT, RT_SCOPE_UNIVERSE.
  public var isPermanentAndGlobal: Bool {
    flags & UInt32(IFA_F_PERMANENT) != 0 && scope == UInt8(RT_SCOPE_UNIVERSE.rawValue)
  }

  /// Whether the kernel puts a new address before the older ones of its scope.
  public var goesBeforeOlder: Bool { family == UInt8(AF_INET6) }

  /// struct ifaddrmsg with attributes, for RTM_NEWADDR.
  public var payload: [UInt8] {
    let chosen = flags & NetworkAddress.chosenFlags
    // The header's flags are the first eight of the attribute's, which counts.
    var bytes = [family, prefixLength, UInt8(truncatingIfNeeded: chosen), scope] + nativeBytes(index)
    for attribute in attributes { bytes += attribute.encoded }
    if let label { bytes += NetlinkAttribute(UInt16(IFA_LABEL), label).encoded }
    if chosen != 0 { bytes += NetlinkAttribute(UInt16(IFA_FLAGS), chosen).encoded }
    return bytes
  }

  /// The same address for the same device under another name and number.
  public func on(_ link: NetworkLink, insteadOf old: NetworkLink) -> NetworkAddress {
    var copy = self
    copy.index = link.index
    if let label, label == old.name || label.hasPrefix(old.name + ":") {
      let new = link.name + label.dropFirst(old.name.count)
      // Without a label the kernel uses the device's name.
      copy.label = new.utf8.count < Int(IFNAMSIZ) ? new : nil
    }
    return copy
  }
}

extension NetlinkSocket {
  /// The addresses of a device, in the kernel's order. RTM_GETADDR
  public func addresses(of link: NetworkLink) throws(RuntimeError) -> [NetworkAddress] {
    // The kernel looks for the device's only; families that do not know how send all of theirs.
    let payload: [UInt8] = [0, 0, 0, 0] + nativeBytes(link.index)
    var addresses: [NetworkAddress] = []
    for answer in try list(RTM_GETADDR, payload, name: "RTM_GETADDR \(link.name)") {
      let address = try NetworkAddress(payload: answer.payload)
      if address.index == link.index { addresses.append(address) }
    }
    return addresses
  }

  /// Gives a device an address. RTM_NEWADDR
  public func add(_ address: NetworkAddress) throws(RuntimeError) {
    try request(
      RTM_NEWADDR,
      flags: NLM_F_CREATE | NLM_F_EXCL,
      address.payload,
      name: "RTM_NEWADDR \(address.text)"
    )
  }
}

extension NetworkAddress {
  /// The address and its prefix, for messages: as usual, or bytes in hexadecimal for rare families.
  public var text: String {
    let local = attributes.first { $0.type == UInt16(IFA_LOCAL) } ?? attributes.first
    let bytes = local?.value ?? []
    let isUsual =
      family == UInt8(AF_INET) && bytes.count == 4 || family == UInt8(AF_INET6) && bytes.count == 16
    guard isUsual else {
      return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "/\(prefixLength)"
    }
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
      inet_ntop(CInt(family), bytes, buffer.baseAddress, socklen_t(buffer.count)).map { String(cString: $0) }
    }
    return "\(text ?? "?")/\(prefixLength)"
  }
}
