internal import CLinux
internal import Glibc
public import RuntimeErrors

/// An IPv4 route, as RTM_NEWROUTE tells of it. rtnetlink(7)
public struct NetworkRoute: Sendable, Equatable {
  /// Where it leads: an address in the order of the network. 0.0.0.0 for the default route.
  public var destination: [UInt8]
  /// In bits; 0 for the default route.
  public var prefixLength: UInt8
  /// RT_TABLE_*: 254 is the main table.
  public var table: UInt32
  /// The device's number; 0 if it has none or several.
  public var index: Int32

  /// struct rtmsg
  private static let headerSize = 12

  /// RT_TABLE_LOCAL: the addresses of the host itself.
  public static let localTable: UInt32 = 255

  /// Takes an RTM_NEWROUTE apart.
  ///
  /// - Throws: `systemCall` if it is damaged.
  public init(payload: [UInt8]) throws(RuntimeError) {
    guard payload.count >= NetworkRoute.headerSize else {
      throw damagedNetlink("a route of \(payload.count) bytes")
    }
    prefixLength = payload[1]
    table = UInt32(payload[4])
    (destination, index) = ([0, 0, 0, 0], 0)
    for attribute in try NetlinkAttribute.parse(payload.dropFirst(NetworkRoute.headerSize)) {
      switch attribute.type {
      case UInt16(RTA_DST.rawValue): destination = attribute.value
      case UInt16(RTA_TABLE.rawValue): table = attribute.number(UInt32.self) ?? table
      case UInt16(RTA_OIF.rawValue): index = attribute.number(Int32.self) ?? 0
      default: break
      }
    }
    guard destination.count == 4 else { throw damagedNetlink("a route to \(destination.count) bytes") }
  }
}

extension NetlinkSocket {
  /// The IPv4 routes of all tables. RTM_GETROUTE
  public func routes() throws(RuntimeError) -> [NetworkRoute] {
    let payload = [UInt8(AF_INET)] + [UInt8](repeating: 0, count: 11)
    var routes: [NetworkRoute] = []
    for answer in try list(RTM_GETROUTE, payload, name: "RTM_GETROUTE") {
      routes.append(try NetworkRoute(payload: answer.payload))
    }
    return routes
  }

  /// Sends whatever has no route of its own to a gateway. RTM_NEWROUTE
  ///
  /// - Parameters:
  ///   - gateway: An IPv4 address in the order of the network.
  ///   - index: The number of the device that reaches it.
  public func addDefaultRoute(gateway: [UInt8], index: Int32) throws(RuntimeError) {
    // Family, lengths of destination and source, service, table, protocol, scope, type, flags.
    let header =
      [UInt8(AF_INET), 0, 0, 0, UInt8(RT_TABLE_MAIN.rawValue), UInt8(RTPROT_STATIC)]
      + [UInt8(RT_SCOPE_UNIVERSE.rawValue), UInt8(RTN_UNICAST)] + nativeBytes(UInt32(0))
    let attributes = [
      NetlinkAttribute(UInt16(RTA_GATEWAY.rawValue), gateway),
      NetlinkAttribute(UInt16(RTA_OIF.rawValue), index),
    ]
    try request(
      RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL, header + attributes.flatMap(\.encoded),
      name: "RTM_NEWROUTE default")
  }
}
