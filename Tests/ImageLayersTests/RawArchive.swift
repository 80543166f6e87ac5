import Foundation
import ImageLayers
import LinuxKernel
import OCIImage
import RuntimeErrors

/// An archive byte by byte: whatever a hostile one could hold, also what no program writes.
struct RawArchive {
  private(set) var bytes: [UInt8] = []

  /// Adds an entry.
  ///
  /// - Parameters:
  ///   - size: What the header says; nil is the content's length.
  ///   - change: Changes the header before its checksum is made.
  mutating func add(
    _ path: String, _ kind: Character = "0", _ content: [UInt8] = [], link: String = "", size: String? = nil,
    mode: String = "0000644", device: (Int, Int) = (0, 0), checksum: String? = nil,
    _ change: (inout [UInt8]) -> Void = { _ in }
  ) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ offset: Int, _ length: Int) {
      let text = Array(text.utf8).prefix(length)
      header.replaceSubrange(offset..<offset + text.count, with: text)
    }
    put(path, 0, 100)
    put(mode, 100, 8)
    put("0000000", 108, 8)
    put("0000000", 116, 8)
    put(size ?? octal(content.count, 11), 124, 12)
    put("00000000000", 136, 12)
    put(String(kind), 156, 1)
    put(link, 157, 100)
    put("ustar\u{0}00", 257, 8)
    put(octal(device.0, 7), 329, 8)
    put(octal(device.1, 7), 337, 8)
    change(&header)
    put("        ", 148, 8)
    let sum = header.reduce(0) { $0 + Int($1) }
    put(checksum ?? octal(sum, 6) + "\u{0} ", 148, 8)
    bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  /// Adds an extended header with records as they are.
  mutating func addRecords(_ text: String) {
    add("PaxHeaders/x", "x", Array(text.utf8))
  }

  /// Adds an extended header with well-formed records.
  mutating func addRecords(_ records: [(String, String)]) {
    addRecords(
      records.map { key, value in
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count + 1
        while length != rest.utf8.count + String(length).utf8.count {
          length = rest.utf8.count + String(length).utf8.count
        }
        return "\(length)\(rest)"
      }.joined())
  }

  /// The archive with its end.
  var complete: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

  private func octal(_ number: Int, _ digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }
}

/// A directory with a root to unpack into, and a neighbour that no layer may touch.
final class UnpackedRoot {
  let directory: String
  var root: String { directory + "/root" }
  private var outside: String { directory + "/outside" }

  init() throws {
    directory = NSTemporaryDirectory() + "swbox-layers-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
    try "untouched".write(toFile: outside + "/file", atomically: false, encoding: .utf8)
  }

  deinit {
    // What is nested deeper than paths reach is nothing for Foundation.
    if let parent = try? Kernel.open(directory, flags: O_RDONLY | O_DIRECTORY) {
      try? DirectoryTree.remove(RawName(bytes: Array("root".utf8)), at: parent.number)
    }
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// Whether the neighbour is as it was, and nothing lies beside it.
  var outsideIsUntouched: Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory))?.sorted()
    let inside = try? FileManager.default.contentsOfDirectory(atPath: outside)
    let text = try? String(contentsOfFile: outside + "/file", encoding: .utf8)
    var status = stat()
    return names == ["outside", "root"] && inside == ["file"] && text == "untouched"
      && stat(outside + "/file", &status) == 0 && status.st_nlink == 1
  }

  /// Applies layers, the base first, and checks nothing.
  func apply(_ layers: [UInt8]..., limits: LayerLimits = LayerLimits(size: 1 << 30, entries: 1000)) throws {
    let descriptor = try Kernel.open(root, flags: O_RDONLY | O_DIRECTORY)
    var options = UnpackOptions()
    options.limits = limits
    let unpacker = Unpacker(root: descriptor.number, options: options)
    for (number, layer) in layers.enumerated() {
      let source = MeteredSource(try DecompressedSource(MemorySource(layer)), limit: limits.size)
      try unpacker.apply(TarReader(source, limits: limits), isBase: number == 0)
    }
  }

  /// A file's text; nil if it is not there.
  func text(_ path: String) -> String? { try? String(contentsOfFile: root + "/" + path, encoding: .utf8) }

  /// What lstat(2) says; nil if nothing is there.
  func status(_ path: String) -> stat? {
    var status = stat()
    return lstat(root + "/" + path, &status) == 0 ? status : nil
  }

  /// All paths below the root, sorted.
  var paths: [String] {
    (FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? []).sorted()
  }
}

/// Compresses bytes.
func compressed(_ bytes: [UInt8], _ compression: Compression) throws -> [UInt8] {
  let sink = MemorySink()
  let compressor = try CompressingSink(sink, compression)
  try compressor.write(bytes)
  try compressor.finish()
  return sink.bytes
}

/// Keeps what is written.
final class MemorySink: ByteSink {
  private(set) var bytes: [UInt8] = []

  func write(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }

  func finish() {}
}
