/// The elements of one array, one after the other; none if `node` is nil.
struct ArrayReader: UnkeyedDecodingContainer {
  let decoding: Decoding
  private var nextNode: Int
  private let end: Int
  private let size: Int
  private(set) var currentIndex = 0

  init(decoding: Decoding, node: Int?) {
    self.decoding = decoding
    nextNode = node.map { $0 + 1 } ?? 0
    end = node.map { decoding.document.next(after: $0) } ?? 0
    size = node.map { Int(decoding.document.nodes[$0].first) } ?? 0
  }

  var codingPath: [any CodingKey] { [] }
  var count: Int? { size }
  var isAtEnd: Bool { nextNode >= end }

  private mutating func advance() throws -> Int {
    guard !isAtEnd else { throw EndOfArray() }
    let node = nextNode
    nextNode = decoding.document.next(after: node)
    currentIndex += 1
    return node
  }

  mutating func decodeNil() -> Bool {
    guard !isAtEnd, decoding.isNull(at: nextNode) else { return false }
    return (try? advance()) != nil
  }
  mutating func decode(_ type: Bool.Type) throws -> Bool { decoding.bool(at: try advance()) }
  mutating func decode(_ type: String.Type) throws -> String { decoding.string(at: try advance()) }
  mutating func decode(_ type: Double.Type) throws -> Double { decoding.double(at: try advance()) }
  mutating func decode(_ type: Float.Type) throws -> Float { Float(decoding.double(at: try advance())) }
  mutating func decode<T: FixedWidthInteger & Decodable>(_ type: T.Type) throws -> T {
    decoding.integer(type, at: try advance())
  }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try decoding.value(type, at: try advance())
  }

  mutating func nestedContainer<Key: CodingKey>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    try superDecoder().container(keyedBy: type)
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try superDecoder().unkeyedContainer()
  }
  mutating func superDecoder() throws -> any Decoder {
    ValueReader(decoding: decoding, node: try advance())
  }
}

/// A type asked for more elements than there are.
private struct EndOfArray: Error {}
