/// What a type's `init(from:)` sees of one value.
///
/// `node` is nil where a replacement is made up: everything is absent then.
struct ValueReader: Decoder {
  let decoding: Decoding
  let node: Int?

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    let object = node.flatMap { decoding.elements(of: $0, .object) ? $0 : nil }
    return KeyedDecodingContainer(ObjectReader(decoding: decoding, node: object))
  }

  func unkeyedContainer() -> any UnkeyedDecodingContainer {
    let array = node.flatMap { decoding.elements(of: $0, .array) ? $0 : nil }
    return ArrayReader(decoding: decoding, node: array)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }
}

extension ValueReader: SingleValueDecodingContainer {
  func decodeNil() -> Bool { decoding.isNull(at: node) }
  func decode(_ type: Bool.Type) -> Bool { decoding.bool(at: node) }
  func decode(_ type: String.Type) -> String { decoding.string(at: node) }
  func decode(_ type: Double.Type) -> Double { decoding.double(at: node) }
  func decode(_ type: Float.Type) -> Float { Float(decoding.double(at: node)) }
  func decode<T: FixedWidthInteger & Decodable>(_ type: T.Type) -> T { decoding.integer(type, at: node) }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoding.value(type, at: node) }
}
