/// The members of one object; none if `node` is nil.
struct ObjectReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoding: Decoding
  let node: Int?

  var codingPath: [any CodingKey] { [] }

  var allKeys: [Key] {
    guard let node else { return [] }
    let document = decoding.document
    var keys: [Key] = []
    var index = node + 1
    while index < document.next(after: node) {
      if let key = Key(stringValue: document.string(at: index)) { keys.append(key) }
      index = document.next(after: index + 1)
    }
    return keys
  }

  func contains(_ key: Key) -> Bool { member(key) != nil }

  private func member(_ key: Key) -> Int? {
    node.flatMap { decoding.document.member(key.stringValue, of: $0) }
  }

  /// The value that must be there; if it isn't, that is a fault, unless all of this is made up.
  private func required(_ key: Key) -> Int? {
    let value = member(key)
    if value == nil, let node { decoding.missing(key.stringValue, of: node) }
    return value
  }

  private func present(_ key: Key) -> Int? {
    guard let value = member(key), !decoding.isNull(at: value) else { return nil }
    return value
  }

  func decodeNil(forKey key: Key) -> Bool { decoding.isNull(at: member(key)) }
  func decode(_ type: Bool.Type, forKey key: Key) -> Bool { decoding.bool(at: required(key)) }
  func decode(_ type: String.Type, forKey key: Key) -> String { decoding.string(at: required(key)) }
  func decode(_ type: Double.Type, forKey key: Key) -> Double { decoding.double(at: required(key)) }
  func decode(_ type: Float.Type, forKey key: Key) -> Float { Float(decoding.double(at: required(key))) }
  func decode<T: FixedWidthInteger & Decodable>(_ type: T.Type, forKey key: Key) -> T {
    decoding.integer(type, at: required(key))
  }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try decoding.value(type, at: required(key))
  }

  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) -> Bool? { present(key).map(decoding.bool) }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) -> String? { present(key).map(decoding.string) }
  func decodeIfPresent<T: FixedWidthInteger & Decodable>(_ type: T.Type, forKey key: Key) -> T? {
    present(key).map { decoding.integer(type, at: $0) }
  }
  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    try present(key).map { try decoding.value(type, at: $0) }
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type,
    forKey key: Key
  ) -> KeyedDecodingContainer<Nested> {
    ValueReader(decoding: decoding, node: required(key)).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedDecodingContainer {
    ValueReader(decoding: decoding, node: required(key)).unkeyedContainer()
  }
  func superDecoder() -> any Decoder { ValueReader(decoding: decoding, node: node) }
  func superDecoder(forKey key: Key) -> any Decoder { ValueReader(decoding: decoding, node: required(key)) }
}
