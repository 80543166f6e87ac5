public import JSON

/// The parts of an image for one platform: a configuration, and layers.
///
/// Spec: manifest.md
public struct ImageManifest: JSONObject, Sendable, Equatable {
  /// 2
  public var schemaVersion: Int
  /// Of this document.
  public var mediaType: MediaType?
  /// What kind of artifact it is.
  public var artifactType: MediaType?
  /// The configuration.
  public var config: ContentDescriptor
  /// The layers, the base first.
  public var layers: [ContentDescriptor]
  /// Another manifest that this one says something about.
  public var subject: ContentDescriptor?
  /// Arbitrary metadata.
  public var annotations: [String: String]?

  /// What configuration and layers take by their descriptors, which may claim anything.
  public var totalSize: Int64 {
    layers.reduce(config.size) { sum, layer in
      let (next, isTooLarge) = sum.addingReportingOverflow(layer.size)
      return isTooLarge ? .max : next
    }
  }

  /// A manifest of an OCI image.
  public init(config: ContentDescriptor, layers: [ContentDescriptor]) {
    schemaVersion = 2
    mediaType = .manifest
    self.config = config
    self.layers = layers
  }

  /// See `JSONValue`.
  public init() {
    self.init(config: ContentDescriptor(), layers: [])
    schemaVersion = 0
    mediaType = nil
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("schemaVersion", &schemaVersion)
    json.member("mediaType", &mediaType)
    json.member("artifactType", &artifactType)
    json.member("config", &config)
    json.member("layers", &layers)
    json.member("subject", &subject)
    json.member("annotations", &annotations)
  }
}

/// Manifests of one image for several platforms, or all entries of a layout.
///
/// Spec: image-index.md
public struct ImageIndex: JSONObject, Sendable, Equatable {
  /// 2
  public var schemaVersion: Int
  /// Of this document.
  public var mediaType: MediaType?
  /// What kind of artifact it is.
  public var artifactType: MediaType?
  /// What it lists.
  public var manifests: [ContentDescriptor]
  /// Another manifest that this one says something about.
  public var subject: ContentDescriptor?
  /// Arbitrary metadata.
  public var annotations: [String: String]?

  /// An index of an OCI layout.
  public init(manifests: [ContentDescriptor]) {
    schemaVersion = 2
    mediaType = .index
    self.manifests = manifests
  }

  /// See `JSONValue`.
  public init() {
    self.init(manifests: [])
    schemaVersion = 0
    mediaType = nil
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("schemaVersion", &schemaVersion)
    json.member("mediaType", &mediaType)
    json.member("artifactType", &artifactType)
    json.member("manifests", &manifests)
    json.member("subject", &subject)
    json.member("annotations", &annotations)
  }
}

/// The file `oci-layout`.
///
/// Spec: image-layout.md#oci-layout-file
public struct LayoutHeader: JSONObject, Sendable, Equatable {
  /// 1.0.0
  public var imageLayoutVersion: String

  /// The file's name.
  public static let fileName = "oci-layout"
  /// The file of layouts as they are now.
  public static let current = LayoutHeader(imageLayoutVersion: "1.0.0")

  /// A header of some version.
  public init(imageLayoutVersion: String) {
    self.imageLayoutVersion = imageLayoutVersion
  }

  /// See `JSONValue`.
  public init() {
    self.init(imageLayoutVersion: "")
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("imageLayoutVersion", &imageLayoutVersion)
  }
}
