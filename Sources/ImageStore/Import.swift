internal import Glibc
public import ImageLayers
internal import LinuxKernel
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
    return try store.add(add(layer, newest: newest), name: name)
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

  private func add(_ layer: PackedLayer, newest: Int) throws(RuntimeError) -> ContentDescriptor {
    // What comes after the year 9999 is its end: RFC 3339 knows no other.
    let time = TimeOfDay(seconds: min(newest, 253_402_300_799)).text()
    var image = ImageDraft()
    image.created = time
    image.add(layer, .init(created: time, createdBy: "swbox import"))
    image.execution.cmd = command.isEmpty ? nil : command
    return try image.keep(in: store)
  }
}
