internal import ImageStore
internal import OCIImage
internal import RuntimeErrors

/// All that an image is made of, in the order in which a registry can take it.
struct PushedContent: Sendable {
  /// What the name is to stand for.
  let top: ContentDescriptor
  /// Each once.
  private(set) var blobs: [ContentDescriptor] = []
  /// What others refer to before these; the last is the top.
  private(set) var manifests: [FetchedManifest] = []
  private var known: Set<Digest> = []

  /// Reads what the store has.
  ///
  /// - Throws: `invalidImage` if something is missing.
  init(_ top: ContentDescriptor, in store: ImageStore) throws(RuntimeError) {
    self.top = top
    try add(top, store, depth: 0)
  }

  private mutating func add(
    _ descriptor: ContentDescriptor, _ store: ImageStore, depth: Int
  ) throws(RuntimeError) {
    guard known.insert(descriptor.digest).inserted else { return }
    guard depth < 4 else {
      throw RuntimeError(.invalidImage, "\(descriptor.digest): indexes in indexes in indexes")
    }
    let bytes = try store.readBlob(descriptor)
    if descriptor.mediaType.isIndex {
      for entry in try ImageIndex.load(from: bytes, name: descriptor.digest.text).manifests {
        guard try store.blobSize(entry.digest) != nil else {
          let platform = entry.platform.map { " for \($0)" } ?? ""
          throw RuntimeError(
            .invalidImage, "the manifest \(entry.digest)\(platform) is not here",
            hint: "--platform pushes one of the platforms, and `swbox pull --all-platforms` brings all")
        }
        try add(entry, store, depth: depth + 1)
      }
    } else if descriptor.mediaType.isManifest {
      let manifest = try ImageManifest.load(from: bytes, name: descriptor.digest.text)
      for part in [manifest.config] + manifest.layers where !part.mediaType.isNonDistributable {
        guard known.insert(part.digest).inserted else { continue }
        guard try store.blobSize(part.digest) == part.size else {
          throw RuntimeError(.invalidImage, "the blob \(part.digest) of \(descriptor.digest) is not here")
        }
        blobs.append(part)
      }
    } else {
      blobs.append(descriptor)
      return
    }
    manifests.append(FetchedManifest(bytes: bytes, descriptor: descriptor))
  }

  /// Whether all that an index lists is in the store.
  static func isWhole(_ index: ContentDescriptor, in store: ImageStore) throws(RuntimeError) -> Bool {
    do throws(RuntimeError) {
      _ = try PushedContent(index, in: store)
      return true
    } catch let error where error.code == .invalidImage {
      return false
    }
  }
}

/// Other repositories of the same registry that may have a blob: those whose images here have it.
struct MountOrigins: Sendable {
  private var repositories: [Digest: [String]] = [:]
  private static let most = 2

  init(
    of content: PushedContent, registry: String?, besides own: String, in store: ImageStore
  ) throws(RuntimeError) {
    let wanted = Set(content.blobs.map(\.digest))
    for image in try store.images() {
      guard let name = image.name.flatMap({ try? Reference($0) }), name.registry == registry,
        name.repository != own
      else { continue }
      var found: Set<Digest> = []
      // One that is damaged is no reason not to push another.
      try? store.visit(image.descriptor) { if wanted.contains($0.digest) { found.insert($0.digest) } }
      for digest in found {
        let known = repositories[digest] ?? []
        if known.count < MountOrigins.most, !known.contains(name.repository) {
          repositories[digest] = known + [name.repository]
        }
      }
    }
  }

  /// Where a blob may be had.
  subscript(_ digest: Digest) -> [String] { repositories[digest] ?? [] }
}
