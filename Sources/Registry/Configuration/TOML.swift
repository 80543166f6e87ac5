internal import JSON
internal import RuntimeErrors

/// A value of a TOML document, of the kinds that registries.conf has.
enum TOMLValue: Sendable, Equatable {
  case string(String)
  case boolean(Bool)
  case array([TOMLValue])
  case table([String: TOMLValue])
}

/// Reads as much of TOML as registries.conf(5) needs: tables, arrays of tables, strings, booleans, arrays. All else is
/// an error: what is not understood may be what protects a registry.
///
/// https://toml.io/en/v1.0.0
struct TOMLReader {
  private let name: String
  private var rest: Substring.UnicodeScalarView
  private var line = 1

  private init(_ text: String, name: String) {
    self.name = name
    rest = Substring(text).unicodeScalars
  }

  /// Reads a whole document.
  ///
  /// - Parameters:
  ///   - name: What messages call the file.
  static func read(_ bytes: [UInt8], name: String) throws(RuntimeError) -> [String: TOMLValue] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RuntimeError(.invalidArgument, "\(name) is not UTF-8")
    }
    var reader = TOMLReader(text, name: name)
    return try reader.document()
  }

  private mutating func document() throws(RuntimeError) -> [String: TOMLValue] {
    var root: [String: TOMLValue] = [:]
    var place: [String] = []
    while try skipToContent() {
      if take("[") {
        let isArray = take("[")
        place = try keyPath()
        guard take("]"), !isArray || take("]") else { throw fault("expected ]") }
        guard TOMLReader.open(place[...], isArray: isArray, in: &root) else {
          throw fault("\(place.joined(separator: ".")) is there already")
        }
      } else {
        let keys = try keyPath()
        guard take("=") else { throw fault("expected =") }
        let value = try value()
        guard TOMLReader.set((place + keys)[...], value, in: &root) else {
          throw fault("\(keys.joined(separator: ".")) is there already")
        }
      }
      try endOfLine()
    }
    return root
  }

  private func fault(_ problem: String) -> RuntimeError {
    let found = rest.first.map { "found \(quoted(String($0)))" } ?? "the file ends"
    return RuntimeError(.invalidArgument, "\(name):\(line): \(problem), \(found)")
  }

  // MARK: Places

  /// Makes a table.
  ///
  /// - Returns: Whether the place was free.
  private static func open(
    _ path: ArraySlice<String>, isArray: Bool, in table: inout [String: TOMLValue]
  ) -> Bool {
    guard let key = path.first else { return false }
    guard path.count == 1 else {
      return inside(key, of: &table) { open(path.dropFirst(), isArray: isArray, in: &$0) }
    }
    switch (table[key], isArray) {
    case (nil, _): table[key] = isArray ? .array([.table([:])]) : .table([:])
    case (.array(let items)?, true): table[key] = .array(items + [.table([:])])
    case (.table?, false): break
    default: return false
    }
    return true
  }

  private static func set(
    _ path: ArraySlice<String>, _ value: TOMLValue, in table: inout [String: TOMLValue]
  ) -> Bool {
    guard let key = path.first else { return false }
    if path.count == 1 {
      guard table[key] == nil else { return false }
      table[key] = value
      return true
    }
    return inside(key, of: &table) { set(path.dropFirst(), value, in: &$0) }
  }

  /// Turns to a table in a table; of an array, to its last.
  private static func inside(
    _ key: String, of table: inout [String: TOMLValue], _ body: (inout [String: TOMLValue]) -> Bool
  ) -> Bool {
    switch table[key] ?? .table([:]) {
    case .table(var inner):
      defer { table[key] = .table(inner) }
      return body(&inner)
    case .array(var items):
      guard case .table(var inner)? = items.popLast() else { return false }
      defer { table[key] = .array(items + [.table(inner)]) }
      return body(&inner)
    default: return false
    }
  }
}

/// Words.
extension TOMLReader {
  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard rest.first == scalar else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func skipBlanks() {
    rest = rest.drop { $0 == " " || $0 == "\t" }
  }

  /// Passes over empty lines and comments.
  ///
  /// - Returns: Whether something follows.
  private mutating func skipToContent() throws(RuntimeError) -> Bool {
    while true {
      skipBlanks()
      guard let next = rest.first else { return false }
      switch next {
      case "\n":
        rest.removeFirst()
        line += 1
      case "\r": rest.removeFirst()
      case "#": rest = rest.drop { $0 != "\n" }
      default: return true
      }
    }
  }

  private mutating func endOfLine() throws(RuntimeError) {
    skipBlanks()
    guard rest.first == nil || rest.first == "\n" || rest.first == "\r" || rest.first == "#" else {
      throw fault("expected the end of the line")
    }
  }

  private mutating func keyPath() throws(RuntimeError) -> [String] {
    var keys: [String] = []
    repeat { keys.append(try key()) } while take(".")
    return keys
  }

  private mutating func key() throws(RuntimeError) -> String {
    skipBlanks()
    if rest.first == "\"" || rest.first == "'" { return try string() }
    let word = rest.prefix { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
      default: false
      }
    }
    guard !word.isEmpty else { throw fault("expected a key") }
    rest = rest.dropFirst(word.count)
    return String(word)
  }

  private mutating func value() throws(RuntimeError) -> TOMLValue {
    skipBlanks()
    switch rest.first {
    case "\"", "'": return .string(try string())
    case "[": return try array()
    case "t", "f":
      let word = String(rest.prefix { ("a"..."z").contains($0) })
      guard word == "true" || word == "false" else { throw fault("expected a value") }
      rest = rest.dropFirst(word.count)
      return .boolean(word == "true")
    default: throw fault("expected a string, true, false or an array")
    }
  }

  private mutating func array() throws(RuntimeError) -> TOMLValue {
    rest.removeFirst()
    var items: [TOMLValue] = []
    while try skipToContent() {
      if take("]") { return .array(items) }
      items.append(try value())
      guard try skipToContent() else { break }
      if take(",") { continue }
      guard take("]") else { throw fault("expected , or ]") }
      return .array(items)
    }
    throw fault("expected ]")
  }

  private mutating func string() throws(RuntimeError) -> String {
    let quote = rest.removeFirst()
    var result = String.UnicodeScalarView()
    while let scalar = rest.popFirst(), scalar != "\n" {
      if scalar == quote { return String(result) }
      guard scalar == "\\", quote == "\"" else {
        result.append(scalar)
        continue
      }
      switch rest.popFirst() {
      case "\"": result.append("\"")
      case "\\": result.append("\\")
      case "t": result.append("\t")
      case "n": result.append("\n")
      default: throw fault("an escape that is not known")
      }
    }
    throw fault("expected a closing quote")
  }
}
