internal import Glibc
internal import JSON
internal import RuntimeErrors

/// An address of the web without a user in it: `https://host:port/path?query`.
///
/// RFC 3986, as much of it as registries use; anything else is refused, for addresses come from registries, too.
struct WebAddress: Hashable, Sendable, CustomStringConvertible {
  enum Scheme: String, Sendable {
    case http, https
  }

  var scheme: Scheme
  /// A name, an address, or an IPv6 address in brackets; in lower case.
  var host: String
  /// nil for the scheme's own.
  var port: Int?
  /// Path and query; begins with a slash.
  var target: String

  init(scheme: Scheme, host: String, port: Int?, target: String) {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.target = target
  }

  /// Reads a whole address.
  ///
  /// - Throws: `invalidAnswer` that says what is wrong with it.
  init(_ text: String) throws(RuntimeError) {
    func fault(_ problem: String) -> RuntimeError {
      RuntimeError(.invalidAnswer, "the address \(quoted(text, limit: 200)) \(problem)")
    }
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://"),
      let scheme = Scheme(rawValue: text[..<colon].lowercased())
    else { throw fault("is neither https nor http") }
    let rest = text[text.index(colon, offsetBy: 3)...].prefix { $0 != "#" }
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    guard let (host, port) = WebAddress.authority(rest[..<end]) else { throw fault("has no usable host") }
    self.init(scheme: scheme, host: host, port: port, target: "/")
    let target = String(rest[end...])
    self.target = target.hasPrefix("/") ? target : "/" + target
    guard WebAddress.isTarget(self.target) else { throw fault("has characters that no address has") }
  }

  /// The whole address.
  var description: String { authorityText + target }

  /// Scheme, host and port: who is trusted with what was meant for them.
  var origin: String {
    "\(scheme.rawValue)://\(host):\(port ?? (scheme == .https ? 443 : 80))"
  }

  /// For messages: queries may hold what lets others in.
  var withoutQuery: String { authorityText + target.prefix { $0 != "?" } }

  private var authorityText: String { "\(scheme.rawValue)://\(host)" + (port.map { ":\($0)" } ?? "") }

  /// The address that a `Location` means, seen from here.
  ///
  /// Spec: RFC 3986, section 5.2
  func resolving(_ location: String) throws(RuntimeError) -> WebAddress {
    if location.prefix(while: { $0 != "/" && $0 != "?" }).contains(":") { return try WebAddress(location) }
    if location.hasPrefix("//") { return try WebAddress("\(scheme.rawValue):\(location)") }
    if location.hasPrefix("/") { return try WebAddress(authorityText + location) }
    let path = target.prefix { $0 != "?" }
    if location.isEmpty || location.hasPrefix("?") { return try WebAddress(authorityText + path + location) }
    let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
    return try WebAddress(authorityText + folder + location)
  }

  /// The same with one more value in the query.
  func adding(_ name: String, _ value: String) -> WebAddress {
    var copy = self
    copy.target += (target.contains("?") ? "&" : "?") + "\(name)=\(percentEncoded(value))"
    return copy
  }

  private static func authority(_ text: Substring) -> (String, Int?)? {
    var host = text
    var port: Int?
    let isBracketed = text.hasPrefix("[")
    let portColon = isBracketed ? text.colonBehindBracket : text.firstIndex(of: ":")
    if let portColon {
      let digits = text[text.index(after: portColon)...]
      guard let number = Int(digits), (1...65535).contains(number),
        digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 })
      else { return nil }
      port = number
      host = text[..<portColon]
    }
    guard !host.isEmpty, isBracketed == host.hasSuffix("]") else { return nil }
    let isHost = host.utf8.allSatisfy { byte in
      switch Unicode.Scalar(byte) {
      case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_": true
      case "[", "]", ":": isBracketed
      default: false
      }
    }
    return isHost ? (host.lowercased(), port) : nil
  }

  private static func isTarget(_ text: String) -> Bool {
    text.utf8.count <= 16_384 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
  }
}

extension Substring {
  /// Where the colon of `]:` stands.
  fileprivate var colonBehindBracket: Substring.Index? {
    guard let bracket = lastIndex(of: "]") else { return nil }
    let next = index(after: bracket)
    return next < endIndex && self[next] == ":" ? next : nil
  }
}

extension WebAddress {
  /// Whether the host is an address that only this machine or its link knows.
  enum Reach {
    case wide, loopback, link
  }

  /// How far the host is, as far as its text says it: numbers have many forms, and resolvers take all of them.
  var reach: Reach {
    let name = host.hasSuffix(".") ? String(host.dropLast()) : host
    if name == "localhost" || name.hasSuffix(".localhost") { return .loopback }
    if name.hasPrefix("[") { return WebAddress.reach(ofIPv6: String(name.dropFirst().dropLast())) }
    var address = in_addr()
    // 2130706433, 0x7f.1 and 0177.0.0.1 are 127.0.0.1. inet_aton(3)
    guard inet_aton(name, &address) != 0 else { return .wide }
    let bytes = withUnsafeBytes(of: address.s_addr) { ($0[0], $0[1]) }
    if [0, 127].contains(bytes.0) { return .loopback }
    return bytes == (169, 254) ? .link : .wide
  }

  private static func reach(ofIPv6 text: String) -> Reach {
    var address = in6_addr()
    // One that cannot be read, such as one with a zone, is not trusted.
    guard inet_pton(AF_INET6, text, &address) == 1 else { return .link }
    let bytes = withUnsafeBytes(of: address) { Array($0) }
    if bytes.dropLast().allSatisfy({ $0 == 0 }), bytes[15] <= 1 { return .loopback }
    let isLinkLocal = bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
    // IPv4 in other clothes: mapped, compatible, translated.
    let isIPv4 =
      bytes[..<10].allSatisfy { $0 == 0 } && (bytes[10] == 0xFF || bytes[10] == 0)
      || bytes[..<4].elementsEqual([0, 0x64, 0xFF, 0x9B])
    return isLinkLocal || isIPv4 ? .link : .wide
  }

  /// Where a redirection leads, if it may be followed.
  ///
  /// - Throws: `invalidAnswer` if it leads from a protected connection to a plain one, or to this machine's
  ///   surroundings from outside of them.
  func following(_ location: String) throws(RuntimeError) -> WebAddress {
    let next = try resolving(location)
    func refusal(_ problem: String) -> RuntimeError {
      RuntimeError(.invalidAnswer, "\(origin) redirects to \(next.withoutQuery), \(problem)")
    }
    if scheme == .https, next.scheme == .http { throw refusal("which is not protected by TLS") }
    if next.reach == .link, next.host != host { throw refusal("an address of this machine's own link") }
    if next.reach == .loopback, reach != .loopback { throw refusal("which is this machine itself") }
    return next
  }
}
