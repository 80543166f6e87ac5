internal import JSON
internal import RuntimeErrors

/// A value of a build file, and where it stands.
struct FileNode: Sendable {
  /// What a value is. Scalars of YAML are text until somebody wants a number or a truth value.
  enum Content: Sendable {
    case null
    /// - isPlain: Whether it stands without quotes, so that it may mean something else than its text.
    case scalar(String, isPlain: Bool)
    case sequence([FileNode])
    case mapping([Member])
  }

  /// A key and its value.
  struct Member: Sendable {
    var key: String
    /// Where the key stands.
    var place: FilePlace
    var value: FileNode
  }

  var content: Content
  var place: FilePlace

  /// As messages call it.
  var description: String {
    switch content {
    case .null: "nothing"
    case .scalar(let text, _): quoted(text)
    case .sequence: "a list"
    case .mapping: "an object"
    }
  }
}

/// Where a value stands in a build file.
struct FilePlace: Sendable, Equatable {
  /// Line and column from 1 on; nil in JSON.
  var position: Position?
  /// RFC 6901
  var pointer: String

  struct Position: Sendable, Equatable {
    var line: Int
    var column: Int
  }

  /// `build.yaml:12:5: /steps/3/copy`
  func description(in file: String) -> String {
    let start = position.map { "\(file):\($0.line):\($0.column)" } ?? file
    return pointer.isEmpty ? start : "\(start): \(pointer)"
  }
}

extension FileNode {
  /// From JSON.
  init(_ tree: JSONTree, at pointer: String = "") {
    place = FilePlace(position: nil, pointer: pointer)
    switch tree {
    case .null: content = .null
    case .bool(let value): content = .scalar(value ? "true" : "false", isPlain: true)
    case .number(let text): content = .scalar(text, isPlain: true)
    case .string(let text): content = .scalar(text, isPlain: false)
    case .array(let elements):
      content = .sequence(elements.enumerated().map { FileNode($1, at: "\(pointer)/\($0)") })
    case .object(let members):
      content = .mapping(
        members.map { member in
          let below = pointer + JSONPointer.step(member.key)
          return Member(
            key: member.key, place: FilePlace(position: nil, pointer: below),
            value: FileNode(member.value, at: below))
        })
    }
  }

  /// Reads a build file: JSON if it begins with a brace, else YAML.
  ///
  /// - Parameters:
  ///   - name: What messages call the file.
  static func parse(_ bytes: [UInt8], name: String) throws(RuntimeError) -> FileNode {
    let blanks = Array(" \t\r\n".utf8)
    guard bytes.first(where: { !blanks.contains($0) }) == UInt8(ascii: "{") else {
      return try YAMLText.parse(bytes, name: name)
    }
    do throws(JSONSyntaxError) {
      let document = try JSONDocument(parsing: bytes)
      return FileNode(JSONReader.decode(JSONTree.self, from: document).value)
    } catch {
      throw RuntimeError(.invalidBuildFile, "\(name):\(error)")
    }
  }
}
