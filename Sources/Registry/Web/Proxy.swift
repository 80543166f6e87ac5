internal import AsyncHTTPClient
internal import RuntimeErrors

/// The proxy that the environment names, as curl(1) understands the variables.
enum Proxy {
  static func forAddress(_ address: WebAddress) throws(RuntimeError) -> HTTPClient.Configuration.Proxy? {
    // HTTP_PROXY in capitals can be set by a web server's client.
    let own = address.scheme == .https ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
    let exceptions = ProxyExceptions(Variables.value("no_proxy") ?? Variables.value("NO_PROXY") ?? "")
    guard !exceptions.contain(address.host),
      let variable = (own + ["all_proxy", "ALL_PROXY"]).first(where: { Variables.value($0) != nil }),
      let text = Variables.value(variable)
    else { return nil }
    let proxy: WebAddress
    do throws(RuntimeError) {
      proxy = try WebAddress(text.contains("://") ? withoutUser(text) : "http://\(withoutUser(text))")
    } catch {
      throw RuntimeError(
        .invalidArgument, "the variable \(variable) is no address of a proxy: \(error.message)")
    }
    guard proxy.scheme == .http else {
      throw RuntimeError(.unsupported, "the variable \(variable): proxies are spoken to by http only")
    }
    let authorization = user(in: text).map {
      HTTPClient.Authorization.basic(credentials: Base64.encode(decoded($0)))
    }
    return .server(host: proxy.host, port: proxy.port ?? 80, authorization: authorization)
  }

  private static func user(in text: String) -> String? {
    guard let at = text.lastIndex(of: "@") else { return nil }
    let start = text.contains("://") ? text.firstIndex(of: "/").map { text.index($0, offsetBy: 2) } : nil
    return String(text[(start ?? text.startIndex)..<at])
  }

  /// `u%40x` is `u@x`. RFC 3986, section 2.1
  private static func decoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func withoutUser(_ text: String) -> String {
    guard let user = user(in: text) else { return text }
    let scheme = text.contains("://") ? text.prefix { $0 != ":" } + "://" : ""
    let start = text.index(text.startIndex, offsetBy: scheme.count + user.count + 1)
    return scheme + text[start...]
  }
}
