/// A value whose form is not known before it is read.
public indirect enum JSONTree: JSONValue, Sendable, Equatable {
  /// `null`
  case null
  /// `true` or `false`
  case bool(Bool)
  /// As it stands in the text.
  case number(String)
  /// A string, without its escapes.
  case string(String)
  /// Values in order.
  case array([JSONTree])
  /// Members in the order of the text.
  case object([Member])

  /// A key and its value.
  public struct Member: Sendable, Equatable {
    /// The member's name.
    public var key: String
    /// What it has.
    public var value: JSONTree

    /// A member of an object.
    public init(key: String, value: JSONTree) {
      self.key = key
      self.value = value
    }
  }

  /// See `JSONValue`.
  public init() {
    self = .null
  }

  /// See `JSONValue`.
  public init(reading json: inout JSONExchange, at node: Int) {
    let document = json.document
    switch document.nodes[node].kind {
    case .null: self = .null
    case .true: self = .bool(true)
    case .false: self = .bool(false)
    case .integer, .number: self = .number(document.source(of: node))
    case .string, .escapedString: self = .string(document.string(at: node))
    case .array:
      self = .array([JSONTree](reading: &json, at: node))
    case .object:
      var members: [Member] = []
      let end = document.next(after: node)
      var key = node + 1
      while key < end {
        let value = JSONTree(reading: &json, at: key + 1)
        members.append(Member(key: document.string(at: key), value: value))
        key = document.next(after: key + 1)
      }
      self = .object(members)
    }
  }

  /// See `JSONValue`.
  public func write(to json: inout JSONExchange) {
    switch self {
    case .null: json.write(raw: "null")
    case .bool(let value): value.write(to: &json)
    case .number(let text): json.write(raw: text)
    case .string(let text): text.write(to: &json)
    case .array(let elements): elements.write(to: &json)
    case .object(let members):
      json.open("{")
      for member in members {
        json.begin(key: member.key)
        member.value.write(to: &json)
      }
      json.close("}")
    }
  }

  /// What a member has; nil if there is none, or if this is no object.
  public subscript(key: String) -> JSONTree? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }
}
