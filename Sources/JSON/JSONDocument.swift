/// A parsed JSON text: the bytes, and an index of where its values lie in them.
///
/// Parsing checks the whole text against RFC 8259 once; strings and numbers are converted only
/// when somebody asks for them. Values are numbered in the order of the text.
public struct JSONDocument: Sendable {
  /// How deep arrays and objects may be nested unless the caller says otherwise.
  public static let defaultMaximumDepth = 128

  let bytes: [UInt8]
  let nodes: [Node]
  let nulStrings: [Int]

  /// Checks and indexes a JSON text.
  ///
  /// Stricter than RFC 8259 where it leaves a choice: no byte order mark, no duplicate keys in an
  /// object, no unpaired surrogate.
  /// - Parameters:
  ///   - bytes: The text in UTF-8, less than 4 GiB. How large it may be is the caller's decision.
  ///   - maximumDepth: How deep arrays and objects may be nested.
  public init(
    parsing bytes: [UInt8],
    maximumDepth: Int = defaultMaximumDepth
  ) throws(JSONSyntaxError) {
    guard bytes.count < Int(UInt32.max) else {
      throw JSONSyntaxError(line: 1, column: 1, problem: "the text is larger than 4 GiB")
    }
    self.bytes = bytes
    let outcome = bytes.withUnsafeBufferPointer { buffer in
      var parser = Parser(buffer, maximumDepth: maximumDepth)
      return Result { () throws(JSONSyntaxError) -> (nodes: [Node], nulStrings: [Int]) in
        try parser.parseDocument()
        return (parser.nodes, parser.nulStrings)
      }
    }
    (nodes, nulStrings) = try outcome.get()
  }

  /// A document that was indexed before.
  init(bytes: [UInt8], nodes: [Node]) {
    self.bytes = bytes
    self.nodes = nodes
    nulStrings = []
  }

  /// Where strings and keys stand that contain U+0000, which no string in the kernel can hold.
  ///
  /// - Parameter limit: How many are looked up at most.
  public func pointersOfNULStrings(limit: Int) -> [String] {
    nulStrings.prefix(limit).map(pointer(to:))
  }
}

/// One value of a document.
///
/// A container is followed by its contents, in objects key and value by turns.
@usableFromInline
struct Node: Sendable {
  @usableFromInline
  enum Kind: UInt8, Sendable {
    case null, `true`, `false`, integer, number, string, escapedString, array, object
  }

  var kind: Kind
  /// Scalars: offset of the first byte. Containers: how many elements or members.
  var first: UInt32
  /// Scalars: offset behind the last byte. Containers: index of the node after the contents.
  var second: UInt32

  var isContainer: Bool { kind == .array || kind == .object }
  var byteRange: Range<Int> { Int(first)..<Int(second) }
}

extension JSONDocument {
  @usableFromInline static var root: Int { 0 }

  /// The index of the node that follows the value `index` and all that is in it.
  func next(after index: Int) -> Int {
    let node = nodes[index]
    return node.isContainer ? Int(node.second) : index + 1
  }

  /// The text of the string or key `index`.
  func string(at index: Int) -> String {
    let node = nodes[index]
    return bytes.withUnsafeBufferPointer { text in
      let raw = UnsafeBufferPointer(rebasing: text[node.byteRange])
      guard node.kind == .escapedString else { return String(decoding: raw, as: UTF8.self) }
      return String(decoding: unescape(raw[...]), as: UTF8.self)
    }
  }

  /// The bytes of the scalar `index` as they stand in the text.
  func source(of index: Int) -> String {
    String(decoding: bytes[nodes[index].byteRange], as: UTF8.self)
  }
}
