extension Array: JSONValue where Element: JSONValue {
  /// See `JSONValue`.
  @inlinable
  public init(reading json: inout JSONExchange, at node: Int) {
    self.init()
    guard json.isContainer(node, .array) else { return }
    reserveCapacity(json.count(of: node))
    let end = json.next(after: node)
    var element = node + 1
    while element < end {
      append(Element(reading: &json, at: element))
      element = json.next(after: element)
    }
  }

  /// See `JSONValue`.
  @inlinable
  public func write(to json: inout JSONExchange) {
    json.open("[")
    for element in self {
      json.beginElement()
      element.write(to: &json)
    }
    json.close("]")
  }
}

extension Dictionary: JSONValue where Key == String, Value: JSONValue {
  /// See `JSONValue`.
  @inlinable
  public init(reading json: inout JSONExchange, at node: Int) {
    self.init()
    guard json.isContainer(node, .object) else { return }
    reserveCapacity(json.count(of: node))
    let end = json.next(after: node)
    var key = node + 1
    while key < end {
      self[json.key(at: key)] = Value(reading: &json, at: key + 1)
      key = json.next(after: key + 1)
    }
  }

  /// See `JSONValue`.
  @inlinable
  public func write(to json: inout JSONExchange) {
    json.open("{")
    for (key, value) in sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      json.begin(key: key)
      value.write(to: &json)
    }
    json.close("}")
  }
}

extension Optional: JSONValue where Wrapped: JSONValue {
  /// See `JSONValue`.
  @inlinable
  public init() {
    self = nil
  }

  /// See `JSONValue`.
  @inlinable
  public init(reading json: inout JSONExchange, at node: Int) {
    self = json.isNull(at: node) ? nil : Wrapped(reading: &json, at: node)
  }

  /// See `JSONValue`.
  @inlinable
  public func write(to json: inout JSONExchange) {
    if let self { self.write(to: &json) } else { json.write(raw: "null") }
  }
}

extension JSONExchange {
  /// Whether `node` is a container of the kind wanted; if not, a fault is recorded.
  @usableFromInline
  mutating func isContainer(_ node: Int, _ kind: Node.Kind) -> Bool {
    if document.nodes[node].kind == kind { return true }
    mismatch(at: node, expected: kind == .array ? "an array" : "an object")
    return false
  }

  /// How many elements or members a container has.
  @usableFromInline
  func count(of node: Int) -> Int { Int(document.nodes[node].first) }

  /// The node that follows the value `node` and all that is in it.
  @usableFromInline
  func next(after node: Int) -> Int { document.next(after: node) }

  @usableFromInline
  func key(at node: Int) -> String { document.string(at: node) }

  @usableFromInline
  func isNull(at node: Int) -> Bool { document.nodes[node].kind == .null }
}
