/// The address that a container got on a bridge.
public struct ContainerAddress: Sendable, Equatable {
  /// The container's.
  public let address: IPv4Address
  /// All that are reached without the gateway, which is its first.
  public let subnet: IPv4Subnet
  /// What was changed on the host beyond devices and filters, or does not work; for people.
  public let notices: [String]
}
