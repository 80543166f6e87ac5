/// Turns values of `Encodable` types into JSON.
///
/// Members of structures come in the order of their declaration, those of dictionaries sorted by
/// their keys' bytes. Optionals that are nil are left out; numbers that JSON cannot write (infinity,
/// not a number) become `null`.
public struct JSONWriter: Sendable {
  /// How the text is laid out.
  public enum Style: Sendable, Equatable {
    /// One line without spaces.
    case compact
    /// One value a line, indented by this text for each level.
    case indented(by: String)

    /// Indented by tabs, as `spec` writes a configuration.
    public static let tabs = Style.indented(by: "\t")
    /// Indented by two spaces, as `state` answers.
    public static let twoSpaces = Style.indented(by: "  ")
  }

  /// How the text is laid out.
  public var style: Style

  /// A writer that lays its text out in `style`.
  public init(style: Style = .compact) {
    self.style = style
  }

  /// The JSON of `value`, without a line feed at its end.
  ///
  /// - Parameter value: Of a type with a synthesised conformance; one whose own `encode(to:)`
  ///   throws is a fault of the program and ends it.
  public func encode(_ value: some Encodable) -> [UInt8] {
    let output = Output(style: style)
    do {
      try output.write(value)
    } catch {
      preconditionFailure("\(type(of: value)) cannot be written as JSON: \(error)")
    }
    return output.bytes
  }
}

/// The text written so far.
///
/// One thread writes, and no access to a property reaches another one: the checks of that at run time
/// took a quarter of the whole.
final class Output {
  @exclusivity(unchecked) private(set) var bytes: [UInt8] = []
  private let indentation: [UInt8]?
  @exclusivity(unchecked) private var depth = 0
  /// The container that the value being written has opened.
  @exclusivity(unchecked) private var open: Container?

  /// An array or object whose end is not written yet.
  private struct Container {
    var closing: UInt8
    var isSorted: Bool
    /// Where each member's key and value begin, behind the comma and line feed.
    var members: [(key: String, start: Int)] = []
    var count = 0
    var start: Int
  }

  init(style: JSONWriter.Style) {
    if case .indented(let indentation) = style {
      self.indentation = Array(indentation.utf8)
    } else {
      self.indentation = nil
    }
  }

  /// Writes a value of any type.
  func write<T: Encodable>(_ value: T) throws {
    // Far cheaper than `as?`, and the comparison has proved it.
    if T.self == String.self { return write(string: unsafeBitCast(value, to: String.self)) }
    let outer = open
    open = nil
    try value.encode(to: ValueWriter(output: self))
    closeContainer()
    open = outer
  }

  func write(raw text: String) { bytes.append(contentsOf: text.utf8) }

  func write(_ value: Double) { write(raw: value.isFinite ? value.description : "null") }

  func beginArray() { begin("[", "]", isSorted: false) }

  func beginObject<Key: CodingKey>(_ key: Key.Type) {
    begin("{", "}", isSorted: ObjectIdentifier(key) == DictionaryKey.type)
  }

  private func begin(_ opening: Unicode.Scalar, _ closing: Unicode.Scalar, isSorted: Bool) {
    precondition(open == nil, "a value is written as one container")
    bytes.append(UInt8(ascii: opening))
    depth += 1
    open = Container(closing: UInt8(ascii: closing), isSorted: isSorted, start: bytes.count)
  }

  /// Begins the next element of the open array, or the next member of the open object.
  func beginMember(_ key: String? = nil) {
    let isFirst = open?.count == 0
    open?.count += 1
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    breakLine()
    guard let key else { return }
    if open?.isSorted == true { open?.members.append((key, bytes.count)) }
    write(string: key)
    bytes.append(UInt8(ascii: ":"))
    if indentation != nil { bytes.append(UInt8(ascii: " ")) }
  }

  private func closeContainer() {
    guard let container = open else { return }
    if container.isSorted { sortMembers(of: container) }
    depth -= 1
    if container.count > 0 { breakLine() }
    bytes.append(container.closing)
  }

  private func breakLine() {
    guard let indentation else { return }
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<depth { bytes.append(contentsOf: indentation) }
  }

  /// Puts the members of a dictionary, which come in random order, into that of their keys.
  private func sortMembers(of container: Container) {
    guard container.members.count > 1, let first = container.members.first else { return }
    let separator = 1 + (indentation.map { 1 + $0.count * depth } ?? 0)
    let ends = container.members.dropFirst().map { $0.start - separator } + [bytes.count]
    let sorted = zip(container.members, ends).sorted { left, right in
      left.0.key.utf8.lexicographicallyPrecedes(right.0.key.utf8)
    }
    let between = Array(bytes[ends[0]..<ends[0] + separator])
    let members = sorted.map { member, end in bytes[member.start..<end] }
    bytes.replaceSubrange(first.start..., with: Array(members.joined(separator: between)))
  }

  func write(string: String) {
    bytes.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { text in
      var plain = 0
      for index in text.indices where Output.mustBeEscaped(text[index]) {
        bytes.append(contentsOf: text[plain..<index])
        write(escaped: text[index])
        plain = index + 1
      }
      bytes.append(contentsOf: text[plain...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func mustBeEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
  }

  private func write(escaped byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): write(raw: "\\\"")
    case UInt8(ascii: "\\"): write(raw: "\\\\")
    case UInt8(ascii: "\n"): write(raw: "\\n")
    case UInt8(ascii: "\r"): write(raw: "\\r")
    case UInt8(ascii: "\t"): write(raw: "\\t")
    default:
      write(raw: byte < 0x10 ? "\\u000" : "\\u00")
      write(raw: String(byte, radix: 16))
    }
  }
}

/// The key type that the standard library encodes dictionaries with; it has no public name.
enum DictionaryKey {
  static let type: ObjectIdentifier? = {
    let probe = KeyTypeProbe()
    try? [String: Int]().encode(to: probe)
    return probe.keyType
  }()
}

/// Notes the key type of the object that a value asks for.
private final class KeyTypeProbe: Encoder {
  var keyType: ObjectIdentifier?

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  private var ignored: ValueWriter { ValueWriter(output: Output(style: .compact)) }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    keyType = ObjectIdentifier(type)
    return KeyedEncodingContainer(ObjectWriter(output: ignored.output))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer { ignored.unkeyedContainer() }
  func singleValueContainer() -> any SingleValueEncodingContainer { ignored }
}
