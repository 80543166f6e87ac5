internal import Glibc
public import ImageLayers
internal import JSON
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// Copies between the host and a container, which may run or have ended.
///
/// The container is hostile: all is reached by descriptor below its root, and nothing that it has by name or link
/// leads elsewhere.
public struct FileCopy {
  let catalog: ContainerCatalog
  let store: String
  /// Whether files keep their owners, set-user-ID bits and devices; else they are root's in a container, and the
  /// caller's outside.
  public var keepsOwners = false
  /// Gets what is no error.
  public var warn: (String) -> Void = { _ in }

  /// - Parameters:
  ///   - store: Absolute path of the catalog's store.
  public init(_ catalog: ContainerCatalog, store: String) {
    self.catalog = catalog
    self.store = store
  }

  /// Copies a file or directory of a container's to the host.
  public func copy(from path: String, of container: Container, to target: String) throws(RuntimeError) {
    // Before the host's mount namespace may be left.
    let host = CopyRoot.host
    let view = try view(of: container)
    let source = CopyPath(text: path)
    try copy(source, view.root, to: CopyPath(text: target), host) { (directory) throws(RuntimeError) in
      sink(directory, setsOwners: keepsOwners && Caller.person == nil)
    } adjust: { (entry) throws(RuntimeError) in
      view.shift.toContainer(&entry)
    } isLeftOut: {
      view.runs && $0.isRoot && FileCopy.kernelOwn.contains($0.path)
    }
  }

  /// Copies a file or directory of the host's into a container.
  public func copy(_ path: String, into container: Container, at target: String) throws(RuntimeError) {
    let view = try view(of: container)
    try copy(CopyPath(text: path), .host, to: CopyPath(text: target), view.root) {
      (directory) throws(RuntimeError) in
      sink(directory, setsOwners: true)
    } adjust: { (entry) throws(RuntimeError) in
      try own(&entry, view.shift)
    } isLeftOut: { _ in
      false
    }
  }

  /// Unpacks an archive into a directory of a container's.
  public func unpack(_ archive: any ByteSource, into container: Container, at target: String)
    throws(RuntimeError)
  {
    let view = try view(of: container)
    let reader = TarReader(try DecompressedSource(archive), limits: LayerLimits(size: 1 << 50))
    guard let directory = try view.root.directory(target).found else {
      throw RuntimeError(.invalidArgument, "\(quoted(target)) is no directory of the container")
    }
    let sink = sink(directory.descriptor.number, setsOwners: true)
    while var entry = try reader.next() {
      if isRoot(entry.path) { continue }
      try own(&entry, view.shift)
      try sink.add(entry, content: reader)
    }
    guard reader.hasEndMarker else { throw RuntimeError(.invalidArgument, "the archive has no end") }
    try sink.finish()
    try reader.finish()
  }

  /// Writes a file or directory of a container's as an archive.
  public func pack(_ path: String, of container: Container, to sink: any ByteSink) throws(RuntimeError) {
    let view = try view(of: container)
    let source = CopyPath(text: path)
    let writer = TarWriter(sink)
    try send(
      CopySource(source, view.root), as: source.meansContents ? nil : source.name, to: writer
    ) { (entry) throws(RuntimeError) in
      view.shift.toContainer(&entry)
    } isLeftOut: {
      view.runs && $0.isRoot && FileCopy.kernelOwn.contains($0.path)
    }
    try writer.finish()
  }

  private static let kernelOwn = ["dev", "proc", "sys"].map { Array($0.utf8) }

  /// What files go to.
  ///
  /// - Parameters:
  ///   - setsOwners: Whether they get the owners that their entries name, or are the caller's.
  private func sink(_ directory: CInt, setsOwners: Bool) -> CopySink {
    var options = UnpackOptions()
    options.keepsOwners = setsOwners
    options.limits = LayerLimits(size: 1 << 50)
    options.keepsDirectories = true
    options.hasWhiteouts = false
    options.exchangesKinds = false
    options.namesWholeFiles = true
    return CopySink(Unpacker(root: directory, options: options), keepsDevices: keepsOwners, warn: warn)
  }

  /// Who has a file in the container. Root's must not give others root's rights.
  private func own(_ entry: inout TarEntry, _ shift: OwnerShift) throws(RuntimeError) {
    if !keepsOwners {
      (entry.uid, entry.gid) = (0, 0)
      entry.mode &= ~0o6000
      entry.attributes.removeAll { !$0.name.starts(with: "user.".utf8) }
    }
    try shift.toHost(&entry)
  }

  private func isRoot(_ path: [UInt8]) -> Bool {
    path.allSatisfy { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ".") } && !path.contains([0x2e, 0x2e])
  }
}

extension FileCopy {
  /// A name at the top of what is copied.
  struct TopName {
    /// Whether the container's root itself is copied.
    var isRoot: Bool
    /// The path from there.
    var path: [UInt8]
  }

  private func copy(
    _ source: CopyPath, _ from: CopyRoot, to target: CopyPath, _ to: CopyRoot,
    _ makeSink: (CInt) throws(RuntimeError) -> CopySink,
    adjust: @escaping (inout TarEntry) throws(RuntimeError) -> Void, isLeftOut: @escaping (TopName) -> Bool
  ) throws(RuntimeError) {
    let opened = try CopySource(source, from)
    let (found, isThere) = try to.directory(target.text)
    var name: [UInt8]? = source.meansContents ? nil : source.name
    let directory: OpenDirectory
    if let found {
      directory = found
    } else {
      guard !target.isDirectory else {
        throw RuntimeError(.invalidArgument, "\(quoted(target.text)) is no directory")
      }
      guard !(isThere && opened.isDirectory) else {
        throw RuntimeError(
          .invalidArgument, "\(quoted(target.text)) is no directory, but \(quoted(source.text)) is one")
      }
      guard let parent = try to.directory(target.parent).found else {
        throw RuntimeError(
          .invalidArgument, "\(quoted(target.text)): the directory that it is to be in does not exist")
      }
      directory = parent
      name = target.name
    }
    let sink = try makeSink(directory.descriptor.number)
    if opened.isFile {
      let file = NewFile(name ?? source.name, in: directory.descriptor.number)
      try file.make { (name) throws(RuntimeError) in
        try send(opened, as: name, to: sink, adjust: adjust, isLeftOut: isLeftOut)
        try sink.finish()
      }
      return
    }
    try send(opened, as: name, to: sink, adjust: adjust, isLeftOut: isLeftOut)
    try sink.finish()
  }

  /// Sends a file or directory to a sink.
  ///
  /// - Parameters:
  ///   - name: What it is called there; nil for only the content of a directory.
  private func send(
    _ source: CopySource, as name: [UInt8]?, to sink: any EntrySink,
    adjust: @escaping (inout TarEntry) throws(RuntimeError) -> Void, isLeftOut: @escaping (TopName) -> Bool
  ) throws(RuntimeError) {
    var options = PackOptions()
    options.isLayer = false
    options.adjust = adjust
    if source.isDirectory {
      options.includes = { !isLeftOut(TopName(isRoot: source.isRoot, path: $0)) }
      let directory = try Kernel.open(".", at: source.number, flags: O_RDONLY | O_DIRECTORY)
      return try TreePacker(RenamingSink(sink, name), options, warn: warn).pack(directory.number)
    }
    guard source.isFile else {
      throw RuntimeError(.invalidArgument, "\(quoted(source.path.text)) is no regular file or directory")
    }
    try TreePacker(sink, options, warn: warn).pack(file: source.number, as: name ?? source.path.name)
  }
}

/// A file that comes to its name when it is whole: a copy that is interrupted leaves what was there.
private struct NewFile {
  private let name: [UInt8]
  private let directory: CInt

  init(_ name: [UInt8], in directory: CInt) {
    self.name = name
    self.directory = directory
  }

  /// - Parameter body: Makes it under the name that it gets.
  func make(_ body: ([UInt8]) throws(RuntimeError) -> Void) throws(RuntimeError) {
    if let there = try Kernel.stat(RawName(bytes: name), at: directory),
      ![S_IFREG, S_IFLNK].contains(there.st_mode & S_IFMT)
    {
      throw RuntimeError(
        .invalidArgument,
        "\(quoted(String(decoding: name, as: UTF8.self))) is there, and no regular file that could be replaced"
      )
    }
    // A killed process leaves it only between two system calls, or where a file system has no files without names.
    let temporary = Array(".swbox-cp-\(getpid())".utf8)
    do throws(RuntimeError) {
      try body(temporary)
      try Kernel.rename(RawName(bytes: temporary), at: directory, to: RawName(bytes: name), at: directory)
    } catch {
      try? Kernel.remove(RawName(bytes: temporary), at: directory)
      throw error
    }
  }
}

/// Passes entries of a tree on below another name.
private final class RenamingSink: EntrySink {
  private let sink: any EntrySink
  private let name: [UInt8]?

  init(_ sink: any EntrySink, _ name: [UInt8]?) {
    self.sink = sink
    self.name = name
  }

  func add(_ entry: TarEntry, content: (any ByteSource)?) throws(RuntimeError) {
    let isRoot = entry.path == Array("./".utf8)
    guard let name else {
      // Whoever copies a content leaves the directory that it goes to as it is.
      if !isRoot { try sink.add(entry, content: content) }
      return
    }
    var entry = entry
    let prefix = name + [UInt8(ascii: "/")]
    entry.path = isRoot ? prefix : prefix + entry.path
    if entry.kind == .hardLink { entry.linkTarget = prefix + entry.linkTarget }
    try sink.add(entry, content: content)
  }
}

/// Leaves out devices, unless they are asked for.
private final class CopySink: EntrySink {
  private let unpacker: Unpacker
  private let keepsDevices: Bool
  private let warn: (String) -> Void
  private var leftOut: Set<[UInt8]> = []

  init(_ unpacker: Unpacker, keepsDevices: Bool, warn: @escaping (String) -> Void) {
    self.unpacker = unpacker
    self.keepsDevices = keepsDevices
    self.warn = warn
  }

  func add(_ entry: TarEntry, content: (any ByteSource)?) throws(RuntimeError) {
    let isDevice = entry.kind == .characterDevice || entry.kind == .blockDevice
    guard keepsDevices || !isDevice && !(entry.kind == .hardLink && leftOut.contains(entry.linkTarget)) else {
      leftOut.insert(entry.path)
      return warn("\(entry.shownPath) is a device, and left out: --archive keeps it")
    }
    try unpacker.add(entry, content: content)
  }

  func finish() throws(RuntimeError) { try unpacker.finish() }
}
