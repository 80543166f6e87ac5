internal import Glibc

/// Hosts that are spoken to without a proxy, in curl(1)'s form: names with all that is below them, addresses, networks
/// such as `10.0.0.0/8`, or `*`.
struct ProxyExceptions {
  private let entries: [Substring]

  /// - Parameters:
  ///   - text: With commas or blanks between them.
  init(_ text: String) {
    entries = text.lowercased().split { $0 == "," || $0 == " " }.map { $0[...] }
  }

  /// Whether a host is among them.
  ///
  /// - Parameters:
  ///   - host: As an address of the web has it.
  func contain(_ host: String) -> Bool {
    let host = host.hasSuffix(".") ? String(host.dropLast()) : host
    let address = ProxyExceptions.address(host[...])
    return entries.contains { entry in
      if entry == "*" { return true }
      if let address { return ProxyExceptions.network(entry, contains: address) }
      let name = entry.drop { $0 == "." }
      return !name.isEmpty && (host == name || host.hasSuffix(".\(name)"))
    }
  }

  /// The bytes of an IP address, also of one in brackets.
  private static func address(_ text: Substring) -> [UInt8]? {
    let plain = String(text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text)
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, plain, &bytes) == 1 { return Array(bytes.prefix(4)) }
    return inet_pton(AF_INET6, plain, &bytes) == 1 ? bytes : nil
  }

  /// Whether an address is that of an entry, or in its network.
  private static func network(_ entry: Substring, contains address: [UInt8]) -> Bool {
    let parts = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let start = self.address(parts[0]), start.count == address.count,
      let length = parts.count == 1 ? 8 * start.count : Int(parts[1]), (0...8 * start.count).contains(length)
    else { return false }
    return (0..<length).allSatisfy { bit in
      (start[bit / 8] ^ address[bit / 8]) & 0x80 >> UInt8(bit % 8) == 0
    }
  }
}
