/// What can be read from JSON and written to it.
public protocol JSONValue {
  /// What stands for a value that is missing or does not fit: 0, `""`, `false`, nothing, the first case.
  init()

  /// Reads the value at `node` of the document, or notes that it does not fit.
  init(reading json: inout JSONExchange, at node: Int)

  /// Appends the value to the text.
  func write(to json: inout JSONExchange)
}

/// A structure that is an object in JSON. It names its members once, for reading and for writing.
public protocol JSONObject: JSONValue {
  /// Calls `member` for each member, in the order in which they are written.
  mutating func members(_ json: inout JSONExchange)
}

extension JSONObject {
  /// See `JSONValue`.
  @inlinable
  public init(reading json: inout JSONExchange, at node: Int) {
    self.init()
    guard let outer = json.enter(node) else { return }
    members(&json)
    json.leave(to: outer)
  }

  /// See `JSONValue`.
  @inlinable
  public func write(to json: inout JSONExchange) {
    // Writing changes nothing; `members` can only because reading does.
    var copy = self
    json.open("{")
    copy.members(&json)
    json.close("}")
  }
}

extension JSONExchange {
  /// A member that must be there. One that is missing stays as it is.
  @inlinable
  public mutating func member<Value: JSONValue>(_ key: StaticString, _ value: inout Value) {
    guard isReading else {
      begin(key)
      return value.write(to: &self)
    }
    if let node = requiredValue(of: key) { value = Value(reading: &self, at: node) }
  }

  /// A member that may be missing or `null`, and is not written if it is nil.
  @inlinable
  public mutating func member<Value: JSONValue>(_ key: StaticString, _ value: inout Value?) {
    if isReading {
      if let node = optionalValue(of: key) { value = Value(reading: &self, at: node) }
    } else if let value {
      begin(key)
      value.write(to: &self)
    }
  }
}
