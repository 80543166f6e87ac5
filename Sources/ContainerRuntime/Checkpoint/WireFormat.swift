internal import RuntimeErrors

/// Writes the wire format of Protocol Buffers, as far as CRIU's messages need it: numbers, text and nested
/// messages. protobuf.dev/programming-guides/encoding
struct WireWriter {
  /// The message so far.
  private(set) var bytes: [UInt8] = []

  /// `bool`
  mutating func put(_ field: Int, _ value: Bool) { put(field, number: value ? 1 : 0) }

  /// `int32` and enumerations: negative numbers are written with 64 bits.
  mutating func put(_ field: Int, _ value: Int32) {
    put(field, number: UInt64(bitPattern: Int64(value)))
  }

  /// `uint32`
  mutating func put(_ field: Int, _ value: UInt32) { put(field, number: UInt64(value)) }

  /// `string`
  mutating func put(_ field: Int, _ value: String) { put(field, bytes: Array(value.utf8)) }

  /// `string` that may be absent.
  mutating func put(_ field: Int, _ value: String?) {
    if let value { put(field, value) }
  }

  /// A nested message.
  mutating func put(_ field: Int, message: (inout WireWriter) -> Void) {
    var nested = WireWriter()
    message(&nested)
    put(field, bytes: nested.bytes)
  }

  private mutating func put(_ field: Int, number: UInt64) {
    append(UInt64(field) << 3)
    append(number)
  }

  private mutating func put(_ field: Int, bytes: [UInt8]) {
    append(UInt64(field) << 3 | 2)
    append(UInt64(bytes.count))
    self.bytes += bytes
  }

  /// Seven bits a byte, the lowest first.
  private mutating func append(_ number: UInt64) {
    var rest = number
    while rest > 0x7f {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// Reads what `WireWriter` writes, from another program.
struct WireReader {
  /// A field's value; its type is known from the field's number only.
  enum Value: Equatable {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)

    /// As `int32`; 0 for what is no number.
    var int32: Int32 {
      if case .number(let number) = self { Int32(truncatingIfNeeded: number) } else { 0 }
    }

    /// As `bool`; false for what is no number.
    var bool: Bool {
      if case .number(let number) = self { number != 0 } else { false }
    }

    /// As `string`; empty for a number.
    var text: String { String(decoding: nested, as: UTF8.self) }

    /// As a message's bytes; none for a number.
    var nested: ArraySlice<UInt8> {
      if case .bytes(let bytes) = self { bytes } else { [] }
    }
  }

  private var rest: ArraySlice<UInt8>

  /// Reads `message`.
  init(_ message: ArraySlice<UInt8>) { rest = message }

  /// The next field.
  ///
  /// - Returns: nil at the end of the message.
  /// - Throws: `criuFailed` if this is no message.
  mutating func next() throws(RuntimeError) -> (field: Int, value: Value)? {
    if rest.isEmpty { return nil }
    let key = try number()
    let field = Int(truncatingIfNeeded: key >> 3)
    switch key & 7 {
    case 0: return (field, .number(try number()))
    case 1: return (field, .bytes(try take(8)))
    case 2: return (field, .bytes(try take(try number())))
    case 5: return (field, .bytes(try take(4)))
    default: throw WireReader.damaged()
    }
  }

  private mutating func number() throws(RuntimeError) -> UInt64 {
    var result: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { throw WireReader.damaged() }
      result |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return result }
    }
    throw WireReader.damaged()
  }

  private mutating func take(_ count: UInt64) throws(RuntimeError) -> ArraySlice<UInt8> {
    guard count <= UInt64(rest.count) else { throw WireReader.damaged() }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }

  private static func damaged() -> RuntimeError {
    RuntimeError(.criuFailed, "criu sent a message that cannot be read")
  }
}
