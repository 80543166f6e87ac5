internal import Glibc
internal import JSON
public import RuntimeErrors

/// Reads an archive from its beginning to its end: ustar, pax, GNU's long names and sparse files.
///
/// Whatever the archive says is checked before it is believed: checksums, numbers, lengths.
public final class TarReader: ByteSource {
  private let source: any ByteSource
  private var limits: LayerLimits
  private let buffer = ByteBuffer(capacity: 64 << 10)
  private var range = 0..<0
  /// What is left of the entry's stored content, and of the zeros behind it.
  private var left: UInt64 = 0
  private var padding: UInt64 = 0
  private var global = PaxRecords()
  private var entries = 0
  private var isOver = false
  /// Whether the archive ended with two blocks of zeros, as it should.
  public private(set) var hasEndMarker = false

  /// An archive that is not compressed.
  public init(_ source: any ByteSource, limits: LayerLimits = LayerLimits()) {
    self.source = source
    self.limits = limits
    // No file is longer, whatever is allowed.
    self.limits.size = min(limits.size, UInt64(Int64.max))
  }

  /// The next entry.
  ///
  /// - Returns: nil at the end. What follows in the source is not read.
  /// - Throws: `hostileLayer` if the archive is damaged.
  public func next() throws(RuntimeError) -> TarEntry? {
    if isOver { return nil }
    var extensions = Extensions()
    while true {
      try skip(left)
      try skip(padding)
      guard let header = try nextHeader() else {
        isOver = true
        guard extensions.isEmpty else {
          throw damaged("the archive ends before the entry of an extended header")
        }
        return nil
      }
      if try !readExtension(header, &extensions) { return try entry(header, extensions) }
    }
  }

  /// Reads stored content of the entry.
  ///
  /// - Returns: How many bytes; 0 at the end of the content.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(RuntimeError) -> Int {
    let most = Int(clamping: min(UInt64(buffer.count), left))
    guard most > 0 else { return 0 }
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<most])
    let count: Int
    if range.isEmpty, most >= 16 << 10 {
      count = try source.read(into: target)
    } else {
      if range.isEmpty { range = 0..<(try source.read(into: self.buffer.bytes)) }
      count = min(most, range.count)
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: self.buffer.bytes[range.prefix(count)]))
      range = range.dropFirst(count)
    }
    if count == 0 { throw damaged("the archive ends in the middle of an entry") }
    left -= UInt64(count)
    return count
  }

  /// Reads what follows the archive's end, so that a hash covers it.
  public func finish() throws(RuntimeError) {
    while try next() != nil {}
    range = 0..<0
    try source.drain()
  }

  private func damaged(_ problem: String) -> RuntimeError { RuntimeError(.hostileLayer, problem) }
}

// Blocks.
extension TarReader {
  private func skip(_ count: UInt64) throws(RuntimeError) {
    var rest = count
    while rest > 0 {
      if range.isEmpty { range = 0..<(try source.read(into: buffer.bytes)) }
      if range.isEmpty { throw damaged("the archive ends in the middle of an entry") }
      let step = Int(clamping: min(rest, UInt64(range.count)))
      range = range.dropFirst(step)
      rest -= UInt64(step)
    }
  }

  /// A block, or nil at the source's end.
  private func nextBlock() throws(RuntimeError) -> [UInt8]? {
    var block: [UInt8] = []
    while block.count < TarHeader.size {
      if range.isEmpty { range = 0..<(try source.read(into: buffer.bytes)) }
      if range.isEmpty {
        if block.isEmpty { return nil }
        throw damaged("the archive ends in the middle of a header")
      }
      let part = range.prefix(TarHeader.size - block.count)
      block.append(contentsOf: buffer.bytes[part])
      range = range.dropFirst(part.count)
    }
    return block
  }

  /// The next header, or nil at the end of the archive.
  private func nextHeader() throws(RuntimeError) -> TarHeader? {
    left = 0
    padding = 0
    guard let block = try nextBlock() else { return nil }
    guard block.allSatisfy({ $0 == 0 }) else { return try TarHeader(block) }
    guard let second = try nextBlock() else { return nil }
    guard second.allSatisfy({ $0 == 0 }) else {
      throw damaged("the archive goes on behind a block of zeros")
    }
    hasEndMarker = true
    return nil
  }

  private func begin(_ size: UInt64) throws(RuntimeError) {
    guard size <= limits.size else {
      throw RuntimeError(
        .hostileLayer, "an entry of \(size) bytes is larger than the limit of \(limits.size)",
        hint: "--max-size allows more, if the image is to be trusted")
    }
    left = size
    padding = (512 - size % 512) % 512
  }
}

// Headers.
extension TarReader {
  /// What headers before an entry's own say of it.
  private struct Extensions {
    var records = PaxRecords()
    var path: [UInt8]?
    var linkTarget: [UInt8]?
    var isEmpty = true
  }

  /// - Returns: Whether the header was one that says something of the next.
  private func readExtension(
    _ header: TarHeader, _ extensions: inout Extensions
  ) throws(RuntimeError) -> Bool {
    switch Unicode.Scalar(header.kind) {
    case "x": extensions.records = try PaxRecords(extendedContent(header))
    case "g":
      global = try global.overlaid(by: PaxRecords(extendedContent(header)))
      return true
    case "L": extensions.path = try longName(header)
    case "K": extensions.linkTarget = try longName(header)
    default: return false
    }
    extensions.isEmpty = false
    return true
  }

  private func extendedContent(_ header: TarHeader) throws(RuntimeError) -> [UInt8] {
    entries += 1
    guard entries <= limits.entries else { throw tooManyEntries() }
    let size = try header.number(124, 12, "size")
    guard size <= UInt64(LayerLimits.extendedHeader) else {
      throw damaged(
        "an extended header of \(size) bytes is larger than the limit of \(LayerLimits.extendedHeader)")
    }
    try begin(size)
    return try readContent(Int(size))
  }

  private func readContent(_ size: Int) throws(RuntimeError) -> [UInt8] {
    let content = ByteBuffer(capacity: max(1, size))
    var count = 0
    while count < size {
      count += try read(into: UnsafeMutableRawBufferPointer(rebasing: content.bytes[count..<size]))
    }
    return Array(content.bytes[..<size])
  }

  private func longName(_ header: TarHeader) throws(RuntimeError) -> [UInt8] {
    Array(try extendedContent(header).prefix { $0 != 0 })
  }

  private func tooManyEntries() -> RuntimeError {
    damaged("the archive has more than \(limits.entries) entries")
  }

  private func entry(_ header: TarHeader, _ extensions: Extensions) throws(RuntimeError) -> TarEntry {
    entries += 1
    guard entries <= limits.entries else { throw tooManyEntries() }
    let records = try global.overlaid(by: extensions.records)
    let path = try records.text("path") ?? extensions.path ?? header.path
    var entry = TarEntry(path: path, kind: try kind(header, path))
    do throws(RuntimeError) {
      try fill(&entry, header, records, extensions)
    } catch {
      throw error.adding(context: entry.shownPath)
    }
    return entry
  }

  private func fill(
    _ entry: inout TarEntry, _ header: TarHeader, _ records: PaxRecords, _ extensions: Extensions
  ) throws(RuntimeError) {
    entry.linkTarget = try records.text("linkpath") ?? extensions.linkTarget ?? header.linkTarget
    entry.mode = UInt32(truncatingIfNeeded: try header.number(100, 8, "mode")) & 0o7777
    entry.uid = try identifier(number("uid", records, header, 108, 8), "uid")
    entry.gid = try identifier(number("gid", records, header, 116, 8), "gid")
    let seconds = try header.time(136, 12)
    entry.modified = try records.time("mtime") ?? timespec(tv_sec: Int(seconds), tv_nsec: 0)
    entry.attributes = records.attributes.map { ($0.key, $0.value) }
      .sorted { $0.0.lexicographicallyPrecedes($1.0) }
    if entry.kind == .characterDevice || entry.kind == .blockDevice {
      entry.major = try deviceNumber(header, 329, "devmajor")
      entry.minor = try deviceNumber(header, 337, "devminor")
    }
    let stored = try number("size", records, header, 124, 12)
    guard entry.kind == .regular else {
      // Links have the size of what they lead to in some archives, but no content.
      if entry.kind == .directory || entry.kind == .fifo { try begin(stored) }
      return
    }
    try begin(stored)
    entry.storedSize = stored
    entry.size = stored
    try readSparseMap(&entry, header, records)
  }

  /// What an extended header says, or else the header.
  private func number(
    _ name: String, _ records: PaxRecords, _ header: TarHeader, _ offset: Int, _ length: Int
  ) throws(RuntimeError) -> UInt64 {
    if let number = try records.number(name) { return number }
    return try header.number(offset, length, name)
  }

  private func identifier(_ value: UInt64, _ name: String) throws(RuntimeError) -> UInt32 {
    // The highest number means "do not change" to the kernel.
    guard value < UInt64(UInt32.max) else { throw damaged("the \(name) \(value) is no user or group ID") }
    return UInt32(value)
  }

  private func deviceNumber(_ header: TarHeader, _ offset: Int, _ name: String) throws(RuntimeError) -> UInt32
  {
    let value = try header.number(offset, 8, name)
    let most: UInt64 = name == "devmajor" ? 0xFFF : 0xFFFFF
    guard value <= most else { throw damaged("the field \(name) is \(value), more than the kernel has") }
    return UInt32(value)
  }

  private func kind(_ header: TarHeader, _ path: [UInt8]) throws(RuntimeError) -> TarEntry.Kind {
    switch Unicode.Scalar(header.kind) {
    // Before POSIX a directory was a file whose name ends with a slash.
    case "\0", "0", "7": path.last == UInt8(ascii: "/") ? .directory : .regular
    case "S": .regular
    case "1": .hardLink
    case "2": .symbolicLink
    case "3": .characterDevice
    case "4": .blockDevice
    case "5": .directory
    case "6": .fifo
    default:
      throw damaged(
        "\(quoted(String(decoding: path, as: UTF8.self))) is of the unknown kind "
          + quoted(String(Unicode.Scalar(header.kind))))
    }
  }
}

// Sparse files.
extension TarReader {
  /// https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
  private func readSparseMap(
    _ entry: inout TarEntry, _ header: TarHeader, _ records: PaxRecords
  ) throws(RuntimeError) {
    var numbers: [UInt64]
    if header.kind == UInt8(ascii: "S") {
      numbers = try oldMap(header)
      entry.size = try header.number(483, 12, "realsize")
    } else if try records.number("GNU.sparse.major") == 1 {
      numbers = try storedMap(&entry)
      entry.size = try records.number("GNU.sparse.realsize") ?? entry.size
    } else if let map = records.values["GNU.sparse.map"] {
      numbers = []
      for part in map.split(separator: UInt8(ascii: ",")) {
        numbers.append(try PaxRecords.number(Array(part), "GNU.sparse.map"))
      }
      entry.size = try records.number("GNU.sparse.size") ?? entry.size
    } else if try records.number("GNU.sparse.size") != nil {
      numbers = []
      for part in records.sparseNumbers { numbers.append(try PaxRecords.number(part, "GNU.sparse")) }
      entry.size = try records.number("GNU.sparse.size") ?? entry.size
    } else {
      return
    }
    entry.path = try records.text("GNU.sparse.name") ?? entry.path
    entry.segments = try segments(numbers, of: entry)
  }

  /// Four parts in the header, 21 in each block that follows it.
  private func oldMap(_ header: TarHeader) throws(RuntimeError) -> [UInt64] {
    var numbers: [UInt64] = []
    func take(_ block: TarHeader, from first: Int, count: Int) throws(RuntimeError) {
      for part in 0..<count {
        let offset = first + part * 24
        if block.bytes[offset..<offset + 24].allSatisfy({ $0 == 0 }) { continue }
        numbers.append(try block.number(offset, 12, "sparse offset"))
        numbers.append(try block.number(offset + 12, 12, "sparse length"))
      }
    }
    try take(header, from: 386, count: 4)
    var isExtended = header.bytes[482] != 0
    while isExtended {
      guard numbers.count <= 2 * LayerLimits.segments, let block = try nextBlock() else {
        throw damaged("the map of a sparse file does not end")
      }
      try take(TarHeader(unchecked: block), from: 0, count: 21)
      isExtended = block[504] != 0
    }
    return numbers
  }

  /// Version 1.0: decimal lines at the beginning of the content, in whole blocks.
  private func storedMap(_ entry: inout TarEntry) throws(RuntimeError) -> [UInt64] {
    var pending: [UInt8] = []
    func line() throws(RuntimeError) -> UInt64 {
      while true {
        if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
          let text = Array(pending[..<end])
          pending.removeFirst(end + 1)
          return try PaxRecords.number(text, "the map of a sparse file")
        }
        guard pending.count < 512, left >= 512 else { throw damaged("the map of a sparse file does not end") }
        pending += try readContent(512)
        entry.storedSize -= 512
      }
    }
    let count = try line()
    guard count <= UInt64(LayerLimits.segments) else { throw damaged("a sparse file has \(count) parts") }
    var numbers: [UInt64] = []
    for _ in 0..<2 * count { numbers.append(try line()) }
    return numbers
  }

  private func segments(_ numbers: [UInt64], of entry: TarEntry) throws(RuntimeError) -> [TarEntry.Segment] {
    guard numbers.count % 2 == 0, numbers.count <= 2 * LayerLimits.segments else {
      throw damaged("the map of a sparse file has \(numbers.count) numbers")
    }
    guard entry.size <= limits.size else {
      throw damaged("a sparse file of \(entry.size) bytes is larger than the limit of \(limits.size)")
    }
    var end: UInt64 = 0
    var stored: UInt64 = 0
    var result: [TarEntry.Segment] = []
    for index in stride(from: 0, to: numbers.count, by: 2) {
      let segment = TarEntry.Segment(offset: numbers[index], length: numbers[index + 1])
      let (next, isTooLarge) = segment.offset.addingReportingOverflow(segment.length)
      guard !isTooLarge, segment.offset >= end, next <= entry.size else {
        throw damaged("the parts of a sparse file overlap or lie outside of it")
      }
      end = next
      stored += segment.length
      if segment.length > 0 { result.append(segment) }
    }
    guard stored == entry.storedSize else {
      throw damaged("the parts of a sparse file are not as long as its stored content")
    }
    return result
  }
}

extension TarHeader {
  /// A block that continues a header, and has no checksum.
  init(unchecked bytes: [UInt8]) {
    self.bytes = bytes
  }
}
