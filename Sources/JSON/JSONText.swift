/// Any value, kept as text: what a document has and a type does not know.
public struct JSONText: JSONValue, Sendable, Equatable {
  /// The value in one line.
  public private(set) var bytes: [UInt8]

  /// See `JSONValue`.
  public init() { bytes = Array("null".utf8) }

  /// A value as text.
  public init(_ value: some JSONValue) { bytes = JSONWriter().encode(value) }

  /// See `JSONValue`.
  public init(reading json: inout JSONExchange, at node: Int) {
    var writing = JSONExchange(writing: .compact)
    JSONText.copy(node, of: json.document, to: &writing)
    bytes = writing.text
  }

  /// See `JSONValue`.
  public func write(to json: inout JSONExchange) { json.write(raw: String(decoding: bytes, as: UTF8.self)) }

  private static func copy(_ node: Int, of document: JSONDocument, to json: inout JSONExchange) {
    let end = document.next(after: node)
    var place = node + 1
    switch document.nodes[node].kind {
    case .object:
      json.open("{")
      while place < end {
        json.begin(key: document.string(at: place))
        copy(place + 1, of: document, to: &json)
        place = document.next(after: place + 1)
      }
      json.close("}")
    case .array:
      json.open("[")
      while place < end {
        json.beginElement()
        copy(place, of: document, to: &json)
        place = document.next(after: place)
      }
      json.close("]")
    case .string, .escapedString: json.write(string: document.string(at: node))
    default: json.write(raw: document.source(of: node))
    }
  }
}
