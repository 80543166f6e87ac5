internal import Glibc
public import ImageLayers
internal import JSON
public import OCIImage
public import RuntimeErrors

/// Makes an image of one layer from the archive of a root file system.
public struct Import {
  private let store: ImageStore
  /// How a layer is compressed that comes uncompressed, or as xz, which the specification has no type for.
  public var compression = Compression.gzip
  /// The command of containers of the image.
  public var command: [String] = []

  /// To a store.
  public init(to store: ImageStore) {
    self.store = store
  }

  /// Reads the archive, and keeps the image.
  ///
  /// The same archive gives the same image: the time that it bears is that of the archive's newest file.
  ///
  /// - Parameters:
  ///   - source: Perhaps compressed. What gzip or zstd has compressed is kept as it is.
  ///   - name: The image's full name.
  public func archive(_ source: any ByteSource, name: Reference?) throws(RuntimeError) -> StoredImage {
    let (layer, newest) = try layer(source)
    let descriptor = try add(layer.blob, diffID: layer.diffID, newest: newest)
    return try store.add(descriptor, name: name)
  }

  /// Reads an archive, and keeps it as a layer.
  ///
  /// - Parameters:
  ///   - source: As for `archive`.
  /// - Returns: The layer, and when its newest file was changed.
  public func layer(_ source: any ByteSource) throws(RuntimeError) -> (layer: PackedLayer, newest: Int) {
    let original = try BlobWriter(in: store)
    let copied = CopyingSource(source, to: original)
    let decompressed = try DecompressedSource(copied)
    let keepsBytes =
      [.gzip, .zstd].contains(decompressed.compression) || decompressed.compression == compression
    let compressed = try BlobWriter(in: store)
    let compressor = try CompressingSink(compressed, keepsBytes ? .none : compression)
    let content = MeteredSource(
      keepsBytes ? decompressed : CopyingSource(decompressed, to: compressor))
    let newest = try check(TarReader(content))
    try copied.drain()
    var layer: ContentDescriptor
    if keepsBytes {
      layer = try original.commit(mediaType: decompressed.compression.layerType)
    } else {
      try compressor.finish()
      layer = try compressed.commit(mediaType: compression.layerType)
    }
    layer.annotations = nil
    return (PackedLayer(blob: layer, diffID: content.digest), newest)
  }

  /// Reads all entries, so that what is kept can be unpacked later.
  ///
  /// - Returns: When the newest file was changed.
  private func check(_ archive: TarReader) throws(RuntimeError) -> Int {
    var newest = 0
    var isEmpty = true
    while let entry = try archive.next() {
      newest = max(newest, entry.modified.tv_sec)
      isEmpty = false
    }
    // A pipe whose writer died must not look like success.
    guard archive.hasEndMarker, !isEmpty else {
      throw RuntimeError(
        .invalidImage, isEmpty ? "the archive is empty" : "the archive has no end: it is not complete")
    }
    try archive.finish()
    return newest
  }

  private func add(
    _ layer: ContentDescriptor, diffID: Digest, newest: Int
  ) throws(RuntimeError) -> ContentDescriptor {
    let time = Import.time(newest)
    var config = ImageConfig(platform: .host, rootfs: .init(diffIDs: [diffID]))
    config.created = time
    config.history = [.init(created: time, createdBy: "swbox import")]
    if !command.isEmpty {
      var defaults = ImageConfig.Execution()
      defaults.cmd = command
      config.config = defaults
    }
    let descriptor = try store.addBlob(JSONWriter().encode(config), mediaType: .config)
    let manifest = ImageManifest(config: descriptor, layers: [layer])
    return try store.addBlob(JSONWriter().encode(manifest), mediaType: .manifest)
  }

  /// RFC 3339, in UTC: what comes after the year 9999 is its end.
  public static func time(_ seconds: Int) -> String {
    var seconds = time_t(min(seconds, 253_402_300_799))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let length = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
