public import OCIImage
public import RuntimeErrors

extension ImageStore {
  /// Goes to all content that a descriptor leads to and that is there, itself first; to each once, however often
  /// it is listed.
  public func visit(
    _ descriptor: ContentDescriptor, _ body: (ContentDescriptor) -> Void
  ) throws(RuntimeError) {
    // By its type, too: what one index calls a layer, another may call an index.
    var known: Set<ContentKey> = []
    var rest = [descriptor]
    while let content = rest.popLast() {
      guard known.insert(ContentKey(content)).inserted, try blobSize(content.digest) != nil else { continue }
      body(content)
      rest += try parts(of: content).reversed()
    }
  }

  /// What an index or a manifest lists; nothing of anything else.
  private func parts(of content: ContentDescriptor) throws(RuntimeError) -> [ContentDescriptor] {
    if content.mediaType.isIndex { return try document(ImageIndex.self, content).manifests }
    guard content.mediaType.isManifest else { return [] }
    let manifest = try document(ImageManifest.self, content)
    return [manifest.config] + manifest.layers
  }
}

/// Content, and what it is taken for.
struct ContentKey: Hashable {
  private let digest: Digest
  private let mediaType: MediaType

  init(_ descriptor: ContentDescriptor) {
    digest = descriptor.digest
    mediaType = descriptor.mediaType
  }
}
