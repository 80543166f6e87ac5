public import ImageStore
public import OCIImage
public import RuntimeErrors

/// What is pushed, and how.
public struct PushOptions: Sendable {
  /// How registries are spoken to.
  public var registry = RegistryOptions()
  /// Which of an image's platforms; nil for all that are here.
  public var platform: Platform?
  /// Whether an image that is here only in part is an error.
  public var isForAllPlatforms = false
  /// How many bytes are sent in one request at most; nil for all at once.
  public var chunkSize: Int64?

  /// The usual ones.
  public init() {}
}

/// What came of a push.
public struct PushedImage: Sendable {
  /// The name that it has there.
  public var name: Reference
  /// What the name stands for there.
  public var descriptor: ContentDescriptor
  /// How many bytes of blobs went over the network.
  public var transferred: Int64
}

/// Brings an image from the store to a registry: blobs first, then manifests, the tag last.
///
/// Spec: distribution-spec/spec.md#push
public struct Push: Sendable {
  private let image: StoredImage
  private let name: Reference
  private let options: PushOptions
  private let store: ImageStore
  private let progress: any TransferProgress

  /// - Parameters:
  ///   - name: The full name that it gets; a tag, if it has one.
  ///   - store: Where it is.
  public init(
    _ image: StoredImage, as name: Reference, _ options: PushOptions = PushOptions(), from store: ImageStore,
    progress: any TransferProgress = NoProgress()
  ) {
    self.image = image
    self.name = name
    self.options = options
    self.store = store
    self.progress = progress
  }

  /// Does it, and waits until it is done.
  ///
  /// - Throws: `registryUnreachable`, `registryRefused`, `invalidImage` if a part of the image is missing …
  public func perform() throws(RuntimeError) -> PushedImage {
    guard name.registry != nil else {
      throw RuntimeError(.invalidArgument, "\(name) names no registry to push to")
    }
    let content = try PushedContent(top(), in: store)
    let session = RegistrySession(options.registry, try RegistriesConf.load())
    return try Foreground.wait(closing: session.connections) { (_) async throws(RuntimeError) in
      try await push(content, session)
    }
  }

  /// The whole image, or the part of it that is here.
  private func top() throws(RuntimeError) -> ContentDescriptor {
    var whole = image.descriptor
    whole.annotations = nil
    whole.platform = nil
    if let platform = options.platform { return try store.contents(of: image, platform: platform).descriptor }
    guard whole.mediaType.isIndex, !options.isForAllPlatforms else { return whole }
    if try PushedContent.isWhole(whole, in: store) { return whole }
    progress.warn("only a part of this image is here: this machine's platform is pushed alone")
    return try store.contents(of: image).descriptor
  }

  private func push(_ content: PushedContent, _ session: RegistrySession) async throws(RuntimeError)
    -> PushedImage
  {
    // Mirrors are for reading, and so is another location.
    let isInsecure = try session.conf.sources(of: name).last?.isInsecure == true
    let repository = try await session.repository(Source(name: name, isInsecure: isInsecure), of: name)
    let origins = try MountOrigins(of: content, registry: name.registry, besides: name.repository, in: store)
    let schedule = TransferSchedule(blobs: content.blobs, parallel: max(1, options.registry.parallel))
    let transferred = try await schedule.run { (blob) async throws(RuntimeError) in
      try await BlobUpload(
        repository: repository, store: store, blob: blob, origins: origins[blob.digest],
        chunkSize: options.chunkSize, progress: progress
      ).run()
    }
    for manifest in content.manifests.dropLast() {
      try await repository.put(manifest, as: manifest.descriptor.digest.text)
    }
    if let top = content.manifests.last {
      try await repository.put(top, as: name.tag ?? top.descriptor.digest.text)
    }
    return PushedImage(name: name, descriptor: content.top, transferred: transferred)
  }
}
