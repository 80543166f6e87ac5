internal import Glibc
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// What an unpacker may do without, and how much it takes.
public struct UnpackOptions: Sendable {
  /// How much a layer may hold.
  public var limits = LayerLimits()
  /// Whether files get the owners that the layer names; else all are the caller's, as only root can give files
  /// away.
  public var keepsOwners = !Caller.isUnprivileged
  /// Whether a directory that is there keeps its attributes when an entry names it again.
  public var keepsDirectories = false
  /// Whether names that begin with `.wh.` mark removed files; else they are names.
  public var hasWhiteouts = true
  /// Gets what is left out because only root of the host can make it; if nobody does, it is an error.
  public var leftOut: (@Sendable (String) -> Void)?
  /// Whether a directory may come in the place of something else, and something else in that of a directory.
  public var exchangesKinds = true
  /// Whether files get their names only when they are whole, where the file system lets them be without one.
  public var namesWholeFiles = false

  /// The usual ones.
  public init() {}
}

/// Applies layers to a directory, the base first.
///
/// The layer is hostile: it names files that are not in it, leads through its own links, lies about lengths.
/// Each place is reached by the root's descriptor, and links on the way are resolved as if it were `/`, so that
/// no name leads outside. What has no harmless meaning is an error.
///
/// Spec: layer.md#applying-changesets
public final class Unpacker: EntrySink {
  let root: CInt
  let options: UnpackOptions
  /// The directory of the entry before, which mostly is that of the next, too.
  var parent: OpenParent?
  /// Whether something was removed since that was opened.
  var hasRemoved = false
  /// What this layer has made: whiteouts hide only what lies below it. Nil in the base, where nothing does.
  var made: Set<LayerPath>?
  /// The times that directories have in the end, after all changes in them.
  var times = DirectoryTimes()
  let buffer = ByteBuffer(capacity: 256 << 10)

  /// - Parameters:
  ///   - root: The directory's descriptor, which stays the caller's.
  public init(root: CInt, options: UnpackOptions = UnpackOptions()) {
    self.root = root
    self.options = options
  }

  /// Applies a layer.
  ///
  /// - Parameters:
  ///   - archive: The layer, uncompressed. It is read to its end.
  ///   - isBase: Whether there is nothing below it.
  /// - Throws: `hostileLayer`, with the entry's path; what is in the directory then is to be thrown away.
  public func apply(_ archive: TarReader, isBase: Bool) throws(RuntimeError) {
    made = isBase ? nil : []
    times = DirectoryTimes()
    while let entry = try archive.next() { try add(entry, content: archive) }
    try finish()
    try archive.finish()
  }

  /// Applies an entry, without what `apply` does at the end.
  ///
  /// - Parameters:
  ///   - content: What gives the bytes of a regular file.
  public func add(_ entry: TarEntry, content: (any ByteSource)?) throws(RuntimeError) {
    do throws(RuntimeError) {
      try apply(entry, content ?? MemorySource([]))
    } catch {
      parent = nil
      throw explained(error).adding(context: entry.shownPath)
    }
  }

  /// Gives directories their times, once all entries are applied.
  public func finish() throws(RuntimeError) {
    parent = nil
    try restoreTimes()
    times = DirectoryTimes()
  }

  private func apply(_ entry: TarEntry, _ content: any ByteSource) throws(RuntimeError) {
    let path = try LayerPath(entry.path)
    if path.isRoot { return try applyRoot(entry) }
    if options.hasWhiteouts, let whiteout = try Whiteout(path) { return try apply(whiteout) }
    let directory = try openParent(path.parent)
    remember(path)
    switch entry.kind {
    case .directory: try makeDirectory(entry, path, directory)
    case .regular: try makeFile(entry, path, directory, content)
    case .hardLink: try makeHardLink(entry, path, directory)
    case .symbolicLink: try makeSymbolicLink(entry, path, directory)
    case .characterDevice, .blockDevice, .fifo: try makeNode(entry, path, directory)
    }
  }

  /// The root's own attributes.
  private func applyRoot(_ entry: TarEntry) throws(RuntimeError) {
    guard entry.kind == .directory else {
      throw RuntimeError(.hostileLayer, "the root of the image would be something else than a directory")
    }
    try setAttributes(entry, descriptor: root)
    times.set(.root, entry.modified)
  }

  /// Notes what this layer has made, and the directories that lead to it.
  private func remember(_ path: LayerPath) {
    guard made != nil else { return }
    var path = path
    while !path.isRoot, made?.insert(path).inserted == true { path = path.parent }
  }

  private func restoreTimes() throws(RuntimeError) {
    var last: OpenParent?
    for (path, time) in times.list {
      do throws(RuntimeError) {
        let opened = OpenParent(path, try reopen(path, after: last))
        try Kernel.changeTime(opened.descriptor.number, to: time)
        last = opened
        // It was removed or replaced again by the same layer.
      } catch let error where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
      } catch {
        throw error.adding(context: path.shown)
      }
    }
  }

  private func reopen(_ path: LayerPath, after last: OpenParent?) throws(RuntimeError) -> Descriptor {
    if let last, path.isChild(of: last.path) {
      do throws(RuntimeError) {
        return try Kernel.open(
          RawName(bytes: path.name), at: last.descriptor.number, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        // A link, which is followed in the image alone.
      } catch let error where error.errno == .notDirectory || error.errno == .tooManySymbolicLinkLevels {}
    }
    return try Kernel.open(
      path.rawPath, at: root, flags: O_RDONLY | O_DIRECTORY,
      resolve: ResolveFlags.inRoot | ResolveFlags.noMagicLinks)
  }

  /// What the kernel's answers mean where only a layer can be their reason.
  private func explained(_ error: RuntimeError) -> RuntimeError {
    switch error.errno {
    case .tooManySymbolicLinkLevels:
      error.coded(.hostileLayer).hinting("a symbolic link of the image leads to itself")
    case .permissionDenied, .notPermitted:
      Caller.isUnprivileged ? error.hinting("only root can make such a file; run swbox as root") : error
    // Of changes of owners alone.
    case .invalidArgument where Caller.person != nil && error.systemCall?.name.contains("chown") == true:
      error.hinting(
        "the user namespace lacks the file's user or group: /etc/subuid and /etc/subgid give too few, or newuidmap "
          + "and newgidmap, in Debian of the package uidmap, are missing; `usermod --add-subuids FIRST-LAST "
          + "--add-subgids FIRST-LAST` adds some, which count once no container runs")
    case .noSpace:
      error.hinting(
        error.systemCall?.name.hasSuffix("setxattr") == true
          ? "the file system has no room for this attribute; ext4 has a few kilobytes for all of a file's"
          : "the file system is full")
    default: error
    }
  }
}

/// An open directory, and which one it is.
final class OpenParent {
  let path: LayerPath
  let descriptor: Descriptor

  init(_ path: LayerPath, _ descriptor: consuming Descriptor) {
    self.path = path
    self.descriptor = descriptor
  }
}
