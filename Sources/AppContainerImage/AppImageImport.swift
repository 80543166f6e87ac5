internal import Glibc
public import ImageLayers
public import ImageStore
internal import JSON
internal import LinuxKernel
public import OCIImage
public import RuntimeErrors
internal import SystemPackage

/// Makes an OCI image of an App Container Image.
public struct AppImageImport {
  private let store: ImageStore
  /// How the layer is compressed.
  public var compression = Compression.gzip

  /// What came.
  public struct Outcome: Sendable {
    /// The OCI manifest, without a name.
    public var descriptor: ContentDescriptor
    /// The manifest of the App Container Image.
    public var manifest: AppImageManifest
    /// `sha512-…`
    public var imageID: String
    /// What was lost on the way.
    public var dropped: [DroppedMember]
    /// What goes against a recommendation.
    public var advice: [ImageFault]
  }

  /// To a store.
  public init(to store: ImageStore) {
    self.store = store
  }

  /// Reads an archive, and keeps the image.
  ///
  /// - Parameters:
  ///   - source: Perhaps compressed.
  /// - Throws: One `invalidImage` with all that breaks the specification.
  public func archive(_ source: any ByteSource) throws(RuntimeError) -> Outcome {
    let archive = try AppImageArchive(source, writer: LayerWriter(to: store, compression))
    guard !archive.hasViolations, let manifest = archive.manifest, let layer = archive.layer else {
      let lines = archive.faults.faults.filter { $0.rank == .violation }.map(\.description)
      throw RuntimeError(.invalidImage, lines.joined(separator: "\n  "))
    }
    var conversion = AppConversion(manifest)
    conversion.note(imageID: archive.imageID)
    var layers = try dependencies(of: manifest)
    layers.append(layer)
    let image = contents(layers, conversion.platform)
    try resolveUser(manifest, in: image, &conversion)
    if let whitelist = manifest.pathWhitelist, !whitelist.isEmpty {
      layers = [try reduced(image, to: whitelist)]
    }
    let descriptor = try keep(layers, conversion, newest: archive.newest)
    return Outcome(
      descriptor: descriptor, manifest: manifest, imageID: archive.imageID, dropped: conversion.dropped,
      advice: archive.faults.faults)
  }

  private func contents(_ layers: [PackedLayer], _ platform: Platform) -> ImageContents {
    ImageContents(
      descriptor: ContentDescriptor(),
      manifest: ImageManifest(config: ContentDescriptor(), layers: layers.map(\.blob)),
      config: ImageConfig(platform: platform, rootfs: .init(diffIDs: layers.map(\.diffID))))
  }

  private func keep(
    _ layers: [PackedLayer], _ conversion: AppConversion, newest: Int
  ) throws(RuntimeError) -> ContentDescriptor {
    let created = conversion.created ?? TimeOfDay(seconds: newest).text()
    var image = ImageDraft(platform: conversion.platform)
    (image.created, image.author) = (created, conversion.author)
    (image.execution, image.annotations) = (conversion.execution, conversion.annotations)
    for (place, layer) in layers.enumerated() {
      let isOwn = place == layers.count - 1
      let words = isOwn ? "swbox image import" : "swbox image import, a dependency"
      image.add(layer, .init(created: created, createdBy: words))
    }
    return try image.keep(in: store)
  }
}

/// Spec: aci.md#dependency-matching
extension AppImageImport {
  /// The layers of all images below, in their order. They are taken from the store.
  ///
  /// - Throws: `imageNotFound` that names all that are missing.
  private func dependencies(of manifest: AppImageManifest) throws(RuntimeError) -> [PackedLayer] {
    let wanted = manifest.dependencies ?? []
    guard !wanted.isEmpty else { return [] }
    let known = try store.images().compactMap { image in try? store.contents(of: image) }
    var layers: [PackedLayer] = []
    var missing: [String] = []
    for dependency in wanted {
      guard let image = known.last(where: { fits($0, dependency) }) else {
        missing.append(describe(dependency))
        continue
      }
      layers += zip(image.manifest.layers, image.config.rootfs.diffIDs).map {
        PackedLayer(blob: $0, diffID: $1)
      }
    }
    guard missing.isEmpty else {
      throw RuntimeError(
        .imageNotFound,
        "the image depends on others, which are not in the store: " + missing.joined(separator: ", "),
        hint: "import them before")
    }
    return layers
  }

  private func fits(_ image: ImageContents, _ dependency: AppImageManifest.Dependency) -> Bool {
    let notes = image.manifest.annotations ?? [:]
    guard notes[AppConversion.Origin.name] == dependency.imageName else { return false }
    if let id = dependency.imageID, notes[AppConversion.Origin.imageID] != id { return false }
    return (dependency.labels ?? []).allSatisfy { notes[AppConversion.Origin.label + $0.name] == $0.value }
  }

  private func describe(_ dependency: AppImageManifest.Dependency) -> String {
    let labels = (dependency.labels ?? []).map { "\($0.name)=\($0.value)" }
    let id = dependency.imageID.map { ["\($0.prefix(19))…"] } ?? []
    let further = (labels + id).joined(separator: ", ")
    return quoted(dependency.imageName) + (further.isEmpty ? "" : " (\(further))")
  }

  /// A user that is a path means the owner of the file there, a group its group.
  private func resolveUser(
    _ manifest: AppImageManifest, in image: ImageContents, _ conversion: inout AppConversion
  ) throws(RuntimeError) {
    guard let app = manifest.app, app.user.hasPrefix("/") || app.group.hasPrefix("/") else { return }
    let tree = try NewLayer(in: store, upon: image)
    func owner(_ path: String, _ member: String) throws(RuntimeError) -> (UInt32, UInt32) {
      let file = try Kernel.openIfPresent(
        path, at: tree.root.number, flags: OpenFlags.path,
        resolve: ResolveFlags.inRoot | ResolveFlags.noMagicLinks)
      guard let file else {
        throw RuntimeError(.invalidImage, "manifest: /app/\(member): no file \(quoted(path)) in the image")
      }
      let status = try Kernel.stat(file.number)
      return (status.st_uid, status.st_gid)
    }
    let user = app.user.hasPrefix("/") ? "\(try owner(app.user, "user").0)" : app.user
    let group = app.group.hasPrefix("/") ? "\(try owner(app.group, "group").1)" : app.group
    conversion.setUser("\(user):\(group)")
  }

  /// One layer with only some paths, and the directories that lead to them.
  private func reduced(
    _ image: ImageContents, to whitelist: [String]
  ) throws(RuntimeError) -> PackedLayer {
    var kept: Set<[UInt8]> = []
    for path in whitelist {
      let parts = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init).filter {
        $0 != [UInt8(ascii: ".")]
      }
      for count in 0..<parts.count {
        kept.insert(Array(parts[...count].joined(separator: [UInt8(ascii: "/")])))
      }
    }
    let layer = try NewLayer(in: store, upon: image)
    return try layer.pack(compression, latest: .max, selection: kept.contains, warn: { _ in })
  }
}
