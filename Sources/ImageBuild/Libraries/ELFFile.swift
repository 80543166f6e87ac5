internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// As much of an executable or a library as its loader looks at.
///
/// The file is hostile: every offset and length is checked against the file before it is used.
///
/// elf(5)
struct ELFFile: Equatable {
  /// What two files must have in common to be loaded together.
  struct Machine: Hashable {
    var is64Bit: Bool
    var isLittleEndian: Bool
    var number: UInt16
  }

  var machine = Machine(is64Bit: true, isLittleEndian: true, number: 0)
  /// The loader that it names. PT_INTERP
  var interpreter: [UInt8]?
  /// Libraries that it needs. DT_NEEDED
  var needed: [[UInt8]] = []
  /// Where they are looked for, before and after the environment's directories. DT_RPATH, DT_RUNPATH
  var rpath: [[UInt8]] = []
  var runpath: [[UInt8]]?

  /// The most that is read of tables and texts.
  private static let mostDynamicBytes = 1 << 20
  private static let mostStringBytes = 64 << 20
  private static let mostNameBytes = 4096
  private static let mostNeededBytes = 1 << 20
  private static let mostDirectoryBytes = 64 << 10

  /// Reads a file.
  ///
  /// - Returns: nil if it is no ELF file.
  /// - Throws: `hostileLayer` if it is cut off or damaged.
  static func read(_ file: CInt) throws(RuntimeError) -> ELFFile? {
    let start = try Kernel.read(file, at: 0, most: 64)
    guard start.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { return nil }
    let bytes = FileBytes(file: file, size: UInt64(try Kernel.stat(file).st_size))
    let reader = try HeaderReader(start)
    let segments = try reader.segments(bytes)
    var result = ELFFile()
    result.machine = reader.machine
    for segment in segments where segment.type == 3 {
      let text = try bytes.read(segment.offset, min(segment.size, 4096))
      result.interpreter = Array(text.prefix { $0 != 0 })
    }
    if let dynamic = segments.first(where: { $0.type == 2 }) {
      try result.readDynamic(dynamic, segments, reader, bytes)
    }
    return result
  }

  private mutating func readDynamic(
    _ segment: Segment, _ segments: [Segment], _ reader: HeaderReader, _ bytes: FileBytes
  ) throws(RuntimeError) {
    guard segment.size <= UInt64(ELFFile.mostDynamicBytes) else {
      throw damaged("its dynamic section is too large")
    }
    let words = reader.words(try bytes.read(segment.offset, segment.size))
    var texts: (address: UInt64, size: UInt64) = (0, 0)
    var found: [(tag: UInt64, value: UInt64)] = []
    for place in stride(from: 0, to: words.count - words.count % 2, by: 2) {
      let (tag, value) = (words[place], words[place + 1])
      if tag == 0 { break }
      switch tag {
      case 5: texts.address = value
      case 10: texts.size = value
      case 1, 15, 29: found.append((tag, value))
      default: break
      }
    }
    guard !found.isEmpty else { return }
    // DT_STRTAB is an address in memory: one of the segments that are loaded has it.
    let holder = segments.first { segment in
      segment.type == 1 && texts.address >= segment.address && texts.address - segment.address < segment.size
    }
    guard let holder, texts.size <= UInt64(ELFFile.mostStringBytes) else {
      throw damaged("its table of strings is outside of the file")
    }
    let table = try bytes.read(holder.offset &+ (texts.address - holder.address), texts.size)
    func text(_ place: UInt64, most: Int) throws(RuntimeError) -> [UInt8] {
      guard place < table.count else { throw damaged("a name is outside of its table of strings") }
      let text = table[Int(place)...].prefix(most + 1).prefix { $0 != 0 }
      guard text.count <= most else { throw damaged("a name has more than \(most) bytes") }
      return Array(text)
    }
    var length = 0
    for (tag, value) in found where tag == 1 {
      needed.append(try text(value, most: ELFFile.mostNameBytes))
      length += needed.last?.count ?? 0
      guard length <= ELFFile.mostNeededBytes else { throw damaged("its names of libraries are too long") }
    }
    // Of several the last one counts.
    func directories(_ tag: UInt64) throws(RuntimeError) -> [[UInt8]]? {
      guard let value = found.last(where: { $0.tag == tag })?.value else { return nil }
      return try text(value, most: ELFFile.mostDirectoryBytes).split(separator: UInt8(ascii: ":")).map(
        Array.init)
    }
    rpath = try directories(15) ?? []
    runpath = try directories(29)
  }
}

private func damaged(_ problem: String) -> RuntimeError {
  RuntimeError(.hostileLayer, "the ELF file is damaged: \(problem)")
}

/// A part of the file, and where it is in memory.
private struct Segment {
  var type: UInt32
  var offset: UInt64
  var address: UInt64
  /// In the file.
  var size: UInt64
}

/// Parts of a file, checked against its length.
private struct FileBytes {
  let file: CInt
  let size: UInt64

  func read(_ offset: UInt64, _ count: UInt64) throws(RuntimeError) -> [UInt8] {
    guard offset <= size, count <= size - offset else { throw damaged("it is cut off") }
    let bytes = try Kernel.read(file, at: Int64(offset), most: Int(count))
    guard bytes.count == count else { throw damaged("it is cut off") }
    return bytes
  }
}

/// The file's first bytes, and numbers in its byte order.
private struct HeaderReader {
  let bytes: [UInt8]
  let machine: ELFFile.Machine

  init(_ bytes: [UInt8]) throws(RuntimeError) {
    guard bytes.count >= 52, [1, 2].contains(bytes[4]), [1, 2].contains(bytes[5]),
      bytes[4] == 1 || bytes.count == 64
    else { throw damaged("its header is cut off") }
    self.bytes = bytes
    let isLittle = bytes[5] == 1
    let number =
      isLittle ? UInt16(bytes[18]) | UInt16(bytes[19]) << 8 : UInt16(bytes[18]) << 8 | UInt16(bytes[19])
    machine = ELFFile.Machine(is64Bit: bytes[4] == 2, isLittleEndian: isLittle, number: number)
  }

  func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    machine.isLittleEndian
      ? bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } : bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func number(_ offset: Int, _ length: Int) -> UInt64 { number(bytes[offset..<offset + length]) }

  /// Numbers of the machine's width.
  func words(_ bytes: [UInt8]) -> [UInt64] {
    let width = machine.is64Bit ? 8 : 4
    return stride(from: 0, to: bytes.count - bytes.count % width, by: width).map {
      number(bytes[$0..<$0 + width])
    }
  }

  /// The program headers.
  func segments(_ file: FileBytes) throws(RuntimeError) -> [Segment] {
    let is64 = machine.is64Bit
    let offset = is64 ? number(32, 8) : number(28, 4)
    let size = Int(is64 ? number(54, 2) : number(42, 2))
    let count = Int(is64 ? number(56, 2) : number(44, 2))
    guard count > 0 else { return [] }
    guard size == (is64 ? 56 : 32), count <= 4096 else { throw damaged("its program headers are none") }
    let table = try file.read(offset, UInt64(size * count))
    return (0..<count).map { place in
      let header = table[place * size..<(place + 1) * size]
      func field(_ offset: Int, _ length: Int) -> UInt64 {
        let start = header.startIndex + offset
        return number(header[start..<start + length])
      }
      let type = UInt32(truncatingIfNeeded: field(0, 4))
      return is64
        ? Segment(type: type, offset: field(8, 8), address: field(16, 8), size: field(32, 8))
        : Segment(type: type, offset: field(4, 4), address: field(8, 4), size: field(16, 4))
    }
  }
}
