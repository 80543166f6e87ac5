internal import JSON
public import OCIImage
public import RuntimeErrors

/// An image that is not complete: its configuration, and its layers so far.
public struct ImageDraft: Sendable {
  /// What the configuration will be. Layers and their digests are added together.
  public private(set) var config: ImageConfig
  /// The blobs, the base first.
  public private(set) var layers: [ContentDescriptor] = []
  /// Of the manifest.
  public var annotations: [String: String] = [:]

  /// One without layers.
  public init(platform: Platform = .host) {
    config = ImageConfig(platform: platform, rootfs: .init(diffIDs: []))
  }

  /// One that begins with an image which is complete.
  public init(_ image: ImageContents) {
    config = image.config
    layers = image.manifest.layers
    // Other programs leave the history out, or parts of it.
    let known = (config.history ?? []).count { $0.emptyLayer != true }
    let missing = max(0, layers.count - known)
    config.history =
      Array(repeating: .init(created: nil, createdBy: ""), count: missing) + (config.history ?? [])
  }

  /// When the image was created. RFC 3339
  public var created: String? {
    get { config.created }
    set { config.created = newValue }
  }

  /// Who made the image.
  public var author: String? {
    get { config.author }
    set { config.author = newValue }
  }

  /// Defaults of a container.
  public var execution: ImageConfig.Execution {
    get { config.config ?? ImageConfig.Execution() }
    set { config.config = newValue == ImageConfig.Execution() ? nil : newValue }
  }

  /// Adds a layer, and how it came.
  public mutating func add(_ layer: PackedLayer, _ entry: ImageConfig.History) {
    layers.append(layer.blob)
    config.rootfs.diffIDs.append(layer.diffID)
    add(entry)
  }

  /// Adds a step that makes no layer; `entry` says so.
  public mutating func add(_ entry: ImageConfig.History) {
    config.history = (config.history ?? []) + [entry]
  }

  /// Leaves of the layers only what the history tells of them.
  public mutating func removeLayers() {
    layers = []
    config.rootfs.diffIDs = []
    config.history = config.history?.map { entry in
      var entry = entry
      entry.emptyLayer = true
      return entry
    }
  }

  /// What it would be if it were complete now; nil without layers.
  public var contents: ImageContents? {
    guard !layers.isEmpty else { return nil }
    let manifest = ImageManifest(config: ContentDescriptor(), layers: layers)
    return ImageContents(descriptor: ContentDescriptor(), manifest: manifest, config: config)
  }

  /// Keeps configuration and manifest.
  ///
  /// - Returns: The manifest's descriptor. The image has no name yet.
  public func keep(in store: ImageStore) throws(RuntimeError) -> ContentDescriptor {
    let descriptor = try store.addBlob(JSONWriter().encode(config), mediaType: .config)
    var manifest = ImageManifest(config: descriptor, layers: layers)
    if !annotations.isEmpty { manifest.annotations = annotations }
    return try store.addBlob(JSONWriter().encode(manifest), mediaType: .manifest)
  }
}
