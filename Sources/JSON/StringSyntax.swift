extension Parser {
  /// A string from its opening to its closing quote; the node covers what is between them.
  mutating func parseString() throws(JSONSyntaxError) {
    position += 1
    let start = position
    var kind = Node.Kind.string
    while true {
      skipPlainBytes()
      guard position < text.count else {
        throw error("the text ends inside of a string that begins here", at: start - 1)
      }
      switch text[position] {
      case UInt8(ascii: "\""):
        add(kind, from: start)
        position += 1
        return
      case UInt8(ascii: "\\"):
        kind = .escapedString
        try skipEscape()
      case 0..<0x20:
        throw error("found \(found) in a string, expected it to be escaped")
      case 0x80...:
        try skipMultibyte()
      default:
        position += 1
      }
    }
  }

  /// Goes past all that needs no second look, eight bytes at a time.
  private mutating func skipPlainBytes() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    let raw = UnsafeRawBufferPointer(text)
    while position + 8 <= raw.count {
      let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
      let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
      let special =
        word | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
        | ((word &- (ones &* 0x20)) & ~word)
      let mask = UInt64(littleEndian: special & highs)
      guard mask == 0 else {
        position += mask.trailingZeroBitCount / 8
        return
      }
      position += 8
    }
  }

  private mutating func skipEscape() throws(JSONSyntaxError) {
    let start = position
    position += 1
    guard position < text.count else { return }
    switch text[position] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 1
    case UInt8(ascii: "u"):
      try skipUnicodeEscape(from: start)
    default:
      throw error("found \(found) after a backslash, expected one of \" \\ / b f n r t u")
    }
  }

  private mutating func skipUnicodeEscape(from start: Int) throws(JSONSyntaxError) {
    let unit = try skipHexDigits()
    if unit == 0 && nulStrings.last != nodes.count { nulStrings.append(nodes.count) }
    switch unit {
    case 0xD800..<0xDC00:
      guard skip(UInt8(ascii: "\\")), position < text.count, text[position] == UInt8(ascii: "u"),
        case 0xDC00..<0xE000 = try skipHexDigits()
      else { throw error("found half of a surrogate pair, expected both", at: start) }
    case 0xDC00..<0xE000:
      throw error("found the second half of a surrogate pair without its first", at: start)
    default:
      break
    }
  }

  /// Goes past `u` and four digits; their value.
  private mutating func skipHexDigits() throws(JSONSyntaxError) -> UInt32 {
    position += 1
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < text.count, let digit = hexDigit(text[position]) else {
        throw unexpected("four hexadecimal digits after \\u")
      }
      value = value << 4 | digit
      position += 1
    }
    return value
  }

  private mutating func skipMultibyte() throws(JSONSyntaxError) {
    var decoder = UTF8()
    var rest = text[position...].makeIterator()
    guard case .scalarValue(let character) = decoder.decode(&rest) else {
      throw error("the byte 0x\(String(text[position], radix: 16)) does not belong to valid UTF-8")
    }
    position += UTF8.width(character)
  }
}

private func hexDigit(_ byte: UInt8) -> UInt32? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
  default: nil
  }
}

/// The bytes that a string means, once the parser has found its escapes to be right.
func unescape(_ source: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(source.count)
  var rest = source
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
      result.append(byte)
      continue
    }
    switch escape {
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"): result.append(contentsOf: unescapedScalar(&rest))
    default: result.append(escape)
    }
  }
  return result
}

/// The UTF-8 of four hexadecimal digits, or of the pair that a surrogate makes with the escape behind it.
private func unescapedScalar(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) -> Array<UInt8> {
  var value = unescapedUnit(&rest)
  if (0xD800..<0xDC00).contains(value) {
    rest = rest.dropFirst(2)
    value = 0x10000 + (value - 0xD800) << 10 + (unescapedUnit(&rest) - 0xDC00)
  }
  return Array(String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
}

private func unescapedUnit(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) -> UInt32 {
  let digits = rest.prefix(4)
  rest = rest.dropFirst(4)
  return digits.reduce(0) { $0 << 4 | (hexDigit($1) ?? 0) }
}
