internal import Glibc
public import ImageLayers
internal import LinuxKernel
internal import OCIImage
public import RuntimeErrors
internal import SystemPackage

/// From blobs to files.
extension ImageStore {
  /// Applies one layer of an image to a directory, and checks that it holds what the configuration says.
  ///
  /// - Parameters:
  ///   - number: Which layer, from 0.
  ///   - directory: What it is applied to, with all layers before it.
  ///   - isBase: Whether nothing was applied before.
  func apply(
    layer number: Int, of image: ImageContents, to directory: CInt, isBase: Bool, _ options: UnpackOptions
  ) throws(RuntimeError) {
    let layer = image.manifest.layers[number]
    var options = options
    if options.leftOut == nil { options.leftOut = warn }
    do throws(RuntimeError) {
      try trusting(layer) { () throws(RuntimeError) in
        let file = FileSource(try openBlob(layer), name: layer.digest.text)
        let diffID = image.config.rootfs.diffIDs[number]
        let content = MeteredSource(
          try DecompressedSource(file), algorithm: diffID.algorithm, limit: options.limits.size)
        let unpacker = Unpacker(root: directory, options: options)
        try unpacker.apply(TarReader(content, limits: options.limits), isBase: isBase)
        guard content.digest == diffID else {
          throw RuntimeError(
            .invalidImage, "the content is \(content.digest), but the configuration says \(diffID)")
        }
      }
    } catch {
      throw error.adding(context: "layer \(number + 1) of \(image.manifest.layers.count)")
    }
  }

  /// Unpacks all layers of an image into one directory.
  ///
  /// - Parameters:
  ///   - directory: An empty one.
  public func unpack(
    _ image: ImageContents, to directory: CInt, _ options: UnpackOptions = UnpackOptions()
  ) throws(RuntimeError) {
    for number in image.manifest.layers.indices {
      try apply(layer: number, of: image, to: directory, isBase: number == 0, options)
    }
  }

  /// Has each layer of an image in a directory of its own, for overlayfs.
  ///
  /// A layer is unpacked through an overlay of those below it, so that the kernel itself writes down what is removed
  /// (devices 0:0, `trusted.overlay.opaque`), and what is changed in a directory of a lower layer keeps that
  /// directory's attributes. The overlay is attached nowhere: it ends with this process. Needs root, also that of a
  /// user namespace.
  ///
  /// - Parameters:
  ///   - last: The uppermost layer that is wanted; nil for all. Those above it need not be in the store yet.
  /// - Returns: Absolute paths, the base first: the lower directories of an overlay in reverse order.
  public func layerDirectories(
    of image: ImageContents, upTo last: Int? = nil, _ options: UnpackOptions = UnpackOptions()
  ) throws(RuntimeError) -> [String] {
    var paths: [String] = []
    let chains = Digest.chains(image.config.rootfs.diffIDs)
    for number in image.manifest.layers.indices.prefix(while: { $0 <= last ?? .max }) {
      let chain = chains[number]
      guard chain.isVerifiable else {
        throw RuntimeError(.invalidImage, "/rootfs/diff_ids/\(number): no digest that can be checked")
      }
      let name = chain.encoded
      if try Kernel.stat(name, at: layers.number) == nil {
        try unpackLayer(number, of: image, below: paths, name: name, options)
      }
      paths.append("\(path)/layers/\(name)")
    }
    return paths
  }

  private func unpackLayer(
    _ number: Int, of image: ImageContents, below paths: [String], name: String, _ options: UnpackOptions
  ) throws(RuntimeError) {
    let staged = try StagedDirectory(in: self)
    let content = try ImageStore.directory("content", at: staged.number)
    try Kernel.changeMode(content.number, mode: 0o755)
    if let below = paths.last { try ImageStore.copyRootAttributes(from: below, to: content.number) }
    if paths.isEmpty {
      try apply(layer: number, of: image, to: content.number, isBase: true, options)
    } else {
      let work = try ImageStore.directory("work", at: staged.number)
      let overlay = try Kernel.detachedOverlay(
        lower: paths.reversed(), upper: content.number, work: work.number)
      try apply(layer: number, of: image, to: overlay.number, isBase: false, options)
    }
    do throws(RuntimeError) {
      try Kernel.moveNew(
        RawName(bytes: Array("content".utf8)), at: staged.number, to: RawName(bytes: Array(name.utf8)),
        at: layers.number)
      // Another process was faster.
    } catch let error where error.errno == .fileExists {}
  }
}

extension ImageStore {
  /// The root of an overlay has the attributes of its uppermost directory, also where a layer says nothing of it.
  public static func copyRootAttributes(from path: String, to directory: CInt) throws(RuntimeError) {
    let below = try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY)
    let status = try Kernel.stat(below.number)
    try Kernel.changeOwner(directory, uid: status.st_uid, gid: status.st_gid)
    let own = RawName(bytes: [UInt8(ascii: ".")])
    for attribute in try Kernel.attributes(of: own, at: below.number)
    where !["trusted.overlay.", "user.overlay."].contains(where: { attribute.name.starts(with: $0.utf8) }) {
      try Kernel.setAttribute(RawName(bytes: attribute.name), value: attribute.value, of: directory)
    }
    try Kernel.changeMode(directory, mode: status.st_mode & 0o7777)
    try Kernel.changeTime(directory, to: status.st_mtim)
  }
}

/// A directory that is not complete: it has a name in `staging`.
public final class StagedDirectory {
  private let directory: Descriptor
  private let store: ImageStore
  let name: String

  /// A new empty one.
  public init(in store: ImageStore) throws(RuntimeError) {
    self.store = store
    name = StagedFile.newName()
    directory = try ImageStore.directory(name, at: store.staging.number)
  }

  deinit {
    try? DirectoryTree.remove(RawName(bytes: Array(name.utf8)), at: store.staging.number)
  }

  /// The open directory's number.
  public var number: CInt { directory.number }

  /// Its absolute path, for another program.
  public var path: String { "\(store.path)/staging/\(name)" }
}
