public import JSON

/// What one document says of content that lies elsewhere.
///
/// Spec: descriptor.md#properties
public struct ContentDescriptor: JSONObject, Sendable, Equatable {
  /// What kind of content it is.
  public var mediaType: MediaType
  /// The content's name.
  public var digest: Digest
  /// The content's length in bytes.
  public var size: Int64
  /// Where the content may be had.
  public var urls: [String]?
  /// Arbitrary metadata.
  public var annotations: [String: String]?
  /// The content itself, in Base 64.
  public var data: String?
  /// What kind of artifact a manifest is.
  public var artifactType: MediaType?
  /// What the image needs to run. Spec: image-index.md#image-index-property-descriptions
  public var platform: Platform?

  /// A descriptor of content.
  public init(mediaType: MediaType, digest: Digest, size: Int64, annotations: [String: String]? = nil) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
    self.annotations = annotations
  }

  /// The name in a layout's index. Spec: annotations.md#pre-defined-annotation-keys
  public var referenceName: String? {
    get { annotations?[AnnotationKey.referenceName] }
    set {
      annotations = (annotations ?? [:]).merging([AnnotationKey.referenceName: newValue ?? ""]) { $1 }
      if newValue == nil { annotations?[AnnotationKey.referenceName] = nil }
      if annotations?.isEmpty == true { annotations = nil }
    }
  }

  /// See `JSONValue`.
  public init() {
    self.init(mediaType: MediaType(), digest: Digest(), size: 0)
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("mediaType", &mediaType)
    json.member("digest", &digest)
    json.member("size", &size)
    json.member("urls", &urls)
    json.member("annotations", &annotations)
    json.member("data", &data)
    json.member("artifactType", &artifactType)
    json.member("platform", &platform)
  }
}

/// Annotations that the program itself reads or writes.
public enum AnnotationKey {
  /// `org.opencontainers.image.ref.name`
  public static let referenceName = "org.opencontainers.image.ref.name"
}

/// What an image needs to run.
///
/// Spec: image-index.md#image-index-property-descriptions
public struct Platform: JSONObject, Sendable, Equatable, CustomStringConvertible {
  /// As Go names it: `amd64`.
  public var architecture: String
  /// As Go names it: `linux`.
  public var os: String
  /// Version of the operating system.
  public var osVersion: String?
  /// Features of the operating system.
  public var osFeatures: [String]?
  /// Variant of the CPU: `v8`.
  public var variant: String?

  /// A platform.
  public init(architecture: String, os: String, variant: String? = nil) {
    self.architecture = architecture
    self.os = os
    self.variant = variant
  }

  /// Reads `os/architecture` or `os/architecture/variant`; nil if it is neither.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (2...3).contains(parts.count), !parts.contains("") else { return nil }
    self.init(architecture: parts[1], os: parts[0], variant: parts.count == 3 ? parts[2] : nil)
  }

  /// `linux/arm64/v8`
  public var description: String {
    "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "")
  }

  /// This machine's.
  public static let host: Platform = {
    #if arch(x86_64)
      Platform(architecture: "amd64", os: "linux")
    #elseif arch(arm64)
      Platform(architecture: "arm64", os: "linux")
    #elseif arch(riscv64)
      Platform(architecture: "riscv64", os: "linux")
    #elseif arch(powerpc64le)
      Platform(architecture: "ppc64le", os: "linux")
    #elseif arch(s390x)
      Platform(architecture: "s390x", os: "linux")
    #else
      Platform(architecture: "unknown", os: "linux")
    #endif
  }()

  /// Whether an image for `self` does where another platform is wanted; a variant that one of them leaves out does
  /// not matter.
  public func fits(_ wanted: Platform) -> Bool { rank(for: wanted) != nil }

  /// How well an image for `self` does where another platform is wanted.
  ///
  /// - Returns: 0 is best; nil if it does not do at all: it may need more than there is.
  func rank(for wanted: Platform) -> Int? {
    guard architecture == wanted.architecture, os == wanted.os else { return nil }
    guard Set(osFeatures ?? []).isSubset(of: wanted.osFeatures ?? []) else { return nil }
    if variant == wanted.variant { return 0 }
    if lowestVariant == wanted.lowestVariant { return 1 }
    return variant == nil || wanted.variant == nil ? 2 : nil
  }

  /// The variant, or that which all CPUs of the architecture have.
  private var lowestVariant: String? { variant ?? ["amd64": "v1", "arm64": "v8"][architecture] }

  /// See `JSONValue`.
  public init() {
    self.init(architecture: "", os: "")
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("architecture", &architecture)
    json.member("os", &os)
    json.member("os.version", &osVersion)
    json.member("os.features", &osFeatures)
    json.member("variant", &variant)
  }
}

extension [ContentDescriptor] {
  /// The entry of an index that does best for a platform: the first of those that need the least of it.
  ///
  /// Spec: image-index.md#image-index-property-descriptions
  public func best(for platform: Platform) -> ContentDescriptor? {
    var best: (entry: ContentDescriptor, rank: Int)?
    for entry in self {
      guard let rank = entry.platform.map({ $0.rank(for: platform) }) ?? 0 else { continue }
      if rank < best?.rank ?? .max { best = (entry, rank) }
    }
    return best?.entry
  }
}
