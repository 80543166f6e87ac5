internal import JSON
internal import OCIImage
public import RuntimeErrors

/// An image that somebody asks for by name and labels: `example.com/app:1.0,arch=amd64`.
public struct AppImageQuery: Sendable, Equatable, CustomStringConvertible {
  /// An AC Identifier.
  public var name: String
  /// Version, system, machine and others; system and machine are this one's unless the text says otherwise.
  public var labels: [AppImageManifest.NamedValue]

  /// Reads a text.
  ///
  /// - Throws: `invalidArgument` if it is no name of an image that can be discovered.
  public init(_ text: String) throws(RuntimeError) {
    var words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let parts = words.removeFirst().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts[0])
    labels = []
    guard AppFormats.isIdentifier(name), AppImageQuery.isHost(name) else {
      throw RuntimeError(
        .invalidArgument, "\(quoted(text)) is neither a file nor the name of an App Container Image",
        hint: "names begin with a host: example.com/app:1.0")
    }
    if parts.count == 2 { labels.append(.init(name: "version", value: String(parts[1]))) }
    for word in words {
      let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2, AppFormats.isIdentifier(pair[0]), label(pair[0]) == nil else {
        throw RuntimeError(.invalidArgument, "\(quoted(text)): found \(quoted(word)), expected LABEL=VALUE")
      }
      labels.append(.init(name: pair[0], value: pair[1]))
    }
    if label("os") == nil { labels.append(.init(name: "os", value: Platform.host.os)) }
    if label("arch") == nil { labels.append(.init(name: "arch", value: AppPlatform.hostMachine)) }
  }

  /// The first component is looked up in the network.
  private static func isHost(_ name: String) -> Bool {
    let host = name.prefix { $0 != "/" }
    return host == "localhost" || host.contains(".") && !host.contains("~") && !host.contains("_")
  }

  /// The value of a label.
  public func label(_ name: String) -> String? { labels.first { $0.name == name }?.value }

  /// As it is written.
  public var description: String {
    name + labels.map { $0.name == "version" ? ":\($0.value)" : ",\($0.name)=\($0.value)" }.joined()
  }

  /// What of a manifest is not what was asked for.
  ///
  /// Spec: discovery.md#validation
  public func mismatch(with manifest: AppImageManifest) -> String? {
    if manifest.name != name { return "its name is \(quoted(manifest.name))" }
    // System and machine that an image leaves out mean any.
    for label in labels where manifest.label(label.name) != label.value {
      if ["os", "arch"].contains(label.name), manifest.label(label.name) == nil { continue }
      return "its label \(label.name) is \(manifest.label(label.name).map { quoted($0) } ?? "missing")"
    }
    return nil
  }
}

/// Where an image can be fetched, by what web pages say.
///
/// Spec: discovery.md
public struct Discovery: Sendable {
  private let query: AppImageQuery

  /// One place.
  public struct Endpoint: Sendable, Equatable {
    /// Of the archive.
    public var image: String
    /// Of its detached signature.
    public var signature: String
  }

  /// A tag `ac-discovery` of a page.
  struct Tag: Equatable {
    /// Which images it speaks of.
    var prefix: String
    /// A template.
    var address: String
  }

  /// For one image.
  public init(_ query: AppImageQuery) {
    self.query = query
  }

  /// The pages that may say it, to be asked in this order: that of the name, and those above it.
  ///
  /// Spec: discovery.md#discovery-url
  public var pages: [String] {
    let parts = query.name.split(separator: "/")
    return parts.indices.reversed().map { "https://\(parts[...$0].joined(separator: "/"))?ac-discovery=1" }
  }

  /// The places that a page names for the image, in its order.
  ///
  /// Only those that are fetched by HTTPS count.
  public func endpoints(in page: [UInt8]) -> [Endpoint] {
    Discovery.tags(in: page).filter { isMeant(by: $0.prefix) }.compactMap { endpoint($0.address) }
  }

  /// The place where an image is whose host says nothing: beside its name, as the first versions of the
  /// specification had it.
  public var usualEndpoint: Endpoint? { endpoint("https://{name}-{version}-{os}-{arch}.{ext}") }

  /// A prefix ends where a component ends: `example.com` is not for `example.community`.
  private func isMeant(by prefix: String) -> Bool {
    query.name == prefix || query.name.hasPrefix(prefix.hasSuffix("/") ? prefix : prefix + "/")
  }

  /// nil if the template has no place for the kind of file, or for something that is not known.
  private func endpoint(_ template: String) -> Endpoint? {
    guard template.hasPrefix("https://"), template.contains("{ext}"), let image = rendered(template, "aci"),
      let signature = rendered(template, "aci.asc")
    else { return nil }
    return Endpoint(image: image, signature: signature)
  }

  private func rendered(_ template: String, _ kind: String) -> String? {
    var result = ""
    var rest = Substring(template)
    while let start = rest.firstIndex(of: "{") {
      result += rest[..<start]
      guard let end = rest[start...].firstIndex(of: "}") else { return nil }
      switch String(rest[rest.index(after: start)..<end]) {
      case "name": result += query.name
      case "ext": result += kind
      case "version": result += percentEncoded(query.label("version") ?? "latest")
      case let label:
        guard let value = query.label(label) else { return nil }
        result += percentEncoded(value)
      }
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}

/// As much of HTML as `meta` tags need. https://html.spec.whatwg.org/multipage/parsing.html
extension Discovery {
  /// The most tags of a page that are looked at.
  private static let mostTags = 1000

  static func tags(in page: [UInt8]) -> [Tag] {
    var result: [Tag] = []
    var rest = page[...]
    while result.count < mostTags, let start = rest.firstIndex(of: UInt8(ascii: "<")) {
      rest = rest[(start + 1)...]
      if rest.starts(with: "!--".utf8) {
        rest = behindComment(rest)
        continue
      }
      guard rest.prefix(4).map({ $0 | 0x20 }).elementsEqual("meta".utf8), let next = rest.dropFirst(4).first,
        isBlank(next)
      else { continue }
      let attributes = takeAttributes(&rest)
      guard attributes["name"]?.lowercased() == "ac-discovery",
        let words = attributes["content"]?.split(whereSeparator: \.isWhitespace), words.count == 2
      else { continue }
      result.append(Tag(prefix: String(words[0]), address: String(words[1])))
    }
    return result
  }

  private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0C, 0x0D].contains(byte) }

  private static func behindComment(_ rest: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var place = rest.startIndex
    while place + 2 < rest.endIndex {
      if rest[place..<place + 3].elementsEqual("-->".utf8) { return rest[(place + 3)...] }
      place += 1
    }
    return rest.suffix(0)
  }

  /// `name="value"`, `name='value'` or `name=value`, up to the tag's end.
  private static func takeAttributes(_ rest: inout ArraySlice<UInt8>) -> [String: String] {
    var result: [String: String] = [:]
    rest = rest.dropFirst(4)
    while true {
      rest = rest.drop { isBlank($0) || $0 == UInt8(ascii: "/") }
      guard let first = rest.first, first != UInt8(ascii: ">") else { return result }
      let name = rest.prefix { !isBlank($0) && ![UInt8(ascii: "="), UInt8(ascii: ">")].contains($0) }
      // An equals sign without a name.
      rest = rest.dropFirst(max(name.count, 1))
      let behind = rest.drop(while: isBlank)
      var value: ArraySlice<UInt8> = []
      if behind.first == UInt8(ascii: "="), !name.isEmpty {
        rest = behind.dropFirst().drop(while: isBlank)
        if let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
          value = rest.dropFirst().prefix { $0 != quote }
          rest = rest.dropFirst(value.count + 2)
        } else {
          value = rest.prefix { !isBlank($0) && $0 != UInt8(ascii: ">") }
          rest = rest.dropFirst(value.count)
        }
      }
      let text = String(decoding: value, as: UTF8.self).replacing("&amp;", with: "&")
      result[String(decoding: name, as: UTF8.self).lowercased()] = text
    }
  }
}
