internal import Glibc
internal import JSON
internal import LinuxKernel
public import OCIImage
public import RuntimeErrors
internal import SystemPackage

/// One entry of the store's index.
public struct StoredImage: Sendable, Equatable {
  /// The manifest, or the index of manifests for several platforms.
  public var descriptor: ContentDescriptor

  /// An entry, perhaps with a name.
  public init(descriptor: ContentDescriptor) {
    self.descriptor = descriptor
  }

  /// The full name, with its tag; nil if it has none.
  public var name: String? { descriptor.referenceName }
}

/// An image for one platform, with its documents.
public struct ImageContents: Sendable {
  /// The manifest's descriptor.
  public var descriptor: ContentDescriptor
  /// The manifest.
  public var manifest: ImageManifest
  /// The configuration.
  public var config: ImageConfig

  /// An image from its documents.
  public init(descriptor: ContentDescriptor, manifest: ImageManifest, config: ImageConfig) {
    self.descriptor = descriptor
    self.manifest = manifest
    self.config = config
  }

  /// Spec: config.md#imageid
  public var id: Digest { manifest.config.digest }

  /// - Throws: `invalidImage` if the manifest and the configuration do not belong together.
  public func check() throws(RuntimeError) {
    guard config.rootfs.type == "layers" else {
      throw RuntimeError(
        .invalidImage,
        "\(manifest.config.digest): /rootfs/type: found \(quoted(config.rootfs.type)), expected \"layers\"")
    }
    guard config.rootfs.diffIDs.count == manifest.layers.count else {
      throw RuntimeError(
        .invalidImage,
        "\(descriptor.digest) has \(manifest.layers.count) layers, its configuration \(config.rootfs.diffIDs.count)"
      )
    }
  }
}

/// The store's index: names of images.
extension ImageStore {
  private static let indexName = "index.json"

  /// All images, in the order in which they came.
  public func images() throws(RuntimeError) -> [StoredImage] {
    try index().manifests.map(StoredImage.init)
  }

  private func index() throws(RuntimeError) -> ImageIndex {
    do throws(RuntimeError) {
      let file = try Kernel.open(ImageStore.indexName, at: root.number, flags: O_RDONLY | O_NOFOLLOW)
      let bytes = try Kernel.readAll(
        file.number, limit: ImageStore.maximumDocument, name: ImageStore.indexName)
      return try ImageIndex.load(from: bytes, name: "\(path)/\(ImageStore.indexName)")
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return ImageIndex(manifests: [])
    }
  }

  /// Changes the index; no two processes do at a time.
  ///
  /// - Parameters:
  ///   - frees: Whether the change lets something be removed: then it is made on a full disk, too.
  private func changeIndex(
    frees: Bool = false, _ change: (inout [ContentDescriptor]) throws(RuntimeError) -> Void
  ) throws(RuntimeError) {
    // A lock of its own: one descriptor may be shared by threads.
    let lock = try Kernel.open(".", at: root.number, flags: O_RDONLY | O_DIRECTORY)
    try Kernel.lock(lock.number, LOCK_EX)
    var index = try index()
    let before = index.manifests
    try change(&index.manifests)
    guard index.manifests != before else { return }
    let bytes = JSONWriter().encode(index)
    do throws(RuntimeError) {
      try replace(ImageStore.indexName, by: bytes)
    } catch let error where frees && error.errno == .noSpace {
      do throws(RuntimeError) {
        try replaceOnFullDisk(ImageStore.indexName, by: bytes)
      } catch {
        throw error.adding(context: path)
      }
    }
    if !frees { keepReserve(forIndexOf: bytes.count) }
  }

  /// Keeps room for the next index again, once something was removed.
  func keepReserve() {
    if let size = (try? Kernel.stat(ImageStore.indexName, at: root.number))??.st_size {
      keepReserve(forIndexOf: Int(size))
    }
  }

  /// Gives an image a name. Whatever had it keeps nothing of it, and stays without a name if it had only that.
  ///
  /// - Parameters:
  ///   - name: The full name; nil keeps the image without one.
  /// - Returns: The new entry.
  @discardableResult
  public func add(_ descriptor: ContentDescriptor, name: Reference?) throws(RuntimeError) -> StoredImage {
    let added = try add([(descriptor, name)])
    return added[0]
  }

  /// Gives names to several images at once; of those that get the same the last one keeps it.
  ///
  /// - Returns: The new entries.
  func add(
    _ images: [(descriptor: ContentDescriptor, name: Reference?)]
  ) throws(RuntimeError) -> [StoredImage] {
    let added = images.map { image in
      var entry = image.descriptor
      entry.referenceName = image.name?.stored.description
      return entry
    }
    var holders: [String: ContentDescriptor] = [:]
    for entry in added { if let name = entry.referenceName { holders[name] = entry } }
    try changeIndex { (entries) throws(RuntimeError) in
      var missing = holders
      for place in entries.indices {
        guard let name = entries[place].referenceName, let holder = holders[name] else { continue }
        // What is there already keeps its place.
        if holder == entries[place], missing.removeValue(forKey: name) != nil { continue }
        entries[place].referenceName = nil
      }
      for var entry in added {
        if let name = entry.referenceName {
          if holders[name] == entry {
            guard missing.removeValue(forKey: name) != nil else { continue }
          } else {
            entry.referenceName = nil
          }
        }
        entries.append(entry)
      }
      ImageStore.removeNeedless(&entries)
    }
    return added.map(StoredImage.init)
  }

  /// Takes away entries without a name of images that have another entry.
  private static func removeNeedless(_ entries: inout [ContentDescriptor]) {
    var known = Set(entries.filter { $0.referenceName != nil }.map(\.digest))
    entries.removeAll { $0.referenceName == nil && !known.insert($0.digest).inserted }
  }

  /// Takes entries out of the index. What they refer to stays until `sweep`.
  public func remove(_ images: [StoredImage]) throws(RuntimeError) {
    try changeIndex(frees: true) { (entries) throws(RuntimeError) in
      entries.removeAll { entry in images.contains { $0.descriptor == entry } }
    }
  }

  /// The image that a person means: by name, or by the beginning of its ID or digest.
  ///
  /// - Throws: `imageNotFound`; `invalidArgument` if several begin so.
  public func find(_ text: String) throws(RuntimeError) -> StoredImage {
    let all = try images()
    if let reference = try? Reference(text) {
      for candidate in reference.candidates {
        let fitting = all.filter { matches($0, candidate) }
        let exact = fitting.first { $0.name == candidate.stored.description }
        if let image = exact ?? fitting.first { return image }
      }
    }
    let found = try byID(text, among: all)
    guard let first = found.first else {
      throw RuntimeError(
        .imageNotFound, "no image is named \(quoted(text))", hint: "`swbox images` lists the images")
    }
    let digests = Set(found.map(\.descriptor.digest))
    guard digests.count == 1 else {
      throw RuntimeError(.invalidArgument, "\(digests.count) images begin with \(quoted(text))")
    }
    return first
  }

  /// Whether an image is one that a name means: by its digest, whatever tag stands beside, or else by its tag.
  private func matches(_ image: StoredImage, _ wanted: Reference) -> Bool {
    guard let name = image.name, let own = try? Reference(name), own.name == wanted.name else { return false }
    if let digest = wanted.digest { return digest == image.descriptor.digest }
    return own.digest == nil && own.tag == wanted.tag
  }

  private func byID(_ text: String, among all: [StoredImage]) throws(RuntimeError) -> [StoredImage] {
    let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
    let isID =
      digits.utf8.count >= 3
      && digits.unicodeScalars.allSatisfy { "0123456789abcdef".unicodeScalars.contains($0) }
    guard isID else { return [] }
    return all.filter { image in
      if image.descriptor.digest.encoded.hasPrefix(digits) { return true }
      return (try? shownContents(of: image))?.id.encoded.hasPrefix(digits) == true
    }
  }
}

/// From an entry to an image that can be used.
extension ImageStore {
  /// The image for a platform.
  ///
  /// - Throws: `imageNotFound` if there is none for it; `invalidImage`.
  public func contents(
    of image: StoredImage, platform: Platform = .host
  ) throws(RuntimeError) -> ImageContents {
    let descriptor = try manifest(for: platform, in: image.descriptor, depth: 0)
    let manifest = try document(ImageManifest.self, descriptor)
    guard manifest.config.mediaType.isConfig else {
      throw RuntimeError(
        .invalidImage,
        "\(descriptor.digest) is an artifact, not an image: its configuration is \(manifest.config.mediaType)"
      )
    }
    let config = try document(ImageConfig.self, manifest.config)
    let contents = ImageContents(descriptor: descriptor, manifest: manifest, config: config)
    try contents.check()
    return contents
  }

  /// The image for a platform that a person asks for; or else this machine's, or the only one that is here.
  ///
  /// - Throws: `imageNotFound`, with a hint at what is here; `invalidImage`.
  public func contents(
    of image: StoredImage, asked platform: Platform?
  ) throws(RuntimeError) -> ImageContents {
    do throws(RuntimeError) {
      let contents = try contents(of: image, platform: platform ?? .host)
      guard let platform, !contents.config.platform.fits(platform) else { return contents }
      throw RuntimeError(
        .imageNotFound,
        "\(contents.descriptor.digest) is for \(contents.config.platform), not for \(platform)")
    } catch let error where error.code == .imageNotFound {
      let here = try manifests(of: image)
      if platform == nil, here.count == 1 { return try contents(of: StoredImage(descriptor: here[0])) }
      let names = here.compactMap(\.platform?.description)
      throw names.isEmpty
        ? error : error.hinting("--platform names one of those that are here: \(list(names))")
    }
  }

  /// The image that stands for an entry in lists: this machine's, or else the first that is here.
  public func shownContents(of image: StoredImage) throws(RuntimeError) -> ImageContents {
    do throws(RuntimeError) {
      return try contents(of: image)
    } catch let error where error.code == .imageNotFound {
      guard let first = try manifests(of: image).first else { throw error }
      return try contents(of: StoredImage(descriptor: first))
    }
  }

  /// The manifests that are here, but for what builders add for no platform.
  private func manifests(of image: StoredImage) throws(RuntimeError) -> [ContentDescriptor] {
    var found: [ContentDescriptor] = []
    try visit(image.descriptor) { content in
      if content.mediaType.isManifest, content.platform?.os != "unknown" { found.append(content) }
    }
    return found
  }

  private func list(_ names: [String]) -> String { names.prefix(20).joined(separator: ", ") }

  private func manifest(
    for platform: Platform, in descriptor: ContentDescriptor, depth: Int
  ) throws(RuntimeError) -> ContentDescriptor {
    guard descriptor.mediaType.isIndex else { return descriptor }
    guard depth < 4 else {
      throw RuntimeError(.invalidImage, "\(descriptor.digest): indexes in indexes in indexes")
    }
    var usable: [ContentDescriptor] = []
    for entry in try document(ImageIndex.self, descriptor).manifests
    where entry.platform.map({ $0.fits(platform) }) ?? true {
      guard entry.mediaType.isIndex || entry.mediaType.isManifest else { continue }
      if try blobSize(entry.digest) != nil { usable.append(entry) }
    }
    guard let best = usable.best(for: platform) else {
      throw RuntimeError(.imageNotFound, "\(descriptor.digest) has no image for \(platform)")
    }
    return try manifest(for: platform, in: best, depth: depth + 1)
  }
}
