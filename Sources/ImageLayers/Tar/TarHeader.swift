internal import RuntimeErrors

/// The 512 bytes before an entry's content.
///
/// tar(5), https://www.gnu.org/software/tar/manual/html_node/Standard.html
struct TarHeader {
  static let size = 512
  let bytes: [UInt8]

  /// - Throws: `hostileLayer` if the checksum is wrong.
  init(_ bytes: [UInt8]) throws(RuntimeError) {
    self.bytes = bytes
    var unsigned: Int64 = 0
    var signed: Int64 = 0
    for (index, byte) in bytes.enumerated() {
      let value = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
      unsigned += Int64(value)
      signed += Int64(Int8(bitPattern: value))
    }
    let expected = try number(148, 8, "checksum")
    // Some old programs summed signed characters.
    guard Int64(expected) == unsigned || Int64(expected) == signed else {
      throw RuntimeError(
        .hostileLayer, "a header of the archive has a wrong checksum: it is damaged or no tar")
    }
  }

  var kind: UInt8 { bytes[156] }

  /// Whether it says `ustar`, in POSIX's way: only then there is a prefix.
  private var isPOSIX: Bool { bytes[257..<263].elementsEqual("ustar\0".utf8) }

  /// The name, with the prefix that POSIX allows.
  var path: [UInt8] {
    let name = text(0, 100)
    guard isPOSIX, bytes[345] != 0 else { return name }
    return text(345, 155) + [UInt8(ascii: "/")] + name
  }

  var linkTarget: [UInt8] { text(157, 100) }

  /// Up to the first zero.
  func text(_ offset: Int, _ length: Int) -> [UInt8] {
    Array(bytes[offset..<offset + length].prefix { $0 != 0 })
  }

  /// A number in octal digits, or in base 256 if the first bit is set.
  ///
  /// - Parameters:
  ///   - name: What messages call it.
  func number(_ offset: Int, _ length: Int, _ name: String) throws(RuntimeError) -> UInt64 {
    let field = bytes[offset..<offset + length]
    guard let first = field.first, first & 0x80 != 0 else {
      return try octal(field, name)
    }
    guard first & 0x40 == 0 else {
      throw RuntimeError(.hostileLayer, "the field \(name) of a header is negative")
    }
    var value = UInt64(first & 0x3F)
    for byte in field.dropFirst() {
      guard value >> 56 == 0 else {
        throw RuntimeError(.hostileLayer, "the field \(name) of a header is larger than 64 bits")
      }
      value = value << 8 | UInt64(byte)
    }
    return value
  }

  private func octal(_ field: ArraySlice<UInt8>, _ name: String) throws(RuntimeError) -> UInt64 {
    let blanks: [UInt8] = [0, UInt8(ascii: " ")]
    let digits = field.drop { blanks.contains($0) }.prefix { !blanks.contains($0) }
    var value: UInt64 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else {
        throw RuntimeError(.hostileLayer, "the field \(name) of a header is no octal number")
      }
      // Twelve digits at most: that fits.
      value = value << 3 | UInt64(digit - UInt8(ascii: "0"))
    }
    return value
  }

  /// A modification time may lie before 1970: base 256 in two's complement.
  func time(_ offset: Int, _ length: Int) throws(RuntimeError) -> Int64 {
    let field = bytes[offset..<offset + length]
    guard field.first == 0xFF else {
      return Int64(clamping: try number(offset, length, "mtime"))
    }
    return Int64(bitPattern: field.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }
}
