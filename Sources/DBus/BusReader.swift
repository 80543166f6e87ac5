/// Reads values out of a message that somebody else wrote. D-Bus specification, marshaling
///
/// Every method returns nil for what is cut off or no value of the type: nothing is read outside.
struct BusReader {
  private let bytes: [UInt8]
  private var position = 0
  private let isBigEndian: Bool

  private static let deepest = 32

  init(_ bytes: [UInt8], isBigEndian: Bool) {
    self.bytes = bytes
    self.isBigEndian = isBigEndian
  }

  /// All values of a signature such as `uoss`.
  mutating func read(_ signature: String) -> [BusValue]? {
    var rest = signature[...]
    var values: [BusValue] = []
    while !rest.isEmpty {
      guard let value = read(next: &rest, depth: 0) else { return nil }
      values.append(value)
    }
    return values
  }

  /// Goes on at a multiple of `alignment`.
  mutating func align(to alignment: Int) { position = (position + alignment - 1) / alignment * alignment }

  /// Takes the first complete type off `signature`, and reads its value.
  private mutating func read(next signature: inout Substring, depth: Int) -> BusValue? {
    guard depth < BusReader.deepest, let type = signature.popFirst() else { return nil }
    switch type {
    case "y": return integer(UInt8.self).map { .byte($0) }
    case "b": return integer(UInt32.self).map { .boolean($0 != 0) }
    case "i": return integer(UInt32.self).map { .int32(Int32(bitPattern: $0)) }
    case "u", "h": return integer(UInt32.self).map { .uint32($0) }
    case "x": return integer(UInt64.self).map { .int64(Int64(bitPattern: $0)) }
    case "t", "d": return integer(UInt64.self).map { .uint64($0) }
    case "s": return integer(UInt32.self).flatMap { text(Int($0)) }.map { .string($0) }
    case "o": return integer(UInt32.self).flatMap { text(Int($0)) }.map { .objectPath($0) }
    case "g": return integer(UInt8.self).flatMap { text(Int($0)) }.map { .signature($0) }
    case "v": return variant(depth)
    case "a": return array(&signature, depth)
    case "(": return structure(&signature, until: ")", depth)
    case "{": return structure(&signature, until: "}", depth)
    default: return nil
    }
  }

  private mutating func integer<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
    let size = Number.bitWidth / 8
    align(to: size)
    guard bytes.count - position >= size else { return nil }
    defer { position += size }
    var number: Number = 0
    for index in 0..<size {
      let byte = bytes[position + (isBigEndian ? index : size - 1 - index)]
      number = size == 1 ? Number(byte) : number << 8 | Number(byte)
    }
    return number
  }

  private mutating func text(_ count: Int) -> String? {
    guard count >= 0, bytes.count - position > count, bytes[position + count] == 0 else { return nil }
    defer { position += count + 1 }
    return String(validating: bytes[position..<position + count], as: UTF8.self)
  }

  private mutating func variant(_ depth: Int) -> BusValue? {
    guard let count = integer(UInt8.self), let signature = text(Int(count)) else { return nil }
    var rest = signature[...]
    guard let value = read(next: &rest, depth: depth + 1), rest.isEmpty else { return nil }
    return .variant(value)
  }

  private mutating func array(_ signature: inout Substring, _ depth: Int) -> BusValue? {
    guard let length = integer(UInt32.self) else { return nil }
    let element = signature
    align(to: alignment(ofSignature: element))
    let end = position + Int(length)
    guard end <= bytes.count, let after = BusReader.skip(element, depth) else { return nil }
    signature = after
    var values: [BusValue] = []
    while position < end {
      var one = element
      guard let value = read(next: &one, depth: depth + 1) else { return nil }
      values.append(value)
    }
    guard position == end else { return nil }
    return .array(of: String(element[..<after.startIndex]), values)
  }

  private mutating func structure(
    _ signature: inout Substring, until end: Character, _ depth: Int
  ) -> BusValue? {
    align(to: 8)
    var members: [BusValue] = []
    while let next = signature.first, next != end {
      guard let member = read(next: &signature, depth: depth + 1) else { return nil }
      members.append(member)
    }
    return signature.popFirst() == nil ? nil : .structure(members)
  }

  /// What of a signature comes after its first complete type.
  private static func skip(_ signature: Substring, _ depth: Int) -> Substring? {
    guard depth < deepest, let type = signature.first else { return nil }
    var rest = signature.dropFirst()
    switch type {
    case "a": return skip(rest, depth + 1)
    case "(", "{":
      let end: Character = type == "(" ? ")" : "}"
      while let next = rest.first, next != end {
        guard let after = skip(rest, depth + 1) else { return nil }
        rest = after
      }
      return rest.isEmpty ? nil : rest.dropFirst()
    default: return rest
    }
  }
}
