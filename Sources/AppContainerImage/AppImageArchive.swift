internal import Glibc
public import ImageLayers
public import ImageStore
internal import JSON
public import OCIImage
public import RuntimeErrors

/// Reads the archive of an App Container Image from its beginning to its end: a file `manifest` and a directory
/// `rootfs`, in any order.
///
/// The archive is hostile. Nothing of it is unpacked here: its files go into the archive of a layer, and are unpacked as
/// those of any other.
///
/// Spec: aci.md#image-archives
public struct AppImageArchive {
  /// All that is wrong with it.
  public private(set) var faults = FaultList()
  /// What it says of itself; nil if it says nothing that can be read.
  public private(set) var manifest: AppImageManifest?
  /// The hash of the archive: `sha512-…`. Spec: aci.md#image-id
  public private(set) var imageID = ""
  /// When its newest file was changed, in seconds since 1970.
  public private(set) var newest = 0
  /// Its files, if they were asked for and it is whole.
  public private(set) var layer: PackedLayer?

  private var seen: [TreeName: TarEntry.Kind] = [:]
  private static let layoutRule = "aci.md#image-archives"
  private static let manifestRule = "aci.md#image-manifest"
  private static let mostManifest = 16 << 20

  /// A path of the archive, without slashes at its ends.
  private typealias TreeName = [UInt8]

  /// Reads an archive.
  ///
  /// - Parameters:
  ///   - source: Perhaps compressed.
  ///   - writer: Gets the files; nil only looks for faults.
  /// - Throws: What is no fault of the archive's.
  public init(_ source: any ByteSource, writer: LayerWriter?) throws(RuntimeError) {
    let input = try IntroducedSource(source)
    if let problem = AppImageArchive.unsupported(input.first) {
      faults.must("", problem, AppImageArchive.layoutRule)
      return
    }
    let content = MeteredSource(try DecompressedSource(input), algorithm: "sha512")
    let archive = TarReader(content)
    var isWhole = true
    do throws(RuntimeError) {
      while let entry = try archive.next() { try take(entry, archive, writer) }
      if !archive.hasEndMarker {
        faults.must("", "the archive has no end: it is not complete", AppImageArchive.layoutRule)
      }
      try archive.finish()
    } catch let error where error.code == .hostileLayer {
      isWhole = false
      faults.must(error.context.joined(separator: ": "), error.message, AppImageArchive.layoutRule)
    }
    imageID = "sha512-" + content.digest.encoded
    checkLayout(isWhole)
    faults.subject = "manifest"
    manifest?.check(&faults)
    if let writer, isWhole, !hasViolations { layer = try writer.commit() }
  }

  /// Whether it breaks the specification.
  public var hasViolations: Bool { faults.faults.contains { $0.rank == .violation } }

  /// Forms that the specification allows, and that are not read here.
  private static func unsupported(_ first: [UInt8]) -> String? {
    if first.starts(with: Array("BZh".utf8)) {
      return "is compressed by bzip2, which is not read here: decompress it first"
    }
    // OpenPGP packets of symmetric encryption, RFC 4880, section 4.2.
    if let byte = first.first,
      [0x8C, 0xC3, 0xD2, 0xA4].contains(byte) || first.starts(with: Array("-----BEGIN".utf8))
    {
      return "is encrypted, which is not read here: decrypt it first"
    }
    return nil
  }

  private func checkLayoutMember(_ name: String, _ kind: TarEntry.Kind) -> String? {
    guard let found = seen[Array(name.utf8)] else { return "is missing" }
    return found == kind ? nil : "is no \(kind == .directory ? "directory" : "regular file")"
  }

  private mutating func checkLayout(_ isWhole: Bool) {
    guard isWhole else { return }
    for (name, kind) in [("manifest", TarEntry.Kind.regular), ("rootfs", .directory)] {
      if let problem = checkLayoutMember(name, kind) {
        faults.must(name, problem, AppImageArchive.layoutRule)
      }
    }
  }

  private mutating func take(
    _ entry: TarEntry, _ archive: TarReader, _ writer: LayerWriter?
  ) throws(RuntimeError) {
    newest = max(newest, entry.modified.tv_sec)
    let parts = entry.path.split(separator: UInt8(ascii: "/")).map(Array.init).filter {
      $0 != [UInt8(ascii: ".")]
    }
    let shown = entry.shownPath
    // `./`, as `tar -c .` begins.
    if parts.isEmpty, entry.kind == .directory { return }
    guard !parts.isEmpty, !parts.contains(Array("..".utf8)) else {
      return faults.must(shown, "leads outside of the archive", AppImageArchive.layoutRule)
    }
    let name = Array(parts.joined(separator: [UInt8(ascii: "/")]))
    guard seen.updateValue(entry.kind, forKey: name) == nil else {
      return faults.must(shown, "occurs twice", AppImageArchive.layoutRule)
    }
    if name == Array("manifest".utf8) { return try readManifest(entry, archive) }
    guard parts[0] == Array("rootfs".utf8) else {
      return faults.must(shown, "is neither manifest nor in rootfs", AppImageArchive.layoutRule)
    }
    for part in parts where part.starts(with: Array(".wh.".utf8)) {
      return faults.must(
        shown, "\(quoted(String(decoding: part, as: UTF8.self))) would mark a removed file in a layer",
        AppImageArchive.layoutRule)
    }
    guard let file = file(entry, Array(parts.dropFirst())) else { return }
    try write(file, entry, archive, writer)
  }

  private mutating func readManifest(_ entry: TarEntry, _ archive: TarReader) throws(RuntimeError) {
    guard entry.kind == .regular, entry.segments == nil else { return }
    guard entry.size <= UInt64(AppImageArchive.mostManifest) else {
      return faults.must("manifest", "is larger than 16 MiB", AppImageArchive.manifestRule)
    }
    let bytes = try EntryContent(archive, entry).readAll(
      limit: AppImageArchive.mostManifest, name: "manifest")
    let before = faults.subject
    faults.subject = "manifest"
    manifest = faults.document(AppImageManifest.self, bytes, "aci.md#image-manifest-schema")
    faults.subject = before
  }

  /// The entry as one of a root file system; nil if it is none.
  private mutating func file(_ entry: TarEntry, _ parts: [[UInt8]]) -> TarEntry? {
    var file = entry
    file.path = Array((parts.isEmpty ? [Array(".".utf8)] : parts).joined(separator: [UInt8(ascii: "/")]))
    if entry.kind == .directory { file.path.append(UInt8(ascii: "/")) }
    if parts.isEmpty { return entry.kind == .directory ? file : nil }
    guard entry.kind == .hardLink else { return file }
    let target = entry.linkTarget.split(separator: UInt8(ascii: "/")).map(Array.init).filter {
      $0 != [UInt8(ascii: ".")]
    }
    guard target.count > 1, target[0] == Array("rootfs".utf8), !target.contains(Array("..".utf8)) else {
      let shown = quoted(String(decoding: entry.linkTarget, as: UTF8.self))
      faults.must(
        entry.shownPath, "is a hard link to \(shown), outside of rootfs", AppImageArchive.layoutRule)
      return nil
    }
    let name = Array(target.joined(separator: [UInt8(ascii: "/")]))
    guard let kind = seen[name], kind != .directory else {
      let shown = quoted(String(decoding: entry.linkTarget, as: UTF8.self))
      faults.must(
        entry.shownPath, "is a hard link to \(shown), which is no file before it", AppImageArchive.layoutRule)
      return nil
    }
    file.linkTarget = Array(target.dropFirst().joined(separator: [UInt8(ascii: "/")]))
    return file
  }

  private func write(
    _ file: TarEntry, _ entry: TarEntry, _ archive: TarReader, _ writer: LayerWriter?
  ) throws(RuntimeError) {
    guard let writer, !hasViolations else { return }
    var file = file
    guard entry.kind == .regular else { return try writer.archive.add(file) }
    // Holes become zeros: layers should not have sparse files.
    file.segments = nil
    try writer.archive.add(file, content: EntryContent(archive, entry))
  }

  /// Whether an archive is meant to be one of an App Container Image: it has a manifest or a root file system, and
  /// nothing of an image layout.
  public static func isOne(_ source: any ByteSource) -> Bool {
    guard let input = try? DecompressedSource(source) else { return false }
    let archive = TarReader(input)
    var isOne = false
    while let entry = try? archive.next() {
      let first = entry.path.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        .first { $0 != "." }
      if ["oci-layout", "index.json", "blobs", "manifest.json"].contains(first) { return false }
      if first == "manifest" || first == "rootfs" { isOne = true }
    }
    return isOne
  }
}

/// The content of an archive's entry, with zeros for what a sparse file leaves out.
private final class EntryContent: ByteSource {
  private let archive: TarReader
  private let size: UInt64
  private var segments: [TarEntry.Segment]
  private var offset: UInt64 = 0

  init(_ archive: TarReader, _ entry: TarEntry) {
    self.archive = archive
    size = entry.size
    segments = (entry.segments ?? [.init(offset: 0, length: entry.size)]).filter { $0.length > 0 }.reversed()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(RuntimeError) -> Int {
    guard offset < size else { return 0 }
    let next = segments.last
    let boundary = next?.offset ?? size
    if offset < boundary {
      let count = Int(clamping: min(UInt64(buffer.count), boundary - offset))
      UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).initializeMemory(as: UInt8.self, repeating: 0)
      offset += UInt64(count)
      return count
    }
    guard var segment = next else { return 0 }
    let most = Int(clamping: min(UInt64(buffer.count), segment.length))
    let count = try archive.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<most]))
    guard count > 0 else { return 0 }
    offset += UInt64(count)
    segment.offset += UInt64(count)
    segment.length -= UInt64(count)
    segments.removeLast()
    if segment.length > 0 { segments.append(segment) }
    return count
  }
}

/// A stream whose first bytes are known before it is read.
private final class IntroducedSource: ByteSource {
  let first: [UInt8]
  private let beginning: MemorySource
  private let rest: any ByteSource

  init(_ source: any ByteSource) throws(RuntimeError) {
    let buffer = ByteBuffer(capacity: 16)
    var count = 0
    while count < 16 {
      let read = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[count...]))
      if read == 0 { break }
      count += read
    }
    first = Array(buffer.bytes[..<count])
    beginning = MemorySource(first)
    rest = source
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(RuntimeError) -> Int {
    let count = beginning.read(into: buffer)
    return count > 0 ? count : try rest.read(into: buffer)
  }
}
