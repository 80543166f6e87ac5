public import JSON

/// What kind of content a descriptor names.
///
/// Spec: media-types.md
public struct MediaType: Hashable, Sendable, CustomStringConvertible {
  /// As it is written: `application/vnd.oci.image.manifest.v1+json`.
  public let text: String

  /// What a document says.
  public init(_ text: String) {
    self.text = text
  }

  /// As it is written.
  public var description: String { text }

  /// application/vnd.oci.image.index.v1+json
  public static let index = MediaType("application/vnd.oci.image.index.v1+json")
  /// application/vnd.oci.image.manifest.v1+json
  public static let manifest = MediaType("application/vnd.oci.image.manifest.v1+json")
  /// application/vnd.oci.image.config.v1+json
  public static let config = MediaType("application/vnd.oci.image.config.v1+json")
  /// application/vnd.oci.image.layer.v1.tar
  public static let layer = MediaType("application/vnd.oci.image.layer.v1.tar")
  /// application/vnd.oci.image.layer.v1.tar+gzip
  public static let layerGzip = MediaType("application/vnd.oci.image.layer.v1.tar+gzip")
  /// application/vnd.oci.image.layer.v1.tar+zstd
  public static let layerZstd = MediaType("application/vnd.oci.image.layer.v1.tar+zstd")
  /// application/vnd.oci.empty.v1+json: unused, `{}`
  public static let empty = MediaType("application/vnd.oci.empty.v1+json")
  /// Docker's list of manifests.
  public static let dockerIndex = MediaType("application/vnd.docker.distribution.manifest.list.v2+json")
  /// Docker's manifest.
  public static let dockerManifest = MediaType("application/vnd.docker.distribution.manifest.v2+json")
  /// Docker's configuration.
  public static let dockerConfig = MediaType("application/vnd.docker.container.image.v1+json")

  /// Whether the content is an image index, of OCI or Docker.
  public var isIndex: Bool { self == .index || self == .dockerIndex }

  /// Whether the content is an image manifest, of OCI or Docker.
  public var isManifest: Bool { self == .manifest || self == .dockerManifest }

  /// Whether the content is an image configuration, of OCI or Docker.
  public var isConfig: Bool { self == .config || self == .dockerConfig }

  /// How a layer of this type is compressed; nil if it is no type of layers.
  public var layerCompression: Compression? { MediaType.layers[text] }

  /// Whether it is a layer that may not be distributed.
  ///
  /// Spec: layer.md#non-distributable-layers
  public var isNonDistributable: Bool {
    text.hasPrefix("application/vnd.oci.image.layer.nondistributable.v1.tar")
      || text == "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
  }

  private static let layers: [String: Compression] = [
    "application/vnd.oci.image.layer.v1.tar": .none,
    "application/vnd.oci.image.layer.v1.tar+gzip": .gzip,
    "application/vnd.oci.image.layer.v1.tar+zstd": .zstd,
    "application/vnd.oci.image.layer.v1.tar+xz": .xz,
    "application/vnd.oci.image.layer.nondistributable.v1.tar": .none,
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip": .gzip,
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd": .zstd,
    "application/vnd.docker.image.rootfs.diff.tar": .none,
    "application/vnd.docker.image.rootfs.diff.tar.gzip": .gzip,
    "application/vnd.docker.image.rootfs.diff.tar.zstd": .zstd,
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip": .gzip,
  ]

  /// Whether it is named as RFC 6838, section 4.2, asks for.
  public var isWellFormed: Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy(MediaType.isRestrictedName)
  }

  private static func isRestrictedName(_ name: Substring.UTF8View) -> Bool {
    guard let first = name.first, isAlphanumeric(first), name.count <= 127 else { return false }
    return name.allSatisfy { isAlphanumeric($0) || "!#$&-^_.+".utf8.contains($0) }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch Unicode.Scalar(byte) {
    case "a"..."z", "A"..."Z", "0"..."9": true
    default: false
    }
  }
}

extension MediaType: JSONValue {
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

/// How a layer is compressed.
public enum Compression: String, Sendable, CaseIterable {
  case none, gzip, zstd, xz
}

extension Compression {
  /// The type of layers that are compressed so. Of xz the specification knows nothing; its type is made as the others.
  public var layerType: MediaType {
    switch self {
    case .none: .layer
    case .gzip: .layerGzip
    case .zstd: .layerZstd
    case .xz: MediaType("application/vnd.oci.image.layer.v1.tar+xz")
    }
  }
}
