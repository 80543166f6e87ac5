internal import Glibc
public import ImageLayers
public import JSON
public import LinuxKernel
public import OCIImage
public import RuntimeErrors
internal import SystemPackage

/// A layer that somebody makes by changing the files of an image.
///
/// The changes go through an overlay that is mounted nowhere, and lie in `staging` until they are packed: whoever is
/// killed in between leaves nothing that gc does not remove.
public final class NewLayer {
  /// The image's files, to be changed.
  public let root: Descriptor
  /// The mount that `root` is on, which ends with this descriptor; without anything below, the same directory.
  private let mount: Descriptor
  private let store: ImageStore
  private let staged: StagedDirectory
  private let content: Descriptor
  private let below: [String]

  /// - Parameters:
  ///   - image: What lies below; nil begins with nothing.
  public init(in store: ImageStore, upon image: ImageContents?) throws(RuntimeError) {
    self.store = store
    staged = try StagedDirectory(in: store)
    content = try ImageStore.directory("content", at: staged.number)
    try Kernel.changeMode(content.number, mode: 0o755)
    below = try image.map { (image) throws(RuntimeError) in try store.layerDirectories(of: image) } ?? []
    guard let uppermost = below.last else {
      root = try Kernel.duplicate(content.number)
      mount = try Kernel.duplicate(content.number)
      return
    }
    try ImageStore.copyRootAttributes(from: uppermost, to: content.number)
    let work = try ImageStore.directory("work", at: staged.number)
    mount = try Kernel.overlay(lower: below.reversed(), upper: content.number, work: work.number)
    root = try Kernel.open(".", at: mount.number, flags: O_RDONLY | O_DIRECTORY)
  }

  /// Absolute path of a directory that is this layer's own, for what only those who make it need.
  public var workspace: String { "\(store.path)/staging/\(staged.name)" }

  /// The same directory, by its descriptor's number.
  public var workspaceNumber: CInt { staged.number }

  /// Packs what was changed. What `root` leads to is not to be used afterwards.
  ///
  /// - Parameters:
  ///   - latest: Later times of files become this one, in seconds since 1970.
  ///   - selection: If it is there, the layer does not lie upon the image, but has those of its files, and the
  ///     changed ones, whose paths it takes.
  public func pack(
    _ compression: Compression, latest: Int, selection: (([UInt8]) -> Bool)? = nil,
    warn: @escaping (String) -> Void
  ) throws(RuntimeError) -> PackedLayer {
    let writer = try LayerWriter(to: store, compression)
    var options = PackOptions()
    options.latest = timespec(tv_sec: latest, tv_nsec: 0)
    options.includes = selection
    if selection != nil || below.isEmpty {
      try TreePacker(writer.archive, options, warn: warn).pack(root.number)
      return try writer.commit()
    }
    let lower =
      below.count == 1
      ? try Kernel.open(below[0], flags: O_RDONLY | O_DIRECTORY)
      : try Kernel.detachedOverlay(lower: below.reversed())
    options.lower = lower.number
    try TreePacker(writer.archive, options, warn: warn).pack(content.number)
    return try writer.commit()
  }
}

/// A layer as a blob, and the digest of its content.
public struct PackedLayer: JSONObject, Sendable, Equatable {
  /// The blob.
  public var blob: ContentDescriptor
  /// The digest before compression.
  public var diffID: Digest

  /// A layer that is in the store.
  public init(blob: ContentDescriptor, diffID: Digest) {
    self.blob = blob
    self.diffID = diffID
  }

  /// See `JSONValue`.
  public init() {
    self.init(blob: ContentDescriptor(), diffID: Digest())
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("blob", &blob)
    json.member("diffID", &diffID)
  }
}

/// Writes the archive of a layer into the store.
public final class LayerWriter {
  /// Takes the entries.
  public let archive: TarWriter
  private let compression: Compression
  private let content: MeteredSink
  private let blob: BlobWriter

  /// A layer that is compressed in one way.
  public init(to store: ImageStore, _ compression: Compression) throws(RuntimeError) {
    self.compression = compression
    blob = try BlobWriter(in: store)
    content = MeteredSink(try CompressingSink(blob, compression))
    archive = TarWriter(content)
  }

  /// Ends the archive, and gives the blob its name.
  public func commit() throws(RuntimeError) -> PackedLayer {
    try archive.finish()
    let descriptor = try blob.commit(mediaType: compression.layerType)
    return PackedLayer(blob: descriptor, diffID: content.digest)
  }
}

extension NewLayer {
  /// Has the image's files mounted in a directory of the workspace, in a mount namespace of this process alone, which
  /// it stays in: whoever is killed leaves no mount on the host.
  ///
  /// - Parameters:
  ///   - name: The directory's name.
  public func attached<Result>(
    at name: String, _ body: () throws(RuntimeError) -> Result
  ) throws(RuntimeError) -> Result {
    try MountNamespace.enterOwn()
    _ = try ImageStore.directory(name, at: staged.number)
    let path = "\(workspace)/\(name)"
    // By its path: what was opened before lies in the host's namespace.
    let place = try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    if below.isEmpty {
      let tree = try Kernel.cloneMount("\(workspace)/content", recursive: false, followsLinks: false)
      try Kernel.attach(tree.number, to: place.number)
    } else {
      try Kernel.attach(mount.number, to: place.number)
    }
    defer { try? Kernel.detachMount(path) }
    return try body()
  }
}
