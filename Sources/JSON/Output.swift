extension JSONExchange {
  /// Opens an array or object.
  @usableFromInline
  mutating func open(_ opening: Unicode.Scalar) {
    text.append(UInt8(ascii: opening))
    depth += 1
    isEmpty = true
  }

  /// Closes the array or object that was opened last.
  @usableFromInline
  mutating func close(_ closing: Unicode.Scalar) {
    depth -= 1
    if !isEmpty { breakLine() }
    text.append(UInt8(ascii: closing))
    isEmpty = false
  }

  /// Begins the next element of the open array.
  @usableFromInline
  mutating func beginElement() {
    if !isEmpty { text.append(UInt8(ascii: ",")) }
    isEmpty = false
    breakLine()
  }

  /// Begins the next member of the open object, whose key needs no escapes.
  @usableFromInline
  mutating func begin(_ key: StaticString) {
    beginElement()
    text.append(UInt8(ascii: "\""))
    text.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    text.append(UInt8(ascii: "\""))
    endKey()
  }

  /// Begins the next member of the open object.
  @usableFromInline
  mutating func begin(key: String) {
    beginElement()
    write(string: key)
    endKey()
  }

  private mutating func endKey() {
    text.append(UInt8(ascii: ":"))
    if indentation != nil { text.append(UInt8(ascii: " ")) }
  }

  private mutating func breakLine() {
    guard let indentation else { return }
    text.append(UInt8(ascii: "\n"))
    for _ in 0..<depth { text.append(contentsOf: indentation) }
  }
}

extension JSONExchange {
  /// Appends what needs no quotes.
  @usableFromInline
  mutating func write(raw word: String) {
    text.append(contentsOf: word.utf8)
  }

  /// Appends a string in quotes.
  @usableFromInline
  mutating func write(string: String) {
    text.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { bytes in
      var plain = 0
      for index in bytes.indices where JSONExchange.mustBeEscaped(bytes[index]) {
        text.append(contentsOf: bytes[plain..<index])
        write(escaped: bytes[index])
        plain = index + 1
      }
      text.append(contentsOf: bytes[plain...])
    }
    text.append(UInt8(ascii: "\""))
  }

  private static func mustBeEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
  }

  private mutating func write(escaped byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): write(raw: "\\\"")
    case UInt8(ascii: "\\"): write(raw: "\\\\")
    case UInt8(ascii: "\n"): write(raw: "\\n")
    case UInt8(ascii: "\r"): write(raw: "\\r")
    case UInt8(ascii: "\t"): write(raw: "\\t")
    default:
      write(raw: byte < 0x10 ? "\\u000" : "\\u00")
      write(raw: String(byte, radix: 16))
    }
  }
}
