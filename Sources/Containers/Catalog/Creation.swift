internal import Glibc
public import ImageLayers
public import ImageStore
internal import JSON
internal import LinuxKernel
public import OCIImage
internal import OCIRuntimeSpec
public import RuntimeErrors

/// From an image, or a root file system, to a container that can be launched.
///
/// As long as the image store is open the layers stay: afterwards they stay because the container's record names
/// them.
public struct Creation {
  private let images: ImageStore
  private let catalog: ContainerCatalog

  /// - Parameters:
  ///   - images: The store that the catalog belongs to, opened to be used beside others.
  public init(_ images: ImageStore, _ catalog: ContainerCatalog) {
    self.images = images
    self.catalog = catalog
  }

  /// A root file system from an image of the store.
  ///
  /// - Parameters:
  ///   - text: Its name, or the beginning of its ID.
  ///   - platform: nil for this machine's.
  /// - Throws: `imageNotFound`.
  public func origin(
    image text: String, platform: Platform? = nil
  ) throws(RuntimeError) -> ContainerRecord.Origin {
    let image = try images.find(text)
    let contents =
      if let platform { try images.contents(of: image, asked: platform) } else {
        try images.contents(of: image)
      }
    var origin = ContainerRecord.Origin()
    origin.image = image.name ?? text
    origin.manifest = contents.descriptor
    origin.imageID = contents.id.text
    origin.defaults = contents.config.config
    if !contents.config.platform.fits(.host) { origin.platform = contents.config.platform.description }
    origin.layers = try images.layerDirectories(of: contents).map { path in
      String(path.split(separator: "/").last ?? "")
    }
    return origin
  }

  /// Makes a container, held by this process.
  ///
  /// - Parameters:
  ///   - archive: What `origin.archive` names, opened; unpacked into the container.
  ///   - runtime: Absolute path of the runtime.
  public func container(
    _ origin: ContainerRecord.Origin, archive: (any ByteSource)?, options: RunOptions, runtime: String
  ) throws(RuntimeError) -> Container {
    let container = try stage(record(origin, options, runtime))
    do throws(RuntimeError) {
      if let archive { try unpack(archive, for: container) }
      try catalog.publish(container)
    } catch {
      try? catalog.discard(container)
      throw error
    }
    return container
  }

  /// The config.json that a container would get. Nothing of it stays.
  public func configuration(
    _ origin: ContainerRecord.Origin, archive: (any ByteSource)?, options: RunOptions, runtime: String
  ) throws(RuntimeError) -> [UInt8] {
    let container = try stage(record(origin, options, runtime))
    do throws(RuntimeError) {
      if let archive { try unpack(archive, for: container) }
      let root = try ContainerRoot(openRoot(of: container))
      let plan = ConfigurationPlan(
        record: container.record, key: catalog.key, files: try HostFiles(container: container).write())
      let config = try plan.make(root, path: RootMount.path(for: container))
      try catalog.discard(container)
      return JSONWriter(style: .twoSpaces).encode(config)
    } catch {
      try? catalog.discard(container)
      throw error
    }
  }

  private func record(
    _ origin: ContainerRecord.Origin, _ options: RunOptions, _ runtime: String
  ) throws(RuntimeError) -> ContainerRecord {
    if let name = options.name, !ContainerCatalog.isName(name) {
      throw RuntimeError(
        .invalidArgument, "--name: \(quoted(name)) has other characters than letters, digits, '_', '.', '-'",
        hint: "it begins with a letter or digit, and has at most 63 of them")
    }
    try BeyondPerson.check(options)
    try NetworkAttachment.check(options)
    try InPlace.check(options)
    var record = ContainerRecord()
    record.id = ContainerCatalog.newID()
    record.name = options.name ?? record.shortID
    record.created = TimeOfDay.now.text(hasFraction: true)
    record.origin = origin
    record.options = options
    record.runtime = runtime
    return record
  }

  /// With `--userns auto` the IDs are chosen while nobody else chooses any.
  private func stage(_ record: ContainerRecord) throws(RuntimeError) -> Container {
    guard let range = try AutomaticRange(record.options.userns) else { return try catalog.stage(record) }
    return try catalog.stage { (others) throws(RuntimeError) in
      var record = record
      record.options.usernsRequest = record.options.userns
      record.options.userns = try range.choose(
        besides: others.compactMap { other in other.options.userns.flatMap { try? UserMapping($0) } })
      return record
    }
  }

  private func unpack(_ source: any ByteSource, for container: Container) throws(RuntimeError) {
    let directory = try ImageStore.directory(ContainerFile.unpacked, at: container.number)
    try Kernel.changeMode(directory.number, mode: 0o755)
    var options = UnpackOptions()
    options.leftOut = images.warn
    // As the files of --rootfs DIR, these are the caller's where there is nobody else.
    if Caller.person != nil, !Caller.has(user: 1) { options.keepsOwners = false }
    try during("--rootfs \(container.record.origin.archive ?? "")") { () throws(RuntimeError) in
      let archive = TarReader(try DecompressedSource(source), limits: options.limits)
      try Unpacker(root: directory.number, options: options).apply(archive, isBase: true)
    }
  }

  /// The root file system without what would be written to it.
  private func openRoot(of container: Container) throws(RuntimeError) -> Descriptor {
    let origin = container.record.origin
    guard let layers = origin.layers, layers.count > 1 else {
      let only = origin.layers?.first.map { "\(images.path)/layers/\($0)" }
      let path =
        only ?? origin.directory ?? "\(catalog.path)/staging/\(container.id)/\(ContainerFile.unpacked)"
      return try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY)
    }
    return try Kernel.detachedOverlay(lower: layers.reversed().map { "\(images.path)/layers/\($0)" })
  }
}
