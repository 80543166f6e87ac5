internal import CYAML
internal import JSON
internal import RuntimeErrors

/// Reads YAML 1.1 into a tree, by the events of libyaml.
///
/// Scalars stay text: `no` is the word, not a truth value, unless a truth value is asked for. Tags and merge keys mean
/// nothing here, and are refused; an alias counts as often as it is used, so that a small file cannot grow large.
///
/// https://yaml.org/spec/1.1/
struct YAMLText {
  private var parser = yaml_parser_t()
  private let name: String
  private var anchors: [String: FileNode] = [:]
  private var nodes = 0

  private static let mostNodes = 100_000
  private static let depth = 64

  static func parse(_ bytes: [UInt8], name: String) throws(RuntimeError) -> FileNode {
    var text = YAMLText(name: name)
    guard yaml_parser_initialize(&text.parser) == 1 else {
      throw RuntimeError(.systemCall, "libyaml: out of memory")
    }
    defer { yaml_parser_delete(&text.parser) }
    // The parser keeps the pointer.
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes.count, 1))
    defer { copy.deallocate() }
    _ = copy.initialize(from: bytes)
    yaml_parser_set_input_string(&text.parser, copy.baseAddress, bytes.count)
    return try text.document()
  }

  private init(name: String) {
    self.name = name
  }

  private func fault(_ problem: String, _ mark: yaml_mark_t) -> RuntimeError {
    RuntimeError(.invalidBuildFile, "\(name):\(mark.line + 1):\(mark.column + 1): \(problem)")
  }

  /// What the parser tells of next.
  private enum Event {
    case alias(String)
    case scalar(String, isPlain: Bool)
    case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    case documentStart, documentEnd, streamEnd, other
  }

  private struct Marked {
    var event: Event
    var mark: yaml_mark_t
    var anchor: String?
  }

  private mutating func next() throws(RuntimeError) -> Marked {
    var event = yaml_event_t()
    guard yaml_parser_parse(&parser, &event) == 1 else {
      let problem = parser.problem.map { String(cString: $0) } ?? "damaged"
      throw fault(problem, parser.problem_mark)
    }
    defer { yaml_event_delete(&event) }
    let mark = event.start_mark
    switch event.type {
    case YAML_ALIAS_EVENT:
      return Marked(event: .alias(text(event.data.alias.anchor)), mark: mark)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      try refuseTag(scalar.tag, mark)
      let value = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return Marked(
        event: .scalar(value, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), mark: mark,
        anchor: scalar.anchor.map { text($0) })
    case YAML_SEQUENCE_START_EVENT:
      try refuseTag(event.data.sequence_start.tag, mark)
      return Marked(
        event: .sequenceStart, mark: mark, anchor: event.data.sequence_start.anchor.map { text($0) })
    case YAML_MAPPING_START_EVENT:
      try refuseTag(event.data.mapping_start.tag, mark)
      return Marked(
        event: .mappingStart, mark: mark, anchor: event.data.mapping_start.anchor.map { text($0) })
    case YAML_SEQUENCE_END_EVENT: return Marked(event: .sequenceEnd, mark: mark)
    case YAML_MAPPING_END_EVENT: return Marked(event: .mappingEnd, mark: mark)
    case YAML_DOCUMENT_START_EVENT: return Marked(event: .documentStart, mark: mark)
    case YAML_DOCUMENT_END_EVENT: return Marked(event: .documentEnd, mark: mark)
    case YAML_STREAM_END_EVENT: return Marked(event: .streamEnd, mark: mark)
    default: return Marked(event: .other, mark: mark)
    }
  }

  private func text(_ pointer: UnsafePointer<UInt8>) -> String {
    String(cString: pointer)
  }

  private func refuseTag(_ tag: UnsafePointer<UInt8>?, _ mark: yaml_mark_t) throws(RuntimeError) {
    guard let tag else { return }
    throw fault("the tag \(quoted(text(tag))) means nothing in a build file", mark)
  }

  private mutating func document() throws(RuntimeError) -> FileNode {
    _ = try next()
    let start = try next()
    guard case .documentStart = start.event else { throw fault("the file is empty", start.mark) }
    let root = try node(try next(), "", 0)
    _ = try next()
    let end = try next()
    guard case .streamEnd = end.event else { throw fault("a second document begins", end.mark) }
    return root
  }

  private mutating func node(
    _ marked: Marked, _ pointer: String, _ level: Int
  ) throws(RuntimeError) -> FileNode {
    guard level < YAMLText.depth else { throw fault("lists and objects are nested too deep", marked.mark) }
    nodes += 1
    guard nodes <= YAMLText.mostNodes else { throw fault("the file has too many values", marked.mark) }
    let position = FilePlace.Position(line: marked.mark.line + 1, column: marked.mark.column + 1)
    let place = FilePlace(position: position, pointer: pointer)
    var result = FileNode(content: .null, place: place)
    switch marked.event {
    case .alias(let anchor):
      guard let known = anchors[anchor] else { throw fault("no anchor \(quoted(anchor))", marked.mark) }
      nodes += known.count
      return known
    case .scalar(let text, let isPlain):
      let isNull = isPlain && ["", "~", "null"].contains(text)
      result.content = isNull ? .null : .scalar(text, isPlain: isPlain)
    case .sequenceStart: result.content = try sequence(pointer, level)
    case .mappingStart: result.content = try mapping(pointer, level)
    default: throw fault("a value is missing", marked.mark)
    }
    if let anchor = marked.anchor { anchors[anchor] = result }
    return result
  }

  private mutating func sequence(_ pointer: String, _ level: Int) throws(RuntimeError) -> FileNode.Content {
    var elements: [FileNode] = []
    while true {
      let marked = try next()
      if case .sequenceEnd = marked.event { return .sequence(elements) }
      elements.append(try node(marked, "\(pointer)/\(elements.count)", level + 1))
    }
  }

  private mutating func mapping(_ pointer: String, _ level: Int) throws(RuntimeError) -> FileNode.Content {
    var members: [FileNode.Member] = []
    while true {
      let marked = try next()
      if case .mappingEnd = marked.event { return .mapping(members) }
      guard case .scalar(let key, _) = marked.event else { throw fault("a key is no text", marked.mark) }
      guard !members.contains(where: { $0.key == key }) else {
        throw fault("the key \(quoted(key)) occurs twice", marked.mark)
      }
      let below = pointer + JSONPointer.step(key)
      let position = FilePlace.Position(line: marked.mark.line + 1, column: marked.mark.column + 1)
      let value = try node(try next(), below, level + 1)
      members.append(
        FileNode.Member(key: key, place: FilePlace(position: position, pointer: below), value: value))
    }
  }
}

extension FileNode {
  /// How many values are in it.
  fileprivate var count: Int {
    switch content {
    case .null, .scalar: 1
    case .sequence(let elements): elements.reduce(1) { $0 + $1.count }
    case .mapping(let members): members.reduce(1) { $0 + $1.value.count }
    }
  }
}
