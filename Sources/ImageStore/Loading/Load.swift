internal import Glibc
public import ImageLayers
internal import JSON
public import LinuxKernel
internal import OCIImage
public import RuntimeErrors

/// Takes images from an image layout, in a directory or an archive, or from a docker archive.
public struct Load {
  private let store: ImageStore
  private let warn: (String) -> Void

  /// - Parameters:
  ///   - warn: Gets what is no error.
  public init(to store: ImageStore, warn: @escaping (String) -> Void) {
    self.store = store
    self.warn = warn
  }

  /// Loads the images of a directory.
  ///
  /// - Returns: What came, with its name.
  public func directory(_ directory: consuming Descriptor) throws(RuntimeError) -> [StoredImage] {
    try load(DirectoryFiles(directory))
  }

  /// Loads the images of an archive, which may be compressed and come through a pipe.
  ///
  /// - Returns: What came, with its name.
  public func archive(_ source: any ByteSource) throws(RuntimeError) -> [StoredImage] {
    try load(ArchiveFiles(source, to: store))
  }

  private func load(_ files: some ImageFiles) throws(RuntimeError) -> [StoredImage] {
    var found: [(descriptor: ContentDescriptor, name: Reference?)]
    if let bytes = try files.document("index.json") {
      var layout = LayoutLoading(files: files, store: store, warn: warn)
      found = try layout.images(ImageIndex.load(from: bytes, name: "index.json"))
    } else if let bytes = try files.document("manifest.json") {
      found = try DockerLoading(files: files, store: store).images(bytes)
    } else {
      throw RuntimeError(
        .invalidImage, "neither index.json nor manifest.json is there: no image layout and no docker archive",
        hint: "a root file system is taken by `swbox import`")
    }
    guard !found.isEmpty else { throw RuntimeError(.invalidImage, "there is no image in it") }
    return try store.add(found)
  }
}

/// From an image layout.
///
/// Spec: image-layout.md
struct LayoutLoading<Files: ImageFiles> {
  let files: Files
  let store: ImageStore
  let warn: (String) -> Void
  /// What was looked for already, and whether it was there: content may be listed any number of times.
  private var found: [ContentKey: Bool] = [:]
  /// The indexes and manifests whose parts were brought.
  private var whole: Set<ContentKey> = []

  init(files: Files, store: ImageStore, warn: @escaping (String) -> Void) {
    self.files = files
    self.store = store
    self.warn = warn
  }

  mutating func images(
    _ index: ImageIndex
  ) throws(RuntimeError) -> [(descriptor: ContentDescriptor, name: Reference?)] {
    var found: [(descriptor: ContentDescriptor, name: Reference?)] = []
    for (place, entry) in index.manifests.enumerated() {
      // Spec: image-layout.md#indexjson-file: other types are no error.
      guard entry.mediaType.isIndex || entry.mediaType.isManifest else { continue }
      do throws(RuntimeError) {
        guard try bring(entry, depth: 0) else {
          throw RuntimeError(.invalidImage, "the blob \(entry.digest) is missing")
        }
      } catch {
        throw error.adding(context: "index.json: /manifests/\(place)")
      }
      found.append((entry, name(of: entry)))
    }
    return found
  }

  /// The name that an entry has here: whole, or a tag or a short name that another program gave it.
  private func name(of entry: ContentDescriptor) -> Reference? {
    let keys = ["io.containerd.image.name", AnnotationKey.referenceName]
    guard let text = keys.compactMap({ entry.annotations?[$0] }).first else { return nil }
    do throws(RuntimeError) {
      return try Reference(text).inRegistry("localhost").tagged
    } catch {
      warn("\(error); the image has no name, but its ID")
      return nil
    }
  }

  /// Brings content with all that it refers to.
  ///
  /// - Returns: Whether it was there. Of an index, not all that it lists need be: a layout may hold one platform's.
  private mutating func bring(_ descriptor: ContentDescriptor, depth: Int) throws(RuntimeError) -> Bool {
    guard depth < 4 else {
      throw RuntimeError(.invalidImage, "\(descriptor.digest): indexes in indexes in indexes")
    }
    guard try bringBlob(descriptor) else { return false }
    if whole.insert(ContentKey(descriptor)).inserted { try bringParts(of: descriptor, depth: depth) }
    return true
  }

  /// Brings what an index or a manifest lists.
  private mutating func bringParts(of descriptor: ContentDescriptor, depth: Int) throws(RuntimeError) {
    if descriptor.mediaType.isIndex {
      let entries = try store.document(ImageIndex.self, descriptor).manifests
      var isUseful = entries.isEmpty
      for entry in entries {
        let isThere = try bring(entry, depth: depth + 1)
        isUseful = isUseful || isThere
      }
      guard isUseful else {
        throw RuntimeError(.invalidImage, "nothing that \(descriptor.digest) lists is there")
      }
    } else if descriptor.mediaType.isManifest {
      let manifest = try store.document(ImageManifest.self, descriptor)
      for part in [manifest.config] + manifest.layers {
        let isThere = try bringBlob(part)
        guard isThere || part.mediaType.isNonDistributable else {
          throw RuntimeError(.invalidImage, "the blob \(part.digest) of \(descriptor.digest) is missing")
        }
      }
    }
  }

  private mutating func bringBlob(_ descriptor: ContentDescriptor) throws(RuntimeError) -> Bool {
    if let isThere = found[ContentKey(descriptor)] { return isThere }
    let isThere = try copyBlob(descriptor)
    found[ContentKey(descriptor)] = isThere
    return isThere
  }

  private func copyBlob(_ descriptor: ContentDescriptor) throws(RuntimeError) -> Bool {
    let path = try store.blobPath(descriptor.digest)
    // Also one of the right length may be damaged: then it is replaced.
    if try store.blobSize(descriptor.digest) == descriptor.size, try store.isSound(descriptor.digest) {
      return true
    }
    return try files.bring(path, as: descriptor, mediaType: descriptor.mediaType, to: store) != nil
  }
}

/// From a docker archive: manifest.json names a configuration and layers for each image. The configuration is kept as
/// it is, so that the image keeps its ID; the manifest is made anew.
///
/// https://github.com/moby/docker-image-spec
struct DockerLoading<Files: ImageFiles> {
  let files: Files
  let store: ImageStore

  /// One image of manifest.json.
  private struct Item: JSONObject {
    var config = ""
    var repoTags: [String]?
    var layers: [String]?

    mutating func members(_ json: inout JSONExchange) {
      json.member("Config", &config)
      json.member("RepoTags", &repoTags)
      json.member("Layers", &layers)
    }
  }

  func images(
    _ bytes: [UInt8]
  ) throws(RuntimeError) -> [(descriptor: ContentDescriptor, name: Reference?)] {
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: bytes)
    } catch {
      throw RuntimeError(.invalidImage, "manifest.json:\(error)")
    }
    let decoded = JSONReader.decode([Item].self, from: document)
    guard decoded.faults.isEmpty else {
      let lines = decoded.faults.map { "\($0.pointer): \($0.problem)" }
      throw RuntimeError(.invalidImage, "manifest.json: " + lines.joined(separator: "\n  "))
    }
    var found: [(descriptor: ContentDescriptor, name: Reference?)] = []
    for item in decoded.value {
      let descriptor = try image(item)
      let tags = item.repoTags ?? []
      if tags.isEmpty { found.append((descriptor, nil)) }
      for tag in tags {
        found.append((descriptor, try Reference(tag).inRegistry("docker.io", below: "library/").tagged))
      }
    }
    return found
  }

  private func image(_ item: Item) throws(RuntimeError) -> ContentDescriptor {
    let config = try bring(item.config, .config)
    let wanted = try store.document(ImageConfig.self, config).rootfs.diffIDs
    let paths = item.layers ?? []
    guard paths.count == wanted.count else {
      throw RuntimeError(
        .invalidImage, "manifest.json names \(paths.count) layers, the configuration \(wanted.count)")
    }
    var layers: [ContentDescriptor] = []
    for path in paths {
      var layer = try bring(path, .layer)
      switch try DecompressedSource(FileSource(store.openBlob(layer), name: path)).compression {
      case .none: break
      case .gzip: layer.mediaType = .layerGzip
      case .zstd: layer.mediaType = .layerZstd
      case .xz: layer.mediaType = MediaType("application/vnd.oci.image.layer.v1.tar+xz")
      }
      layers.append(layer)
    }
    let manifest = ImageManifest(config: config, layers: layers)
    return try store.addBlob(JSONWriter().encode(manifest), mediaType: .manifest)
  }

  private func bring(_ path: String, _ type: MediaType) throws(RuntimeError) -> ContentDescriptor {
    guard let found = try files.bring(path, as: nil, mediaType: type, to: store) else {
      throw RuntimeError(.invalidImage, "manifest.json names \(quoted(path)), which is not in the archive")
    }
    return found
  }
}
