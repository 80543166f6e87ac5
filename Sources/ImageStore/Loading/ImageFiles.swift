internal import Glibc
internal import ImageLayers
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors
internal import SystemPackage

/// Files of an image layout, or of a docker archive, by their paths.
protocol ImageFiles: AnyObject {
  /// A small file; nil if it is not there.
  func document(_ path: String) throws(RuntimeError) -> [UInt8]?

  /// Has a file as a blob of the store.
  ///
  /// - Parameters:
  ///   - expected: What it has to be; nil takes it as it is.
  /// - Returns: nil if it is not there.
  func bring(
    _ path: String, as expected: ContentDescriptor?, mediaType: MediaType, to store: ImageStore
  ) throws(RuntimeError) -> ContentDescriptor?
}

extension ContentDescriptor {
  /// - Throws: `invalidImage` if content that is there has another length.
  func check(size found: Int64) throws(RuntimeError) {
    guard found == size else {
      throw RuntimeError(
        .invalidImage, "the blob \(digest) has \(found) bytes, its descriptor says \(size)")
    }
  }
}

/// A directory with an image layout in it. Links in it lead nowhere else.
///
/// Spec: image-layout.md
final class DirectoryFiles: ImageFiles {
  private let directory: Descriptor

  init(_ directory: consuming Descriptor) {
    self.directory = directory
  }

  private func open(_ path: String) throws(RuntimeError) -> Descriptor? {
    try Kernel.openIfPresent(
      path, at: directory.number, flags: O_RDONLY | O_NONBLOCK,
      resolve: ResolveFlags.inRoot | ResolveFlags.noMagicLinks)
  }

  func document(_ path: String) throws(RuntimeError) -> [UInt8]? {
    guard let file = try open(path) else { return nil }
    return try Kernel.readAll(file.number, limit: ImageStore.maximumDocument, name: path)
  }

  func bring(
    _ path: String, as expected: ContentDescriptor?, mediaType: MediaType, to store: ImageStore
  ) throws(RuntimeError) -> ContentDescriptor? {
    guard let file = try open(path) else { return nil }
    guard try Kernel.stat(file.number).st_mode & S_IFMT == S_IFREG else {
      throw RuntimeError(.invalidImage, "\(path) is no regular file")
    }
    // Before anything is copied: a file of no size on the disk may be terabytes long.
    try expected?.check(size: Int64(Kernel.stat(file.number).st_size))
    let writer = try BlobWriter(in: store, algorithm: expected?.digest.algorithm ?? "sha256")
    try FileSource(file, name: path).pass(to: writer)
    return try writer.commit(mediaType: mediaType, expected: expected?.digest)
  }
}

/// What came through a pipe, or out of an archive: large files are blobs of the store already, small ones are kept
/// in memory. An archive names its files in any order, and a pipe is read but once.
final class ArchiveFiles: ImageFiles {
  /// The largest file that is kept in memory, in bytes.
  private static let small: UInt64 = 1 << 20
  /// The most that is kept of an archive, in bytes: small files, and the names of all.
  private static let mostInMemory = 64 << 20
  /// What an entry without name and content takes in memory, more or less.
  private static let entryOverhead = 200

  private var documents: [String: [UInt8]] = [:]
  private var blobs: [String: ContentDescriptor] = [:]
  private var links: [String: String] = [:]
  private var inMemory = 0

  /// Reads an archive to its end.
  ///
  /// - Parameters:
  ///   - source: Perhaps compressed.
  init(_ source: any ByteSource, to store: ImageStore) throws(RuntimeError) {
    // A layer may be as large as it likes: here nothing is unpacked.
    let limits = LayerLimits(size: 1 << 50, entries: 1_000_000)
    let archive = TarReader(try DecompressedSource(source), limits: limits)
    while let entry = try archive.next() {
      try count(entry)
      let path = ArchiveFiles.normalized(String(decoding: entry.path, as: UTF8.self))
      switch entry.kind {
      case .regular: try take(entry, path, archive, store)
      case .symbolicLink:
        let target = String(decoding: entry.linkTarget, as: UTF8.self)
        links[path] = ArchiveFiles.normalized(target, from: path)
      case .hardLink: links[path] = ArchiveFiles.normalized(String(decoding: entry.linkTarget, as: UTF8.self))
      default: break
      }
    }
  }

  /// Notes what keeping an entry takes, before any of it is kept.
  private func count(_ entry: TarEntry) throws(RuntimeError) {
    guard entry.path.count <= LayerLimits.path, entry.linkTarget.count <= LayerLimits.path else {
      throw RuntimeError(
        .invalidImage, "\(entry.shownPath) has a path or a target of more than \(LayerLimits.path) bytes")
    }
    try keep(entry.path.count + entry.linkTarget.count + ArchiveFiles.entryOverhead)
  }

  private func keep(_ bytes: Int) throws(RuntimeError) {
    inMemory += bytes
    guard inMemory <= ArchiveFiles.mostInMemory else {
      throw RuntimeError(.invalidImage, "the archive has more small files than any archive of images")
    }
  }

  private func take(
    _ entry: TarEntry, _ path: String, _ archive: TarReader, _ store: ImageStore
  ) throws(RuntimeError) {
    guard entry.segments == nil else {
      throw RuntimeError(.invalidImage, "\(entry.shownPath) is a sparse file, which no archive of images has")
    }
    let content = EntrySource(archive)
    guard entry.size > ArchiveFiles.small || path.hasPrefix("blobs/") else {
      try keep(Int(entry.size))
      documents[path] = try content.readAll(limit: Int(ArchiveFiles.small), name: path)
      return
    }
    let parts = path.split(separator: "/").map(String.init)
    let isBlob = parts.count == 3 && parts[0] == "blobs"
    let expected = isBlob ? Digest("\(parts[1]):\(parts[2])") : nil
    let writer = try BlobWriter(in: store, algorithm: expected?.algorithm ?? "sha256")
    try content.pass(to: writer)
    do throws(RuntimeError) {
      let isCheckable = expected?.isVerifiable == true
      blobs[path] = try writer.commit(mediaType: .layer, expected: isCheckable ? expected : nil)
    } catch {
      throw error.adding(context: entry.shownPath)
    }
  }

  func document(_ path: String) throws(RuntimeError) -> [UInt8]? {
    documents[followed(path)]
  }

  func bring(
    _ path: String, as expected: ContentDescriptor?, mediaType: MediaType, to store: ImageStore
  ) throws(RuntimeError) -> ContentDescriptor? {
    let path = followed(path)
    if let blob = blobs[path] {
      guard expected == nil || expected?.digest == blob.digest else {
        throw RuntimeError(.invalidImage, "\(path) has another content, \(blob.digest)")
      }
      try expected?.check(size: blob.size)
      return ContentDescriptor(mediaType: mediaType, digest: blob.digest, size: blob.size)
    }
    guard let bytes = documents[path] else { return nil }
    try expected?.check(size: Int64(bytes.count))
    let writer = try BlobWriter(in: store, algorithm: expected?.digest.algorithm ?? "sha256")
    try writer.write(bytes)
    return try writer.commit(mediaType: mediaType, expected: expected?.digest)
  }

  private func followed(_ path: String) -> String {
    var path = ArchiveFiles.normalized(path)
    for _ in 0..<8 {
      guard let target = links[path] else { break }
      path = target
    }
    return path
  }

  /// A path without `.` and `..`, which is only a key: nothing is opened by it.
  private static func normalized(_ path: String, from link: String = "") -> String {
    var components = path.hasPrefix("/") ? [] : Array(link.split(separator: "/").dropLast())
    for component in path.split(separator: "/") where component != "." {
      if component == ".." { _ = components.popLast() } else { components.append(component) }
    }
    return components.joined(separator: "/")
  }
}

/// The content of an archive's entry.
private final class EntrySource: ByteSource {
  private let archive: TarReader

  init(_ archive: TarReader) {
    self.archive = archive
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(RuntimeError) -> Int {
    try archive.read(into: buffer)
  }
}
