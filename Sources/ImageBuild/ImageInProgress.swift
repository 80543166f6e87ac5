internal import ImageStore
internal import JSON
internal import OCIImage
internal import RuntimeErrors

/// An image that is not complete: its layers so far, and how they came.
struct ImageInProgress {
  private(set) var layers: [ContentDescriptor] = []
  private(set) var diffIDs: [Digest] = []
  private(set) var history: [ImageConfig.History] = []
  var platform = Platform.host
  var execution = ImageConfig.Execution()
  var author: String?
  var annotations: [String: String] = [:]

  init() {}

  /// What it would be if it were complete now.
  var contents: ImageContents? {
    guard !layers.isEmpty else { return nil }
    let config = ImageConfig(platform: platform, rootfs: .init(diffIDs: diffIDs))
    let manifest = ImageManifest(config: ContentDescriptor(), layers: layers)
    return ImageContents(descriptor: ContentDescriptor(), manifest: manifest, config: config)
  }

  /// What identifies its files; nil if there are none.
  var chain: Digest? { Digest.chain(diffIDs) }

  /// Begins with an image that is complete.
  mutating func begin(with image: ImageContents) {
    layers = image.manifest.layers
    diffIDs = image.config.rootfs.diffIDs
    history = image.config.history ?? []
    // Other programs leave the history out, or parts of it.
    let known = history.count { $0.emptyLayer != true }
    for _ in 0..<max(0, layers.count - known) { history.insert(.init(created: nil, createdBy: ""), at: 0) }
    platform = image.config.platform
    execution = image.config.config ?? ImageConfig.Execution()
    author = image.config.author
  }

  mutating func add(_ layer: PackedLayer, replacing: Bool) {
    if replacing {
      layers = []
      diffIDs = []
      for place in history.indices { history[place].emptyLayer = true }
    }
    layers.append(layer.blob)
    diffIDs.append(layer.diffID)
  }

  mutating func note(_ step: BuildStep, created: String, makesLayer: Bool) {
    var entry = ImageConfig.History(created: created, createdBy: "swbox build: \(step.summary)")
    if !makesLayer { entry.emptyLayer = true }
    history.append(entry)
  }

  /// Keeps configuration and manifest.
  func store(in store: ImageStore, created: String) throws(RuntimeError) -> ContentDescriptor {
    var config = ImageConfig(platform: platform, rootfs: .init(diffIDs: diffIDs))
    config.created = created
    config.author = author
    config.history = history
    if execution != ImageConfig.Execution() { config.config = execution }
    let descriptor = try store.addBlob(JSONWriter().encode(config), mediaType: .config)
    var manifest = ImageManifest(config: descriptor, layers: layers)
    if !annotations.isEmpty { manifest.annotations = annotations }
    return try store.addBlob(JSONWriter().encode(manifest), mediaType: .manifest)
  }
}

extension BuildFile {
  /// Changes what containers of the image are like.
  func apply(to image: inout ImageInProgress) {
    defaults.apply(to: &image.execution)
    if let author { image.author = author }
    for (name, value) in annotations { image.annotations[name] = value }
  }
}
