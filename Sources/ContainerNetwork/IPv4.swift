public import JSON

/// An IPv4 address.
public struct IPv4Address: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The 32 bits as a number: 127.0.0.1 is 0x7f000001.
  public var number: UInt32

  /// The address with these bits.
  public init(_ number: UInt32) { self.number = number }

  /// Four bytes in the order of the network.
  ///
  /// - Returns: nil if they are not four.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 4 else { return nil }
    number = bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Four decimal numbers; none of them with a zero in front, which some read as octal.
  ///
  /// - Returns: nil if `text` is anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    number = 0
    for part in parts {
      guard let byte = decimal(part, UInt8.self) else { return nil }
      number = number << 8 | UInt32(byte)
    }
  }

  /// In the order of the network.
  public var bytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }

  /// `127.0.0.1`
  public var description: String { bytes.map(String.init).joined(separator: ".") }

  /// Whether it is of 127.0.0.0/8.
  public var isLoopback: Bool { number >> 24 == 127 }

  /// By number.
  public static func < (one: IPv4Address, other: IPv4Address) -> Bool { one.number < other.number }
}

/// A range of addresses with a common beginning.
public struct IPv4Subnet: Sendable, Hashable, CustomStringConvertible {
  /// Its first address.
  public let base: IPv4Address
  /// How many bits are common, 0 to 32.
  public let prefixLength: UInt8

  /// The subnet that an address is in.
  public init(containing address: IPv4Address, prefixLength: UInt8) {
    self.prefixLength = min(32, prefixLength)
    base = IPv4Address(address.number & IPv4Subnet.mask(self.prefixLength))
  }

  /// `10.0.0.0/8`
  ///
  /// - Returns: nil if `text` is anything else, or the address is not the subnet's first.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard
      parts.count == 2, let address = IPv4Address(parts[0]),
      let length = decimal(parts[1], UInt8.self), length <= 32
    else { return nil }
    self.init(containing: address, prefixLength: length)
    guard base == address else { return nil }
  }

  private static func mask(_ length: UInt8) -> UInt32 { length == 0 ? 0 : ~0 << (32 - UInt32(length)) }

  /// The last address, which means all of them.
  public var broadcast: IPv4Address { IPv4Address(base.number | ~IPv4Subnet.mask(prefixLength)) }

  /// The bridge's address: the first behind the base.
  public var gateway: IPv4Address { IPv4Address(base.number + 1) }

  /// The addresses that containers may get.
  public var hosts: Range<UInt32> { base.number + 2..<max(base.number + 2, broadcast.number) }

  /// Whether an address is in it.
  public func contains(_ address: IPv4Address) -> Bool {
    address.number & IPv4Subnet.mask(prefixLength) == base.number
  }

  /// Whether any address is in both.
  public func overlaps(_ other: IPv4Subnet) -> Bool { contains(other.base) || other.contains(base) }

  /// `10.0.0.0/8`
  public var description: String { "\(base)/\(prefixLength)" }
}

extension IPv4Address: JSONValue {
  /// See `JSONValue`.
  public init() { self.init(0) }

  /// See `JSONValue`.
  public init(reading json: inout JSONExchange, at node: Int) {
    self = json.parsed(at: node, "an IPv4 address") { IPv4Address($0) } ?? IPv4Address()
  }

  /// See `JSONValue`.
  public func write(to json: inout JSONExchange) { description.write(to: &json) }
}

extension IPv4Subnet: JSONValue {
  /// See `JSONValue`.
  public init() { self.init(containing: IPv4Address(), prefixLength: 32) }

  /// See `JSONValue`.
  public init(reading json: inout JSONExchange, at node: Int) {
    self = json.parsed(at: node, "an IPv4 subnet such as 10.1.0.0/24") { IPv4Subnet($0) } ?? IPv4Subnet()
  }

  /// See `JSONValue`.
  public func write(to json: inout JSONExchange) { description.write(to: &json) }
}

/// A number of digits only, without zeros in front.
func decimal<Number: FixedWidthInteger>(_ text: some StringProtocol, _: Number.Type) -> Number? {
  guard let first = text.utf8.first, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
  guard first != 48 || text.utf8.count == 1 else { return nil }
  return Number(text)
}
