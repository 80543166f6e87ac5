internal import Glibc
public import ImageLayers
internal import JSON
internal import LinuxKernel
internal import OCIImage
public import RuntimeErrors

/// Writes images for other programs. The same images give the same bytes.
public struct Save {
  private let store: ImageStore

  /// From a store.
  public init(from store: ImageStore) {
    self.store = store
  }

  /// Writes an image layout as an archive.
  ///
  /// Spec: image-layout.md
  public func layoutArchive(_ images: [StoredImage], to sink: any ByteSink) throws(RuntimeError) {
    let writer = TarWriter(sink)
    let blobs = try reachable(from: images)
    var folders: Set<String> = ["blobs"]
    for blob in blobs { folders.insert("blobs/\(blob.digest.algorithm)") }
    for folder in folders.sorted() { try writer.add(.archiveDirectory(folder)) }
    for blob in blobs {
      var entry = TarEntry.archiveFile("blobs/\(blob.digest.algorithm)/\(blob.digest.encoded)")
      // What the descriptor says of the length is believed only once the file is found to have it.
      let content = FileSource(try store.openBlob(blob), name: blob.digest.text)
      entry.size = UInt64(blob.size)
      try writer.add(entry, content: content)
    }
    try writer.add(.archiveFile("index.json"), content: index(of: images))
    try writer.add(.archiveFile(LayoutHeader.fileName), content: JSONWriter().encode(LayoutHeader.current))
    try writer.finish()
  }

  /// Writes an image layout into a directory.
  ///
  /// - Parameters:
  ///   - directory: An empty one.
  public func layout(_ images: [StoredImage], to directory: CInt) throws(RuntimeError) {
    let blobs = try ImageStore.directory("blobs", at: directory)
    try Kernel.changeMode(blobs.number, mode: 0o755)
    for blob in try reachable(from: images) {
      let folder = try ImageStore.directory(blob.digest.algorithm, at: blobs.number)
      try Kernel.changeMode(folder.number, mode: 0o755)
      let sink = try file(blob.digest.encoded, at: folder.number)
      try FileSource(store.openBlob(blob), name: blob.digest.text).pass(to: sink)
    }
    try file("index.json", at: directory).write(index(of: images))
    try file(LayoutHeader.fileName, at: directory).write(JSONWriter().encode(LayoutHeader.current))
  }

  private func file(_ name: String, at directory: CInt) throws(RuntimeError) -> FileSink {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    return FileSink(try Kernel.open(name, at: directory, flags: flags, mode: 0o644), name: name)
  }

  private func index(of images: [StoredImage]) -> [UInt8] {
    JSONWriter().encode(ImageIndex(manifests: images.map(\.descriptor)))
  }

  /// All that the images are made of and that is there, each once, in the order of the digests.
  private func reachable(from images: [StoredImage]) throws(RuntimeError) -> [ContentDescriptor] {
    var found: [Digest: ContentDescriptor] = [:]
    for image in images { try store.visit(image.descriptor) { found[$0.digest] = $0 } }
    return found.values.sorted { $0.digest.text < $1.digest.text }
  }
}

/// As a docker archive: layers uncompressed, as all programs that read one take them.
extension Save {
  private struct Item: JSONObject {
    var config = ""
    var repoTags: [String]?
    var layers: [String] = []

    mutating func members(_ json: inout JSONExchange) {
      json.member("Config", &config)
      json.member("RepoTags", &repoTags)
      json.member("Layers", &layers)
    }
  }

  /// Writes a docker archive with this machine's image of each, or the only one that is here.
  ///
  /// https://github.com/moby/docker-image-spec
  public func dockerArchive(_ images: [StoredImage], to sink: any ByteSink) throws(RuntimeError) {
    let writer = TarWriter(sink)
    var written: Set<String> = []
    var items: [Item] = []
    for image in images {
      let contents = try store.contents(of: image, asked: nil)
      let config = "\(contents.id.encoded).json"
      var layers: [String] = []
      for (layer, diffID) in zip(contents.manifest.layers, contents.config.rootfs.diffIDs) {
        let name = "\(diffID.encoded).tar"
        layers.append(name)
        if written.insert(name).inserted { try addLayer(layer, diffID, as: name, to: writer) }
      }
      if written.insert(config).inserted {
        try writer.add(.archiveFile(config), content: store.readBlob(contents.manifest.config))
      }
      let tags = image.name.map { [$0] }
      if let place = items.firstIndex(where: { $0.config == config }) {
        items[place].repoTags = (items[place].repoTags ?? []) + (tags ?? [])
      } else {
        items.append(Item(config: config, repoTags: tags, layers: layers))
      }
    }
    try writer.add(.archiveFile("manifest.json"), content: JSONWriter().encode(items))
    try writer.finish()
  }

  /// An archive has the length of each file before it: the layer is uncompressed to the disk first.
  private func addLayer(
    _ layer: ContentDescriptor, _ diffID: Digest, as name: String, to writer: TarWriter
  ) throws(RuntimeError) {
    let staged = try StagedFile(in: store)
    let sink = MeteredSink(
      DescriptorSink(staged.number, name: "\(store.path)/staging"), algorithm: diffID.algorithm)
    try store.trusting(layer) { () throws(RuntimeError) in
      try DecompressedSource(FileSource(store.openBlob(layer), name: layer.digest.text)).pass(to: sink)
      guard sink.digest == diffID else {
        throw RuntimeError(
          .invalidImage, "the content of the layer \(layer.digest) is \(sink.digest), not \(diffID)")
      }
    }
    try Kernel.seek(staged.number, to: 0)
    var entry = TarEntry.archiveFile(name)
    entry.size = UInt64(sink.count)
    try writer.add(entry, content: FileSource(Kernel.duplicate(staged.number), name: name))
  }
}

extension TarEntry {
  /// A file of an archive of images: always the same but for name and content.
  fileprivate static func archiveFile(_ path: String) -> TarEntry {
    TarEntry(path: Array(path.utf8))
  }

  /// A directory of an archive of images.
  fileprivate static func archiveDirectory(_ path: String) -> TarEntry {
    var entry = TarEntry(path: Array("\(path)/".utf8), kind: .directory)
    entry.mode = 0o755
    return entry
  }
}
