/// What a type's `encode(to:)` writes one value with.
struct ValueWriter: Encoder {
  let output: Output

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    output.beginObject(type)
    return KeyedEncodingContainer(ObjectWriter(output: output))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    output.beginArray()
    return ArrayWriter(output: output)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension ValueWriter: SingleValueEncodingContainer {
  func encodeNil() { output.write(raw: "null") }
  func encode(_ value: Bool) { output.write(raw: value ? "true" : "false") }
  func encode(_ value: String) { output.write(string: value) }
  func encode(_ value: Double) { output.write(value) }
  func encode(_ value: Float) { output.write(Double(value)) }
  func encode<T: FixedWidthInteger & Encodable>(_ value: T) { output.write(raw: String(value)) }
  func encode<T: Encodable>(_ value: T) throws { try output.write(value) }
}

/// Writes the members of one object.
struct ObjectWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let output: Output

  var codingPath: [any CodingKey] { [] }

  private func member(_ key: Key) -> ValueWriter {
    output.beginMember(key.stringValue)
    return ValueWriter(output: output)
  }

  func encodeNil(forKey key: Key) { member(key).encodeNil() }
  func encode(_ value: Bool, forKey key: Key) { member(key).encode(value) }
  func encode(_ value: String, forKey key: Key) { member(key).encode(value) }
  func encode(_ value: Double, forKey key: Key) { member(key).encode(value) }
  func encode(_ value: Float, forKey key: Key) { member(key).encode(value) }
  func encode<T: FixedWidthInteger & Encodable>(_ value: T, forKey key: Key) { member(key).encode(value) }
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try member(key).encode(value) }

  // Only conformances written by hand ask for these.
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type,
    forKey key: Key
  ) -> KeyedEncodingContainer<Nested> { preconditionFailure("no nested containers") }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    preconditionFailure("no nested containers")
  }
  func superEncoder() -> any Encoder { preconditionFailure("no nested containers") }
  func superEncoder(forKey key: Key) -> any Encoder { preconditionFailure("no nested containers") }
}

/// Writes the elements of one array.
struct ArrayWriter: UnkeyedEncodingContainer {
  let output: Output
  private(set) var count = 0

  init(output: Output) { self.output = output }

  var codingPath: [any CodingKey] { [] }

  private mutating func element() -> ValueWriter {
    count += 1
    output.beginMember()
    return ValueWriter(output: output)
  }

  mutating func encodeNil() { element().encodeNil() }
  mutating func encode(_ value: Bool) { element().encode(value) }
  mutating func encode(_ value: String) { element().encode(value) }
  mutating func encode(_ value: Double) { element().encode(value) }
  mutating func encode(_ value: Float) { element().encode(value) }
  mutating func encode<T: FixedWidthInteger & Encodable>(_ value: T) { element().encode(value) }
  mutating func encode<T: Encodable>(_ value: T) throws { try element().encode(value) }

  // Only conformances written by hand ask for these.
  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    preconditionFailure("no nested containers")
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    preconditionFailure("no nested containers")
  }
  func superEncoder() -> any Encoder { preconditionFailure("no nested containers") }
}
