internal import Glibc
internal import ImageLayers
public import JSON
internal import LinuxKernel
public import OCIImage
public import RuntimeErrors

/// Removal of what nothing refers to.
///
/// Each step leaves a store that is whole, and a sweep that was killed is ended by the next one.
public struct Sweep: Sendable {
  /// One thing that was removed, or would be.
  public struct Removal: JSONObject, Sendable {
    /// What it is: `blob`, `layer`, `build` or `staging`.
    public var kind = ""
    /// Its name below the store's directory.
    public var path = ""
    /// What it takes of the disk, in bytes.
    public var size: Int64 = 0

    /// See `JSONValue`.
    public init() {}

    /// One thing.
    public init(kind: String, path: String, size: Int64) {
      self.kind = kind
      self.path = path
      self.size = size
    }

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("kind", &kind)
      json.member("path", &path)
      json.member("size", &size)
    }
  }

  /// Nothing that was changed in the last so many seconds is removed.
  public var gracePeriod: Int64 = 0
  /// Steps of builds that no build has used in the last so many seconds are removed, with layers that only they have.
  public var buildAge: Int64 = 7 * 86400
  /// Whether blobs that were brought in part stay, so that bringing them can go on.
  public var keepsPartialBlobs = false
  /// Whether it is only told what would be removed.
  public var isDryRun = false
  /// Manifests that something else than the index refers to: containers do.
  public var manifests: [ContentDescriptor] = []
  /// Names of unpacked layers that are in use.
  public var layers: Set<String> = []

  /// One that removes all that it may.
  public init() {}

  /// Goes through a store that was opened for this process alone.
  ///
  /// - Parameters:
  ///   - warn: Gets what is damaged, which keeps nothing else from being removed.
  /// - Returns: What was removed, by name.
  public func run(in store: ImageStore, warn: (String) -> Void) throws(RuntimeError) -> [Removal] {
    var blobs: Set<String> = []
    var layers = layers
    for descriptor in try store.images().map(\.descriptor) + manifests {
      try collect(descriptor, in: store, &blobs, &layers, warn)
    }
    var removals: [Removal] = []
    try removeBuilds(in: store, &blobs, &layers, &removals)
    let folder = try Kernel.open("blobs", at: store.root.number, flags: O_RDONLY | O_DIRECTORY)
    for algorithm in try Kernel.list(".", at: folder.number).sorted() {
      guard try Kernel.stat(algorithm, at: folder.number).map({ $0.st_mode & S_IFMT == S_IFDIR }) == true
      else {
        warn("\(store.path)/blobs/\(algorithm) is no directory of blobs, and is left as it is")
        continue
      }
      let directory = try Kernel.open(
        algorithm, at: folder.number, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      try remove("blob", in: directory.number, at: "blobs/\(algorithm)", &removals) {
        !blobs.contains("\(algorithm)/\($0)")
      }
    }
    try remove("layer", in: store.layers.number, at: "layers", &removals) { !layers.contains($0) }
    try remove("staging", in: store.staging.number, at: "staging", &removals) {
      !keepsPartialBlobs || !PartialBlob.isName($0)
    }
    if !isDryRun { store.keepReserve() }
    return removals
  }

  /// Notes what an image needs. Of one that is damaged that is all that its damaged document still names.
  private func collect(
    _ descriptor: ContentDescriptor, in store: ImageStore, _ blobs: inout Set<String>,
    _ layers: inout Set<String>, _ warn: (String) -> Void
  ) throws(RuntimeError) {
    var configs: [ContentDescriptor] = []
    let image = descriptor.referenceName ?? descriptor.digest.text
    func rest(of content: ContentDescriptor, _ error: RuntimeError) throws(RuntimeError)
      -> [ContentDescriptor]
    {
      warn("\(image): \(error)")
      return try store.mentioned(in: content)
    }
    try store.visit(descriptor, damaged: rest) { content in
      blobs.insert("\(content.digest.algorithm)/\(content.digest.encoded)")
      if content.mediaType.isConfig { configs.append(content) }
    }
    for config in configs {
      do throws(RuntimeError) {
        let diffIDs = try store.document(ImageConfig.self, config).rootfs.diffIDs
        layers.formUnion(Digest.chains(diffIDs).map(\.encoded))
      } catch {
        // What it had unpacked is made again from its blobs, should the configuration come back.
        warn("\(image): \(error)")
      }
    }
  }

  private func removeBuilds(
    in store: ImageStore, _ blobs: inout Set<String>, _ layers: inout Set<String>,
    _ removals: inout [Removal]
  ) throws(RuntimeError) {
    // It is not made: there may be no room for it.
    guard
      let folder = try Kernel.openIfPresent(
        ImageStore.buildsName, at: store.root.number, flags: O_RDONLY | O_DIRECTORY,
        resolve: ResolveFlags.beneath | ResolveFlags.noSymlinks)
    else { return }
    let now = Int64(time(nil))
    var unused: Set<String> = []
    for name in try Kernel.list(".", at: folder.number) {
      guard let status = try Kernel.stat(name, at: folder.number) else { continue }
      guard let record = (try? store.buildRecord(name)) ?? nil, now - Int64(status.st_mtim.tv_sec) < buildAge,
        try store.blobSize(record.layer.blob.digest) != nil
      else {
        unused.insert(name)
        continue
      }
      blobs.insert("\(record.layer.blob.digest.algorithm)/\(record.layer.blob.digest.encoded)")
      layers.insert(record.chain.encoded)
    }
    try remove("build", in: folder.number, at: ImageStore.buildsName, &removals) { unused.contains($0) }
  }

  private func remove(
    _ kind: String, in directory: CInt, at path: String, _ removals: inout [Removal],
    where isUnused: (String) -> Bool
  ) throws(RuntimeError) {
    let now = Int64(time(nil))
    for name in try Kernel.list(".", at: directory).sorted() where isUnused(name) {
      guard let status = try Kernel.stat(name, at: directory) else { continue }
      guard now - Int64(status.st_ctim.tv_sec) >= gracePeriod else { continue }
      let rawName = RawName(bytes: Array(name.utf8))
      let size = try DirectoryTree.size(rawName, at: directory)
      removals.append(Removal(kind: kind, path: "\(path)/\(name)", size: size))
      if !isDryRun { try DirectoryTree.remove(rawName, at: directory) }
    }
  }
}
