internal import Crypto
public import JSON

/// The name of content by its hash: `sha256:6c3c…`.
///
/// Holds whatever a document says; `isWellFormed` tells whether it is one. Whoever makes a file name of it asks
/// `isVerifiable` first.
///
/// Spec: descriptor.md#digests
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  /// The algorithm, a colon, and the encoded hash.
  public let text: String

  /// What a document says.
  public init(_ text: String) {
    self.text = text
  }

  /// What comes before the colon.
  public var algorithm: String { String(text.prefix { $0 != ":" }) }

  /// What comes behind the colon.
  public var encoded: String { String(text.drop { $0 != ":" }.dropFirst()) }

  /// As it is written.
  public var description: String { text }

  /// As people read it: the first 12 digits.
  public var short: String { String(encoded.prefix(12)) }

  /// Whether it follows the grammar, and its algorithm's own restriction.
  ///
  /// Spec: descriptor.md#digests, descriptor.md#registered-algorithms
  public var isWellFormed: Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty, Digest.isAlgorithm(parts[0]) else { return false }
    guard let length = Digest.lengths[algorithm] else { return parts[1].allSatisfy(Digest.isEncoded) }
    return parts[1].count == length && parts[1].allSatisfy(Digest.isHexadecimal)
  }

  /// Whether content can be checked against it here: sha256 and sha512.
  public var isVerifiable: Bool { isWellFormed && ["sha256", "sha512"].contains(algorithm) }

  private static let lengths = ["sha256": 64, "sha512": 128, "blake3": 64]

  private static func isAlgorithm(_ text: Substring.UTF8View) -> Bool {
    let components = text.split(omittingEmptySubsequences: false) { "+._-".utf8.contains($0) }
    return components.allSatisfy { component in
      !component.isEmpty
        && component.allSatisfy {
          ("a"..."z").contains(Unicode.Scalar($0)) || ("0"..."9").contains(Unicode.Scalar($0))
        }
    }
  }

  private static func isEncoded(_ byte: UInt8) -> Bool {
    switch Unicode.Scalar(byte) {
    case "a"..."z", "A"..."Z", "0"..."9", "=", "_", "-": true
    default: false
    }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch Unicode.Scalar(byte) {
    case "a"..."f", "0"..."9": true
    default: false
    }
  }
}

extension Digest: JSONValue {
  /// See `JSONValue`.
  public init() {
    self.init("")
  }

  /// See `JSONValue`.
  public init(reading json: inout JSONExchange, at node: Int) {
    self.init(String(reading: &json, at: node))
  }

  /// See `JSONValue`.
  public func write(to json: inout JSONExchange) {
    text.write(to: &json)
  }
}

extension Digest {
  /// All digests that can be checked and stand somewhere in a text.
  public static func all(in text: [UInt8]) -> [Digest] {
    var found: [Digest] = []
    for (place, byte) in text.enumerated() where byte == UInt8(ascii: ":") && place >= 6 {
      guard text[(place - 6)...].starts(with: "sha".utf8) else { continue }
      let encoded = text[(place + 1)...].prefix(128).prefix(while: isHexadecimal)
      let digest = Digest(String(decoding: text[(place - 6)...place] + encoded, as: UTF8.self))
      if digest.isVerifiable { found.append(digest) }
    }
    return found
  }
}

/// A digest in the making, fed part by part.
public struct DigestCalculation {
  private var hash: any HashFunction
  private let algorithm: String

  /// Begins one.
  ///
  /// - Parameters:
  ///   - algorithm: `sha256` or `sha512`; anything else counts as `sha256`.
  public init(algorithm: String = "sha256") {
    self.algorithm = algorithm == "sha512" ? algorithm : "sha256"
    hash = algorithm == "sha512" ? SHA512() : SHA256()
  }

  /// Adds the next part.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    hash.update(bufferPointer: bytes)
  }

  /// The digest of all parts so far.
  public func digest() -> Digest {
    var text = algorithm + ":"
    for byte in Array(hash.finalize()) {
      text += byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
    }
    return Digest(text)
  }
}

extension Digest {
  /// The SHA-256 digest of some bytes.
  public init(of bytes: [UInt8]) {
    var calculation = DigestCalculation()
    bytes.withUnsafeBytes { calculation.update($0) }
    self = calculation.digest()
  }

  /// What identifies layers applied one upon the other: for each layer, it and all below it.
  ///
  /// Spec: config.md#layer-chainid
  public static func chains(_ diffIDs: [Digest]) -> [Digest] {
    var chains: [Digest] = []
    for diffID in diffIDs {
      chains.append(chains.last.map { Digest(of: Array("\($0) \(diffID)".utf8)) } ?? diffID)
    }
    return chains
  }

  /// What identifies all of the layers together; nil if there is none.
  ///
  /// Spec: config.md#layer-chainid
  public static func chain(_ diffIDs: [Digest]) -> Digest? { chains(diffIDs).last }
}
