/// A value of D-Bus, of the kinds that systemd takes and gives.
///
/// D-Bus specification, type system
public indirect enum BusValue: Equatable, Sendable {
  case byte(UInt8)
  case boolean(Bool)
  case int32(Int32)
  case uint32(UInt32)
  case int64(Int64)
  case uint64(UInt64)
  case string(String)
  case objectPath(String)
  case signature(String)
  /// Elements of one type, whose signature is needed where there are none.
  case array(of: String, [BusValue])
  case structure([BusValue])
  case variant(BusValue)

  /// The type: `s`, `a(sv)`.
  public var signature: String {
    switch self {
    case .byte: "y"
    case .boolean: "b"
    case .int32: "i"
    case .uint32: "u"
    case .int64: "x"
    case .uint64: "t"
    case .string: "s"
    case .objectPath: "o"
    case .signature: "g"
    case .array(let element, _): "a" + element
    case .structure(let members): "(" + members.map(\.signature).joined() + ")"
    case .variant: "v"
    }
  }

  /// The text of a string, object path or signature.
  public var text: String? {
    switch self {
    case .string(let text), .objectPath(let text), .signature(let text): text
    default: nil
    }
  }

  /// Strings.
  public static func strings(_ values: [String]) -> BusValue { .array(of: "s", values.map { .string($0) }) }

  /// Bytes.
  public static func bytes(_ values: [UInt8]) -> BusValue { .array(of: "y", values.map { .byte($0) }) }
}

/// What a type's values are aligned to in a message, in bytes.
func alignment(ofSignature signature: Substring) -> Int {
  switch signature.first {
  case "y", "g", "v": 1
  case "x", "t", "(", "{": 8
  default: 4
  }
}
