internal import JSON
public import RuntimeErrors

/// The name of an image: `[registry/]repository[:tag][@digest]`.
///
/// As the distribution project defines it: lower case, components of letters and digits with separators between
/// them, a tag of at most 128 characters.
public struct Reference: Hashable, Sendable, CustomStringConvertible {
  /// The registry's host, perhaps with a port; nil if the name begins with the repository.
  public let registry: String?
  /// What comes behind the registry: `library/busybox`.
  public let repository: String
  /// What comes behind the colon.
  public let tag: String?
  /// What comes behind the at sign.
  public let digest: Digest?

  /// Reads a name.
  ///
  /// - Throws: `invalidArgument` that says what is wrong with it.
  public init(_ text: String) throws(RuntimeError) {
    func fault(_ problem: String) -> RuntimeError {
      RuntimeError(.invalidArgument, "reference \(quoted(text)): \(problem)")
    }
    var rest = Substring(text)
    digest = try Reference.takeDigest(from: &rest, fault)
    tag = try Reference.takeTag(from: &rest, fault)
    let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, Reference.looksLikeRegistry(parts[0]) {
      guard Reference.isRegistry(parts[0]) else { throw fault("\(quoted(String(parts[0]))) is no host") }
      registry = String(parts[0])
      rest = parts[1]
    } else {
      registry = nil
    }
    guard !rest.isEmpty else { throw fault("has no repository") }
    guard text.utf8.count <= 512 else { throw fault("is longer than 512 bytes") }
    for component in rest.split(separator: "/", omittingEmptySubsequences: false)
    where !Reference.isComponent(component) {
      throw fault(
        "found \(quoted(String(component))), expected lower-case letters and digits with . _ __ or - between them"
      )
    }
    repository = String(rest)
  }

  private init(registry: String?, repository: String, tag: String?, digest: Digest?) {
    self.registry = registry
    self.repository = repository
    self.tag = tag
    self.digest = digest
  }

  /// As it is written.
  public var description: String {
    name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
  }

  /// Registry and repository, without tag and digest.
  public var name: String { (registry.map { "\($0)/" } ?? "") + repository }

  /// The same with the tag `latest` if it has neither tag nor digest.
  public var tagged: Reference {
    guard tag == nil, digest == nil else { return self }
    return Reference(registry: registry, repository: repository, tag: "latest", digest: nil)
  }

  /// The same as an image is kept under: a digest says all that a tag beside it could, which may mean another image
  /// by now.
  public var stored: Reference {
    guard digest != nil, tag != nil else { return self }
    return Reference(registry: registry, repository: repository, tag: nil, digest: digest)
  }

  /// The same in a registry, if it names none.
  public func inRegistry(_ host: String, below folder: String = "") -> Reference {
    guard registry == nil else { return self }
    let isShort = !repository.contains("/")
    return Reference(
      registry: host, repository: (isShort ? folder : "") + repository, tag: tag, digest: digest)
  }

  /// The names that a short one may stand for, as podman and Docker complete it.
  public var candidates: [Reference] {
    guard registry == nil else { return [tagged] }
    return [tagged.inRegistry("localhost"), tagged.inRegistry("docker.io", below: "library/")]
  }

  private static func takeDigest(
    from rest: inout Substring, _ fault: (String) -> RuntimeError
  ) throws(RuntimeError) -> Digest? {
    guard let at = rest.firstIndex(of: "@") else { return nil }
    let digest = Digest(String(rest[rest.index(after: at)...]))
    guard digest.isWellFormed else { throw fault("\(quoted(digest.text)) is no digest") }
    rest = rest[..<at]
    return digest
  }

  private static func takeTag(
    from rest: inout Substring, _ fault: (String) -> RuntimeError
  ) throws(RuntimeError) -> String? {
    let last = rest.lastIndex(of: "/") ?? rest.startIndex
    guard let colon = rest[last...].lastIndex(of: ":") else { return nil }
    let tag = rest[rest.index(after: colon)...]
    guard let first = tag.utf8.first, tag.utf8.count <= 128, isWord(first),
      tag.utf8.allSatisfy({ isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") })
    else { throw fault("\(quoted(String(tag))) is no tag") }
    rest = rest[..<colon]
    return String(tag)
  }

  private static func looksLikeRegistry(_ part: Substring) -> Bool {
    part == "localhost" || part.contains(".") || part.contains(":")
      || part.unicodeScalars.contains { ("A"..."Z").contains($0) }
  }

  private static func isRegistry(_ part: Substring) -> Bool {
    if part.hasPrefix("[") {
      let pieces = part.dropFirst().split(separator: "]", omittingEmptySubsequences: false)
      let isAddress = pieces[0].unicodeScalars.allSatisfy { $0.properties.isASCIIHexDigit || $0 == ":" }
      return pieces.count == 2 && isAddress && (pieces[1].isEmpty || isPort(pieces[1].dropFirst()))
    }
    let pieces = part.split(separator: ":", omittingEmptySubsequences: false)
    guard pieces.count <= 2, pieces.count == 1 || isPort(pieces[1]) else { return false }
    return pieces[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      guard let first = label.utf8.first, let last = label.utf8.last else { return false }
      return first != UInt8(ascii: "-") && last != UInt8(ascii: "-")
        && label.utf8.allSatisfy { isWord($0) && $0 != UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }
  }

  private static func isPort(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.count <= 5 && text.utf8.allSatisfy { (48...57).contains($0) }
  }

  /// `[a-z0-9]+(([.]|_|__|-+)[a-z0-9]+)*`
  private static func isComponent(_ text: Substring) -> Bool {
    var separator = ""
    var hasWord = false
    for character in text.unicodeScalars {
      switch character {
      case "a"..."z", "0"..."9":
        let isDash = !separator.isEmpty && separator.allSatisfy { $0 == "-" }
        guard separator.isEmpty || hasWord && (isDash || [".", "_", "__"].contains(separator)) else {
          return false
        }
        separator = ""
        hasWord = true
      case ".", "_", "-": separator.unicodeScalars.append(character)
      default: return false
      }
    }
    return hasWord && separator.isEmpty
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch Unicode.Scalar(byte) {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
  }
}
