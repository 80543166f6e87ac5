internal import Glibc
internal import ImageLayers
public import LinuxKernel
public import OCIImage
public import RuntimeErrors
internal import SystemPackage

/// Looks for all rules of the specification that images in a layout break, and stops at none.
///
/// Spec: image-layout.md
public final class Lint {
  private let layout: Descriptor
  private var list = FaultList()
  private var visited: Set<Digest> = []
  /// The digests of layers' contents, by those of their blobs.
  private var diffIDs: [Digest: Digest] = [:]

  /// - Parameters:
  ///   - layout: The layout's directory.
  public init(layout: consuming Descriptor) {
    self.layout = layout
  }

  /// All faults so far, in the order in which they were found.
  public var faults: [ImageFault] { list.faults }

  /// Looks at the whole layout.
  public func checkLayout() throws(RuntimeError) {
    list.subject = LayoutHeader.fileName
    if let bytes = try file(LayoutHeader.fileName) {
      let header = list.document(LayoutHeader.self, bytes, "image-layout.md#oci-layout-file")
      if let header { list.check(header) }
    } else {
      list.must("", "is missing", "image-layout.md#content")
    }
    list.subject = "blobs"
    if try Kernel.stat("blobs", at: layout.number).map({ $0.st_mode & S_IFMT == S_IFDIR }) != true {
      list.must("", "is missing, or no directory", "image-layout.md#content")
    } else {
      try checkBlobNames()
    }
    list.subject = "index.json"
    guard let bytes = try file("index.json") else {
      return list.must("", "is missing", "image-layout.md#content")
    }
    let rule = "image-index.md#image-index-property-descriptions"
    guard let index = list.document(ImageIndex.self, bytes, rule) else { return }
    list.check(index, as: .index, isLayout: true)
    for (number, entry) in index.manifests.enumerated() {
      list.subject = "index.json"
      try checkContent(of: entry, at: "/manifests/\(number)", depth: 0)
    }
  }

  /// Looks at one image.
  public func check(_ image: StoredImage) throws(RuntimeError) {
    list.subject = "index.json"
    try checkContent(of: image.descriptor, at: "", depth: 0)
  }

  private func file(_ name: String) throws(RuntimeError) -> [UInt8]? {
    let resolve = ResolveFlags.beneath | ResolveFlags.noSymlinks
    guard
      let file = try Kernel.openIfPresent(
        name, at: layout.number, flags: O_RDONLY | O_NONBLOCK, resolve: resolve)
    else { return nil }
    return try Kernel.readAll(file.number, limit: ImageStore.maximumDocument, name: name)
  }

  /// Spec: image-layout.md#blobs
  private func checkBlobNames() throws(RuntimeError) {
    let rule = "image-layout.md#blobs"
    let blobs = try Kernel.open("blobs", at: layout.number, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    for algorithm in try Kernel.list(".", at: blobs.number).sorted() {
      guard try Kernel.stat(algorithm, at: blobs.number).map({ $0.st_mode & S_IFMT == S_IFDIR }) == true
      else {
        list.must("", "blobs/\(algorithm) is no directory of an algorithm", rule)
        continue
      }
      let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
      let folder = try Kernel.open(algorithm, at: blobs.number, flags: flags)
      for name in try Kernel.list(".", at: folder.number).sorted() {
        let digest = Digest("\(algorithm):\(name)")
        list.subject = "blobs/\(algorithm)/\(name)"
        if !digest.isWellFormed { list.must("", "the name is no digest", rule) }
        if digest.isVerifiable, visited.insert(digest).inserted { try checkDigest(digest) }
      }
    }
    // Their descriptors are yet to come.
    visited = []
  }

  private func openBlob(_ digest: Digest) throws(RuntimeError) -> Descriptor? {
    try Kernel.openIfPresent(
      "blobs/\(digest.algorithm)/\(digest.encoded)", at: layout.number, flags: O_RDONLY | O_NONBLOCK,
      resolve: ResolveFlags.beneath | ResolveFlags.noSymlinks)
  }

  private func checkDigest(_ digest: Digest) throws(RuntimeError) {
    guard let file = try openBlob(digest) else { return }
    let content = MeteredSource(FileSource(file, name: digest.text), algorithm: digest.algorithm)
    try content.drain()
    if content.digest != digest {
      list.must("", "the content is \(content.digest)", "image-layout.md#blobs")
    }
  }
}

/// What descriptors lead to.
extension Lint {
  /// - Parameters:
  ///   - pointer: Of the descriptor in the document that is looked at.
  private func checkContent(
    of descriptor: ContentDescriptor, at pointer: String, depth: Int
  ) throws(RuntimeError) {
    guard descriptor.digest.isVerifiable, try checkPresence(of: descriptor, at: pointer) else { return }
    guard visited.insert(descriptor.digest).inserted, depth < 8 else { return }
    let before = list.subject
    defer { list.subject = before }
    list.subject = descriptor.digest.text
    if descriptor.mediaType.isIndex {
      try checkIndex(descriptor, depth)
    } else if descriptor.mediaType.isManifest {
      try checkManifest(descriptor)
    } else {
      try checkDigest(descriptor.digest)
    }
  }

  /// Whether a blob is there, and as long as its descriptor says.
  private func checkPresence(
    of descriptor: ContentDescriptor, at pointer: String
  ) throws(RuntimeError) -> Bool {
    guard let file = try openBlob(descriptor.digest) else {
      if !descriptor.mediaType.isNonDistributable {
        list.should(pointer, "the blob \(descriptor.digest) is missing", "image-layout.md#blobs")
      }
      return false
    }
    let size = try Kernel.stat(file.number).st_size
    if size != descriptor.size {
      list.must(
        pointer + "/size", "found \(descriptor.size), the blob has \(size) bytes", "descriptor.md#properties")
    }
    return true
  }

  private func bytes(of descriptor: ContentDescriptor) throws(RuntimeError) -> [UInt8]? {
    guard let file = try openBlob(descriptor.digest) else { return nil }
    let bytes = try Kernel.readAll(
      file.number, limit: ImageStore.maximumDocument, name: descriptor.digest.text)
    var calculation = DigestCalculation(algorithm: descriptor.digest.algorithm)
    bytes.withUnsafeBytes { calculation.update($0) }
    if calculation.digest() != descriptor.digest {
      list.must("", "the content is \(calculation.digest())", "descriptor.md#verification")
    }
    return bytes
  }

  private func checkIndex(_ descriptor: ContentDescriptor, _ depth: Int) throws(RuntimeError) {
    let rule = "image-index.md#image-index-property-descriptions"
    guard let bytes = try bytes(of: descriptor),
      let index = list.document(ImageIndex.self, bytes, rule)
    else { return }
    list.check(index, as: descriptor.mediaType, isLayout: false)
    for (number, entry) in index.manifests.enumerated() {
      try checkContent(of: entry, at: "/manifests/\(number)", depth: depth + 1)
    }
  }

  private func checkManifest(_ descriptor: ContentDescriptor) throws(RuntimeError) {
    let rule = "manifest.md#image-manifest-property-descriptions"
    guard let bytes = try bytes(of: descriptor),
      let manifest = list.document(ImageManifest.self, bytes, rule)
    else { return }
    list.check(manifest, as: descriptor.mediaType)
    var config: ImageConfig?
    if manifest.config.digest.isVerifiable, try checkPresence(of: manifest.config, at: "/config") {
      config = try checkConfig(manifest)
    }
    for (number, layer) in manifest.layers.enumerated() {
      guard layer.digest.isVerifiable, try checkPresence(of: layer, at: "/layers/\(number)") else { continue }
      let manifestName = list.subject
      defer { list.subject = manifestName }
      list.subject = layer.digest.text
      guard layer.mediaType.layerCompression != nil else {
        try checkDigest(layer.digest)
        continue
      }
      let diffID = try checkLayer(layer)
      guard let config, config.rootfs.diffIDs.indices.contains(number), let diffID else { continue }
      list.subject = manifest.config.digest.text
      let wanted = config.rootfs.diffIDs[number]
      if wanted.algorithm == diffID.algorithm, wanted != diffID {
        list.must(
          "/rootfs/diff_ids/\(number)", "found \(wanted), the layer's content is \(diffID)",
          "config.md#layer-diffid")
      }
    }
  }

  private func checkConfig(_ manifest: ImageManifest) throws(RuntimeError) -> ImageConfig? {
    let before = list.subject
    defer { list.subject = before }
    list.subject = manifest.config.digest.text
    guard let bytes = try bytes(of: manifest.config), manifest.config.mediaType.isConfig else { return nil }
    guard let config = list.document(ImageConfig.self, bytes, "config.md#properties") else { return nil }
    list.check(config, layers: manifest.layers.count)
    return config
  }

  /// - Returns: The digest of the layer's content; nil if it cannot be read to its end.
  private func checkLayer(_ layer: ContentDescriptor) throws(RuntimeError) -> Digest? {
    if let known = diffIDs[layer.digest] { return known }
    guard let file = try openBlob(layer.digest) else { return nil }
    let blob = MeteredSource(
      FileSource(file, name: layer.digest.text), algorithm: layer.digest.algorithm)
    var checks = LayerChecks()
    let decompressed = try DecompressedSource(blob)
    let content = MeteredSource(decompressed)
    if decompressed.compression != layer.mediaType.layerCompression {
      list.must(
        "", "is compressed by \(decompressed.compression.rawValue), its media type is \(layer.mediaType)",
        "layer.md#gzip-media-types")
    }
    let isWhole = checks.check(TarReader(content), &list)
    try blob.drain()
    if blob.digest != layer.digest {
      list.must("", "the content is \(blob.digest)", "descriptor.md#verification")
    }
    guard isWhole else { return nil }
    diffIDs[layer.digest] = content.digest
    return content.digest
  }
}
