internal import Glibc
public import RuntimeErrors

/// Writes an archive: ustar, with extended headers of pax only where ustar is too narrow.
///
/// The same entries give the same bytes.
public final class TarWriter: EntrySink {
  private let sink: any ByteSink
  private let buffer = ByteBuffer(capacity: 256 << 10)

  /// An archive that goes to a sink.
  public init(_ sink: any ByteSink) {
    self.sink = sink
  }

  /// Writes an entry.
  ///
  /// - Parameters:
  ///   - entry: Its `size` is the length of the content.
  ///   - content: What gives exactly so many bytes; nil for an entry without content.
  public func add(_ entry: TarEntry, content: (any ByteSource)?) throws(RuntimeError) {
    var records: [UInt8] = []
    let header = TarWriter.header(entry, &records)
    if !records.isEmpty {
      var extended = TarEntry(path: Array("PaxHeaders/".utf8) + entry.path.suffix(80))
      extended.size = UInt64(records.count)
      var none: [UInt8] = []
      try sink.write(TarWriter.header(extended, &none, kind: "x"))
      try sink.write(records + TarWriter.zeros(upTo: records.count))
    }
    try sink.write(header)
    guard let content else { return }
    try copy(content, entry.size)
    try sink.write(TarWriter.zeros(upTo: Int(entry.size % 512)))
  }

  /// Writes an entry without content.
  public func add(_ entry: TarEntry) throws(RuntimeError) { try add(entry, content: nil) }

  /// Writes an entry whose content is in memory.
  public func add(_ entry: TarEntry, content: [UInt8]) throws(RuntimeError) {
    var entry = entry
    entry.size = UInt64(content.count)
    try add(entry, content: MemorySource(content))
  }

  /// Writes the archive's end.
  public func finish() throws(RuntimeError) {
    try sink.write([UInt8](repeating: 0, count: 1024))
    try sink.finish()
  }

  private func copy(_ content: any ByteSource, _ size: UInt64) throws(RuntimeError) {
    var left = size
    while left > 0 {
      let most = Int(clamping: min(left, UInt64(buffer.bytes.count)))
      let count = try content.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<most]))
      guard count > 0 else {
        throw RuntimeError(.invalidState, "a file became shorter while it was read")
      }
      try sink.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
      left -= UInt64(count)
    }
  }

  private static func zeros(upTo count: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: (512 - count % 512) % 512)
  }
}

// Headers.
extension TarWriter {
  private static func header(
    _ entry: TarEntry, _ records: inout [UInt8], kind: Unicode.Scalar? = nil
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 512)
    func put(_ text: [UInt8], at offset: Int, most: Int) {
      bytes.replaceSubrange(offset..<offset + min(text.count, most), with: text.prefix(most))
    }
    func put(_ number: UInt64, at offset: Int, digits: Int) {
      let text = String(number, radix: 8)
      let fitting = text.utf8.count <= digits ? text : String(repeating: "0", count: digits)
      put(
        Array(String(repeating: "0", count: digits - fitting.utf8.count).utf8) + Array(fitting.utf8),
        at: offset, most: digits)
    }
    putPath(entry, &bytes, &records)
    put(UInt64(entry.mode), at: 100, digits: 7)
    put(UInt64(entry.uid), at: 108, digits: 7)
    put(UInt64(entry.gid), at: 116, digits: 7)
    put(entry.size, at: 124, digits: 11)
    put(UInt64(max(0, entry.modified.tv_sec)), at: 136, digits: 11)
    bytes[156] = kind.map { UInt8(ascii: $0) } ?? entry.kind.flag
    put(entry.linkTarget, at: 157, most: 100)
    put(Array("ustar\u{0}00".utf8), at: 257, most: 8)
    put(UInt64(entry.major), at: 329, digits: 7)
    put(UInt64(entry.minor), at: 337, digits: 7)
    addRecords(entry, &records)
    put(Array("        ".utf8), at: 148, most: 8)
    let sum = bytes.reduce(UInt64(0)) { $0 + UInt64($1) }
    put(sum, at: 148, digits: 6)
    bytes[154] = 0
    return bytes
  }

  /// The path in the header, or in a record if it does not fit or is not plain.
  private static func putPath(_ entry: TarEntry, _ bytes: inout [UInt8], _ records: inout [UInt8]) {
    let path = entry.path
    let isPlain = path.allSatisfy { $0 < 0x80 }
    if path.count <= 100 {
      bytes.replaceSubrange(0..<path.count, with: path)
      if !isPlain { add("path", path, to: &records) }
      return
    }
    // The prefix ends at a slash that stands for itself.
    let slash = path.indices.dropLast().last { place in
      path[place] == UInt8(ascii: "/") && place <= 155 && place > 0 && path.count - place - 1 <= 100
    }
    if isPlain, let slash {
      bytes.replaceSubrange(345..<345 + slash, with: path[..<slash])
      bytes.replaceSubrange(0..<path.count - slash - 1, with: path[(slash + 1)...])
    } else {
      bytes.replaceSubrange(0..<100, with: path.prefix(100))
      add("path", path, to: &records)
    }
  }

  private static func addRecords(_ entry: TarEntry, _ records: inout [UInt8]) {
    if entry.linkTarget.count > 100 || entry.linkTarget.contains(where: { $0 >= 0x80 }) {
      add("linkpath", entry.linkTarget, to: &records)
    }
    if entry.size >= 1 << 33 { add("size", Array("\(entry.size)".utf8), to: &records) }
    if entry.uid >= 1 << 21 { add("uid", Array("\(entry.uid)".utf8), to: &records) }
    if entry.gid >= 1 << 21 { add("gid", Array("\(entry.gid)".utf8), to: &records) }
    if let time = time(entry.modified) { add("mtime", Array(time.utf8), to: &records) }
    for attribute in entry.attributes {
      add("SCHILY.xattr." + String(decoding: attribute.name, as: UTF8.self), attribute.value, to: &records)
    }
  }

  /// A time that is not a whole number of seconds from 1970 on, as decimal digits.
  private static func time(_ time: timespec) -> String? {
    if time.tv_nsec == 0, time.tv_sec >= 0, time.tv_sec < 1 << 33 { return nil }
    let isNegative = time.tv_sec < 0
    var seconds = time.tv_sec
    var nanoseconds = time.tv_nsec
    if isNegative, nanoseconds > 0 {
      seconds += 1
      nanoseconds = 1_000_000_000 - nanoseconds
    }
    var fraction = String(nanoseconds)
    fraction = String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    return (isNegative ? "-" : "") + String(seconds.magnitude) + (fraction.isEmpty ? "" : "." + fraction)
  }

  /// `LENGTH KEY=VALUE` and a line feed; the length counts itself.
  private static func add(_ key: String, _ value: [UInt8], to records: inout [UInt8]) {
    let rest = [UInt8(ascii: " ")] + Array(key.utf8) + [UInt8(ascii: "=")] + value + [UInt8(ascii: "\n")]
    var length = rest.count + 1
    while length != rest.count + String(length).utf8.count { length = rest.count + String(length).utf8.count }
    records += Array(String(length).utf8) + rest
  }
}

extension TarEntry.Kind {
  fileprivate var flag: UInt8 {
    switch self {
    case .regular: UInt8(ascii: "0")
    case .hardLink: UInt8(ascii: "1")
    case .symbolicLink: UInt8(ascii: "2")
    case .characterDevice: UInt8(ascii: "3")
    case .blockDevice: UInt8(ascii: "4")
    case .directory: UInt8(ascii: "5")
    case .fifo: UInt8(ascii: "6")
    }
  }
}
