public import ImageStore
internal import JSON
public import OCIImage
public import RuntimeErrors
internal import Synchronization

/// What is pulled, and under which conditions.
public struct PullOptions: Sendable {
  /// How registries are spoken to.
  public var registry = RegistryOptions()
  /// Which of an image's platforms; nil for this machine's, and for whatever an image without a choice is for.
  public var platform: Platform?
  /// Whether all of its platforms.
  public var isForAllPlatforms = false
  /// A signature policy in place of the usual files.
  public var policy: String?
  /// Whether no signature policy is asked.
  public var acceptsUnsigned = false
  /// Whether layers are unpacked, too, while others still come. Needs root.
  public var unpacks = false

  /// The usual ones.
  public init() {}
}

/// What came of a pull.
public struct PulledImage: Sendable {
  /// The entry in the store.
  public var image: StoredImage
  /// Where it came from: the registry itself, or a mirror of it.
  public var source: String
  /// How many bytes of blobs came over the network.
  public var transferred: Int64
}

/// Brings an image from a registry into the store.
///
/// Blobs first, then what refers to them, the name last: a process that is killed leaves what the next one goes on
/// with.
///
/// Spec: distribution-spec/spec.md#pull
public struct Pull: Sendable {
  private let name: Reference
  private let options: PullOptions
  private let store: ImageStore
  private let progress: any TransferProgress

  /// - Parameters:
  ///   - name: As the person writes it; a short one stands for what registries.conf says.
  ///   - store: Where it goes.
  public init(
    _ name: Reference, _ options: PullOptions = PullOptions(), to store: ImageStore,
    progress: any TransferProgress = NoProgress()
  ) {
    self.name = name
    self.options = options
    self.store = store
    self.progress = progress
  }

  /// Does it, waits until it is done, and tells how it went.
  ///
  /// - Throws: `imageNotFound`, `registryUnreachable`, `registryRefused`, `notTrusted`, `invalidAnswer` …
  public func perform() throws(RuntimeError) -> PulledImage {
    let conf = try RegistriesConf.load()
    let policy =
      options.acceptsUnsigned ? SignaturePolicy.acceptAnything : try SignaturePolicy.load(options.policy)
    let images = try conf.fullNames(of: name)
    guard images.count == 1 || options.registry.credentials == nil else {
      let places = images.map(\.description).joined(separator: ", ")
      throw RuntimeError(
        .invalidArgument,
        "\(quoted(name.description)) may stand for \(places): a password is for one registry",
        hint: "write the whole name")
    }
    let session = RegistrySession(options.registry, conf)
    return try Foreground.wait(closing: session.connections) { (foreground) async throws(RuntimeError) in
      try await pull(images, session, policy, foreground)
    }
  }

  private func pull(
    _ images: [Reference], _ session: RegistrySession, _ policy: SignaturePolicy, _ foreground: Foreground
  ) async throws(RuntimeError) -> PulledImage {
    let (image, repository, top) = try await find(images, session, policy)
    let check = try SignatureCheck(policy, image, store, session)
    var selection = ImageSelection(repository: repository, store: store)
    try await selection.add(top, options)
    for path in selection.paths { try await check.check(path) }
    let transferred = try await bring(selection, session, foreground)
    for document in selection.documents.reversed() {
      let descriptor = document.descriptor
      _ = try store.addBlob(document.bytes, mediaType: descriptor.mediaType, as: descriptor.digest)
    }
    try store.add(top.descriptor, name: image)
    var entry = top.descriptor
    entry.referenceName = image.stored.description
    return PulledImage(
      image: StoredImage(descriptor: entry), source: repository.source.description, transferred: transferred)
  }

  /// Where the image is: the first place that has it.
  private func find(
    _ images: [Reference], _ session: RegistrySession, _ policy: SignaturePolicy
  ) async throws(RuntimeError) -> (Reference, Repository, FetchedManifest) {
    var failures: [RuntimeError] = []
    for image in images {
      // An image that would be refused is not even asked for.
      _ = try SignatureCheck(policy, image, store, session)
      for source in try session.conf.sources(of: image) {
        do throws(RuntimeError) {
          let repository = try await session.repository(source, of: image)
          let reference = image.digest?.text ?? image.tag ?? "latest"
          return (image, repository, try await repository.manifest(reference))
        } catch let error where Pull.allowsOthers(error) {
          failures.append(error)
        }
      }
    }
    guard failures.count > 1, let first = failures.first else {
      throw failures.first ?? RuntimeError(.imageNotFound, "\(name) is nowhere to be looked for")
    }
    // The last place is the registry itself, or the last that the name may stand for.
    let code = (failures.last ?? first).code
    throw RuntimeError(code, failures.map(\.description).joined(separator: "\n  "), hint: failures.last?.hint)
  }

  private static func allowsOthers(_ error: RuntimeError) -> Bool {
    [.imageNotFound, .registryUnreachable, .registryRefused, .timedOut, .invalidAnswer].contains(error.code)
  }

  /// Brings configurations and layers; unpacks this machine's layers in their order as they come.
  private func bring(
    _ selection: ImageSelection, _ session: RegistrySession, _ foreground: Foreground
  ) async throws(RuntimeError) -> Int64 {
    var transferred: Int64 = 0
    for config in selection.configs {
      transferred &+= try await download(config, selection.repository)
    }
    let unpacking = options.unpacks ? try selection.unpackable(store) : nil
    let schedule = TransferSchedule(
      blobs: selection.layers, parallel: max(1, options.registry.parallel),
      unpacked: unpacking?.manifest.layers.map(\.digest) ?? [])
    transferred &+= try await schedule.run(
      transfer: { (blob) async throws(RuntimeError) in
        try await download(blob, selection.repository)
      },
      unpack: { (number) async throws(RuntimeError) in
        if let unpacking { try await unpack(number, of: unpacking, foreground) }
      })
    return transferred
  }

  private func download(
    _ blob: ContentDescriptor, _ repository: Repository
  ) async throws(RuntimeError) -> Int64 {
    try await BlobDownload(repository: repository, store: store, blob: blob, progress: progress).run()
  }

  private func unpack(
    _ number: Int, of image: ImageContents, _ foreground: Foreground
  ) async throws(RuntimeError) {
    let (store, progress) = (store, progress)
    progress.unpack(image.manifest.layers[number])
    _ = try await foreground.perform { () throws(RuntimeError) in
      try store.layerDirectories(of: image, upTo: number)
    }
    progress.finish(image.manifest.layers[number], .unpacked)
  }
}
