internal import Glibc
internal import LinuxKernel
public import OCIImage
public import RuntimeErrors

extension ImageStore {
  /// Goes to all content that a descriptor leads to and that is there, itself first; to each once, however often
  /// it is listed.
  public func visit(
    _ descriptor: ContentDescriptor, _ body: (ContentDescriptor) -> Void
  ) throws(RuntimeError) {
    try visit(descriptor, damaged: { (_, error) throws(RuntimeError) in throw error }, body)
  }

  /// The same of an image that may be damaged.
  ///
  /// - Parameters:
  ///   - damaged: Gets an index or a manifest that cannot be read, and why. What it returns is gone to.
  func visit(
    _ descriptor: ContentDescriptor,
    damaged: (ContentDescriptor, RuntimeError) throws(RuntimeError) -> [ContentDescriptor],
    _ body: (ContentDescriptor) -> Void
  ) throws(RuntimeError) {
    // By its type, too: what one index calls a layer, another may call an index.
    var known: Set<ContentKey> = []
    var rest = [descriptor]
    while let content = rest.popLast() {
      guard known.insert(ContentKey(content)).inserted, try blobSize(content.digest) != nil else { continue }
      body(content)
      do throws(RuntimeError) {
        rest += try parts(of: content).reversed()
      } catch {
        rest += try damaged(content, error)
      }
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

extension ImageStore {
  /// What an index or a manifest that cannot be read any more seems to list: all that is there under a digest which
  /// its bytes still hold. Small JSON is looked through as well, for a damaged index lists manifests.
  func mentioned(in damaged: ContentDescriptor) throws(RuntimeError) -> [ContentDescriptor] {
    var found: [Digest: ContentDescriptor] = [:]
    var rest = [damaged.digest]
    while let digest = rest.popLast() {
      guard let size = try blobSize(digest), size <= Int64(ImageStore.maximumDocument) else { continue }
      let file = try Kernel.open(blobPath(digest), at: root.number, flags: O_RDONLY | O_NOFOLLOW)
      if digest != damaged.digest, try Kernel.read(file.number, most: 1) != [UInt8(ascii: "{")] { continue }
      let bytes = try Kernel.readAll(file.number, limit: ImageStore.maximumDocument, name: digest.text)
      for digest in Digest.all(in: bytes) where found[digest] == nil {
        guard let size = try blobSize(digest) else { continue }
        found[digest] = ContentDescriptor(mediaType: MediaType(), digest: digest, size: size)
        rest.append(digest)
      }
    }
    return Array(found.values)
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
