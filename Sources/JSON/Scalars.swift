extension String: JSONValue {
  /// See `JSONValue`.
  public init(reading json: inout JSONExchange, at node: Int) {
    switch json.document.nodes[node].kind {
    case .string, .escapedString: self = json.document.string(at: node)
    default:
      json.mismatch(at: node, expected: "a string")
      self = ""
    }
  }

  /// See `JSONValue`.
  public func write(to json: inout JSONExchange) { json.write(string: self) }
}

extension Bool: JSONValue {
  /// See `JSONValue`.
  public init(reading json: inout JSONExchange, at node: Int) {
    let kind = json.document.nodes[node].kind
    if kind != .true && kind != .false { json.mismatch(at: node, expected: "true or false") }
    self = kind == .true
  }

  /// See `JSONValue`.
  public func write(to json: inout JSONExchange) { json.write(raw: self ? "true" : "false") }
}

extension Double: JSONValue {
  /// See `JSONValue`.
  public init(reading json: inout JSONExchange, at node: Int) {
    switch json.document.nodes[node].kind {
    case .integer, .number:
      if let value = Double(json.document.source(of: node)), value.isFinite {
        self = value
        return
      }
    default: break
    }
    json.mismatch(at: node, expected: "a number")
    self = 0
  }

  /// See `JSONValue`.
  public func write(to json: inout JSONExchange) { json.write(raw: isFinite ? description : "null") }
}

extension Int: JSONValue {}
extension Int8: JSONValue {}
extension Int16: JSONValue {}
extension Int32: JSONValue {}
extension Int64: JSONValue {}
extension UInt: JSONValue {}
extension UInt8: JSONValue {}
extension UInt16: JSONValue {}
extension UInt32: JSONValue {}
extension UInt64: JSONValue {}

extension JSONValue where Self: FixedWidthInteger {
  /// See `JSONValue`.
  @inlinable
  public init(reading json: inout JSONExchange, at node: Int) {
    if let (isNegative, magnitude) = json.integer(at: node) {
      let value =
        isNegative ? Self(exactly: Int64(truncatingIfNeeded: 0 &- magnitude)) : Self(exactly: magnitude)
      if let value {
        self = value
        return
      }
    }
    json.mismatch(at: node, expected: "an integer from \(Self.min) to \(Self.max)")
    self = 0
  }

  /// See `JSONValue`.
  @inlinable
  public func write(to json: inout JSONExchange) { json.write(raw: description) }
}

/// Enumerations of strings.
extension JSONValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  /// See `JSONValue`.
  @inlinable
  public init() {
    guard let first = Self.allCases.first else { preconditionFailure("\(Self.self) has no cases") }
    self = first
  }

  /// See `JSONValue`.
  @inlinable
  public init(reading json: inout JSONExchange, at node: Int) {
    if let word = json.word(at: node), let value = Self(rawValue: word) {
      self = value
      return
    }
    let words = Self.allCases.map { "\"\($0.rawValue)\"" }
    json.mismatch(at: node, expected: "one of " + words.joined(separator: ", "))
    self.init()
  }

  /// See `JSONValue`.
  @inlinable
  public func write(to json: inout JSONExchange) { json.write(string: rawValue) }
}

extension JSONExchange {
  /// A value that is written as a string of some form.
  ///
  /// - Parameters:
  ///   - expected: What messages call the form.
  ///   - parse: Gives nil for other strings.
  /// - Returns: nil, with a fault, if it is no string or has another form.
  public mutating func parsed<Value>(
    at node: Int, _ expected: String, _ parse: (String) -> Value?
  ) -> Value? {
    if let word = word(at: node), let value = parse(word) { return value }
    mismatch(at: node, expected: expected)
    return nil
  }

  /// The string at `node`; nil if there is something else.
  @usableFromInline
  func word(at node: Int) -> String? {
    switch document.nodes[node].kind {
    case .string, .escapedString: document.string(at: node)
    default: nil
    }
  }

  /// The integer at `node`; nil if 64 bits do not hold it, or if there is something else.
  @usableFromInline
  func integer(at node: Int) -> (isNegative: Bool, magnitude: UInt64)? {
    let node = document.nodes[node]
    guard node.kind == .integer else { return nil }
    var digits = node.byteRange
    let isNegative = document.bytes[digits.lowerBound] == UInt8(ascii: "-")
    if isNegative { digits = digits.dropFirst() }
    var magnitude: UInt64 = 0
    for index in digits {
      let (product, tooLarge) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, tooLargeNow) = product.addingReportingOverflow(
        UInt64(document.bytes[index] - UInt8(ascii: "0")))
      if tooLarge || tooLargeNow { return nil }
      magnitude = sum
    }
    if isNegative && magnitude > UInt64(Int64.max) + 1 { return nil }
    return (isNegative, magnitude)
  }
}

extension JSONDocument {
  /// The value `node` for a message: `"abc…"`, `5`, `an object`.
  func description(of node: Int) -> String {
    switch nodes[node].kind {
    case .null: "null"
    case .true: "true"
    case .false: "false"
    case .string, .escapedString: quoted(string(at: node))
    case .array: "an array"
    case .object: "an object"
    case .integer, .number:
      if nodes[node].byteRange.count > 64 {
        String(decoding: bytes[nodes[node].byteRange].prefix(64), as: UTF8.self) + "…"
      } else {
        source(of: node)
      }
    }
  }
}
