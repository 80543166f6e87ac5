internal import ImageStore
internal import JSON
internal import OCIImage
internal import RuntimeErrors

/// What of an image is to be brought: all that leads to the platforms that are wanted.
struct ImageSelection: Sendable {
  let repository: Repository
  private let store: ImageStore
  /// Manifests and indexes, what refers to others before these.
  private(set) var documents: [FetchedManifest] = []
  /// Each once.
  private(set) var configs: [ContentDescriptor] = []
  /// Each once, the bases first.
  private(set) var layers: [ContentDescriptor] = []
  /// For each manifest of an image: its digest, and those of the indexes that lead to it.
  private(set) var paths: [[Digest]] = []
  private var manifests: [(descriptor: ContentDescriptor, manifest: ImageManifest)] = []
  private static let mostManifests = 1000
  private static let mostLayers = 1000

  init(repository: Repository, store: ImageStore) {
    self.repository = repository
    self.store = store
  }

  /// Adds a manifest, or what is wanted of an index.
  mutating func add(
    _ fetched: FetchedManifest, _ options: PullOptions, above: [Digest] = []
  ) async throws(RuntimeError) {
    let digest = fetched.descriptor.digest
    guard !documents.contains(where: { $0.descriptor.digest == digest }) else { return }
    documents.append(fetched)
    guard documents.count <= ImageSelection.mostManifests, above.count < 4 else {
      throw RuntimeError(.invalidAnswer, "\(repository.source): there is no end to its indexes")
    }
    guard fetched.descriptor.mediaType.isIndex else { return try add(manifest: fetched, above) }
    let index = try ImageIndex.load(from: fetched.bytes, name: digest.text)
    for entry in try wanted(in: index, fetched.descriptor, options) {
      guard entry.digest.isVerifiable, entry.size >= 0, entry.size <= Repository.maximumManifest else {
        throw RuntimeError(.invalidImage, "\(digest): an entry has no digest or no size that can be checked")
      }
      let manifest = try await repository.manifest(entry.digest.text, expected: entry)
      try await add(manifest, options, above: above + [digest])
    }
  }

  /// Spec: image-index.md#image-index-property-descriptions
  private func wanted(
    in index: ImageIndex, _ descriptor: ContentDescriptor, _ options: PullOptions
  ) throws(RuntimeError) -> [ContentDescriptor] {
    let usable = index.manifests.filter { $0.mediaType.isIndex || $0.mediaType.isManifest }
    if options.isForAllPlatforms { return usable }
    let platform = options.platform ?? .host
    if let found = usable.best(for: platform) { return [found] }
    let offered = usable.compactMap(\.platform).filter { $0.os != "unknown" }.map(\.description)
    throw RuntimeError(
      .imageNotFound, "\(repository.source) has no image for \(platform)",
      hint: offered.isEmpty ? nil : "it has \(offered.prefix(20).joined(separator: ", "))")
  }

  private mutating func add(manifest fetched: FetchedManifest, _ above: [Digest]) throws(RuntimeError) {
    let digest = fetched.descriptor.digest
    let manifest = try ImageManifest.load(from: fetched.bytes, name: digest.text)
    guard manifest.layers.count <= ImageSelection.mostLayers else {
      throw RuntimeError(.invalidImage, "\(digest) has \(manifest.layers.count) layers")
    }
    guard manifest.config.size <= ImageStore.maximumDocument else {
      throw RuntimeError(.invalidImage, "\(digest): its configuration has \(manifest.config.size) bytes")
    }
    paths.append([digest] + above)
    manifests.append((fetched.descriptor, manifest))
    if !configs.contains(where: { $0.digest == manifest.config.digest }) { configs.append(manifest.config) }
    var known = Set(layers.map(\.digest))
    for layer in manifest.layers where known.insert(layer.digest).inserted { layers.append(layer) }
  }

  /// The image whose layers can be unpacked here; its configuration is in the store. Nil if none is for this machine.
  func unpackable(_ store: ImageStore) throws(RuntimeError) -> ImageContents? {
    for (descriptor, manifest) in manifests where manifest.config.mediaType.isConfig {
      let config = try store.document(ImageConfig.self, manifest.config)
      guard manifests.count == 1 || config.platform.fits(.host) else { continue }
      guard manifest.layers.allSatisfy({ $0.mediaType.layerCompression != nil }) else { continue }
      let image = ImageContents(descriptor: descriptor, manifest: manifest, config: config)
      try image.check()
      return image
    }
    return nil
  }
}
