public import JSON

/// What a container has of the network.
public struct NetworkAttachment: JSONObject, Sendable, Equatable {
  /// The bridge outside.
  public var bridge = ""
  /// The device's name in the container.
  public var interface = ""
  /// The container's.
  public var address = IPv4Address()
  /// All that are reached without the gateway.
  public var subnet = IPv4Subnet()
  /// The bridge's address, which leads everywhere else.
  public var gateway = IPv4Address()
  /// Six numbers in hexadecimal, with colons.
  public var hardwareAddress = ""
  /// The largest packet, in bytes.
  public var mtu: UInt32 = 0
  /// For the container's resolv.conf; empty if the host has none that the container could reach.
  public var nameServers: [IPv4Address] = []
  /// Domains that short names are looked up in.
  public var searchDomains: [String] = []
  /// Ports of the host that lead here.
  public var ports: [PublishedPort] = []
  /// What was changed on the host beyond devices and filters, or does not work; for people.
  public var notices: [String] = []

  /// See `JSONValue`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("bridge", &bridge)
    json.member("interface", &interface)
    json.member("address", &address)
    json.member("subnet", &subnet)
    json.member("gateway", &gateway)
    json.member("hardwareAddress", &hardwareAddress)
    json.member("mtu", &mtu)
    json.member("nameServers", &nameServers)
    json.member("searchDomains", &searchDomains)
    json.member("ports", &ports)
    json.member("notices", &notices)
  }
}
