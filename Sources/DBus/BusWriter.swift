/// Writes values as they stand in a message, in little-endian order.
///
/// D-Bus specification, marshaling
struct BusWriter {
  private(set) var bytes: [UInt8] = []

  /// Fills up to a multiple of `alignment`.
  mutating func pad(to alignment: Int) {
    while bytes.count % alignment != 0 { bytes.append(0) }
  }

  /// Appends a value.
  mutating func write(_ value: BusValue) {
    switch value {
    case .byte(let number): bytes.append(number)
    case .boolean(let flag): write(integer: UInt32(flag ? 1 : 0))
    case .int32(let number): write(integer: UInt32(bitPattern: number))
    case .uint32(let number): write(integer: number)
    case .int64(let number): write(integer: UInt64(bitPattern: number))
    case .uint64(let number): write(integer: number)
    case .string(let text), .objectPath(let text):
      write(integer: UInt32(text.utf8.count))
      bytes += Array(text.utf8) + [0]
    case .signature(let text): bytes += [UInt8(text.utf8.count)] + Array(text.utf8) + [0]
    case .array(let element, let values): write(values, of: element)
    case .structure(let members):
      pad(to: 8)
      for member in members { write(member) }
    case .variant(let content):
      write(.signature(content.signature))
      write(content)
    }
  }

  /// The length before the elements counts neither itself nor what aligns the first.
  private mutating func write(_ values: [BusValue], of element: String) {
    write(integer: UInt32(0))
    let place = bytes.count - 4
    pad(to: alignment(ofSignature: element[...]))
    let start = bytes.count
    for value in values { write(value) }
    let length = UInt32(bytes.count - start)
    withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(place..<place + 4, with: $0) }
  }

  private mutating func write(integer: some FixedWidthInteger) {
    pad(to: integer.bitWidth / 8)
    withUnsafeBytes(of: integer.littleEndian) { bytes.append(contentsOf: $0) }
  }
}
