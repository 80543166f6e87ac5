internal import Glibc
internal import ImageLayers
public import ImageStore
internal import LinuxKernel
public import OCIImage
public import RuntimeErrors

/// From a container to an image: what it began with, and one layer of its changes.
public struct Commit {
  private let images: ImageStore
  private let catalog: ContainerCatalog
  /// Who made the image.
  public var author: String?
  /// What is to be said of it.
  public var message: String?
  /// Changes of the configuration.
  public var changes: ConfigurationChanges
  /// Whether a container that runs stands still meanwhile.
  public var pauses = true
  /// Whether it is an error if a container that runs cannot be paused.
  public var needsPause = true
  /// Of the layers that are made.
  public var compression = Compression.gzip
  /// Gets what is no error.
  public var warn: (String) -> Void = { _ in }

  /// - Parameters:
  ///   - images: The store that the catalog belongs to, opened to be used beside others.
  public init(_ images: ImageStore, _ catalog: ContainerCatalog, changes: ConfigurationChanges) {
    self.images = images
    self.catalog = catalog
    self.changes = changes
  }

  /// Makes the image.
  ///
  /// - Returns: The manifest's descriptor. The image has no name yet.
  public func run(_ container: Container) throws(RuntimeError) -> ContentDescriptor {
    let observation = try catalog.observe(container)
    guard observation.status != .starting else {
      throw RuntimeError(.invalidState, "container \(container.record.name) is being started")
    }
    let runs = [.running, .unsupervised].contains(observation.status)
    let pause = pauses && runs ? try pause(container) : nil
    var image = try base(of: container)
    let origin = container.record.origin
    if origin.layers == nil {
      let path = origin.directory ?? "\(container.path)/\(ContainerFile.unpacked)"
      image.add(try tree(path), entry(of: "swbox run --rootfs", message: nil))
    }
    if origin.layers != nil || container.record.options.ephemeral {
      let words = container.record.command.joined(separator: " ")
      image.add(try changes(of: container), entry(of: words, message: message))
    }
    // The rest needs nothing of the container.
    pause?.end()
    try changes.apply(to: &image.execution)
    image.created = TimeOfDay.now.text(hasFraction: false)
    if let author { image.author = author }
    return try image.keep(in: images)
  }

  private func base(of container: Container) throws(RuntimeError) -> ImageDraft {
    if let manifest = container.record.origin.manifest {
      return ImageDraft(try images.contents(of: StoredImage(descriptor: manifest)))
    }
    var image = ImageDraft()
    // Nothing else says what runs in it.
    image.execution.cmd = container.record.command.isEmpty ? nil : container.record.command
    return image
  }

  private func entry(of command: String, message: String?) -> ImageConfig.History {
    var entry = ImageConfig.History(
      created: TimeOfDay.now.text(hasFraction: false), createdBy: command, comment: message)
    entry.author = author
    return entry
  }

  /// A layer with all of a directory.
  private func tree(_ path: String) throws(RuntimeError) -> PackedLayer {
    let directory = try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY)
    let writer = try LayerWriter(to: images, compression)
    try TreePacker(writer.archive, warn: warn).pack(directory.number)
    return try writer.commit()
  }

  /// Has the container stand still, if it must, or can.
  private func pause(_ container: Container) throws(RuntimeError) -> ExecutionPause? {
    do throws(RuntimeError) {
      return try ExecutionPause(container, catalog)
    } catch let error where !needsPause {
      warn("container \(container.record.name) is taken while it runs on: \(error)")
      return nil
    }
  }

  /// A layer with what overlayfs has kept apart.
  private func changes(of container: Container) throws(RuntimeError) -> PackedLayer {
    let changes = try ContainerChanges(of: container, store: images.path)
    let shift = OwnerShift(try UserMapping(container.record.options))
    let points = changes.mountPoints
    var options = PackOptions()
    options.lower = changes.lower.number
    options.includes = { !points.contains($0) }
    options.adjust = { (entry) throws(RuntimeError) in shift.toContainer(&entry) }
    let writer = try LayerWriter(to: images, compression)
    try TreePacker(writer.archive, options, warn: warn).pack(changes.upper.number)
    return try writer.commit()
  }
}
