/// Checks a text in one pass and notes where its values lie.
struct Parser {
  let text: UnsafeBufferPointer<UInt8>
  let maximumDepth: Int
  var position = 0
  var nodes: [Node] = []
  /// Strings and keys with an escaped U+0000.
  var nulStrings: [Int] = []
  /// The keys of the objects that are open now, to find duplicates.
  var openKeys: [UInt32] = []

  init(_ text: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
    self.text = text
    self.maximumDepth = maximumDepth
    // Seven bytes a value is what indented configurations come to; the bound keeps a huge text from
    // costing memory before its first fault is found.
    nodes.reserveCapacity(min(text.count / 7 + 8, 1 << 16))
  }

  mutating func parseDocument() throws(JSONSyntaxError) {
    if text.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw error("found a byte order mark, expected JSON without one")
    }
    skipWhitespace()
    try parseValue(depth: 0)
    skipWhitespace()
    if position < text.count {
      throw error("found \(found), expected the end of the text")
    }
  }

  private mutating func parseValue(depth: Int) throws(JSONSyntaxError) {
    guard position < text.count else { throw error("the text ends where a value is expected") }
    switch text[position] {
    case UInt8(ascii: "\""): _ = try parseString()
    case UInt8(ascii: "{"): try parseObject(depth: depth + 1)
    case UInt8(ascii: "["): try parseArray(depth: depth + 1)
    case UInt8(ascii: "t"): try parseLiteral("true", .true)
    case UInt8(ascii: "f"): try parseLiteral("false", .false)
    case UInt8(ascii: "n"): try parseLiteral("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber()
    default: throw error("found \(found), expected a value")
    }
  }

  private mutating func parseObject(depth: Int) throws(JSONSyntaxError) {
    let object = try open(.object, depth: depth)
    let firstKey = openKeys.count
    if !skip(UInt8(ascii: "}")) {
      repeat {
        skipWhitespace()
        try parseKey()
        skipWhitespace()
        guard skip(UInt8(ascii: ":")) else { throw unexpected("\":\"") }
        skipWhitespace()
        try parseValue(depth: depth)
        skipWhitespace()
      } while skip(UInt8(ascii: ","))
      guard skip(UInt8(ascii: "}")) else { throw unexpected("\",\" or \"}\"") }
    }
    try checkDuplicates(openKeys[firstKey...])
    close(object, count: openKeys.count - firstKey)
    openKeys.removeSubrange(firstKey...)
  }

  private mutating func parseKey() throws(JSONSyntaxError) {
    guard position < text.count, text[position] == UInt8(ascii: "\"") else {
      throw unexpected("a key in double quotes")
    }
    openKeys.append(UInt32(nodes.count))
    try parseString()
  }

  private mutating func parseArray(depth: Int) throws(JSONSyntaxError) {
    let array = try open(.array, depth: depth)
    var count = 0
    if !skip(UInt8(ascii: "]")) {
      repeat {
        skipWhitespace()
        try parseValue(depth: depth)
        skipWhitespace()
        count += 1
      } while skip(UInt8(ascii: ","))
      guard skip(UInt8(ascii: "]")) else { throw unexpected("\",\" or \"]\"") }
    }
    close(array, count: count)
  }

  private mutating func open(_ kind: Node.Kind, depth: Int) throws(JSONSyntaxError) -> Int {
    guard depth <= maximumDepth else {
      throw error("arrays and objects are nested more than \(maximumDepth) deep")
    }
    position += 1
    skipWhitespace()
    nodes.append(Node(kind: kind, first: 0, second: 0))
    return nodes.count - 1
  }

  private mutating func close(_ container: Int, count: Int) {
    nodes[container].first = UInt32(count)
    nodes[container].second = UInt32(nodes.count)
  }

  private mutating func parseLiteral(_ word: StaticString, _ kind: Node.Kind) throws(JSONSyntaxError) {
    let start = position
    let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard text[start...].starts(with: expected) else {
      throw error("found \(found), expected a value")
    }
    position += expected.count
    add(kind, from: start)
  }

  mutating func add(_ kind: Node.Kind, from start: Int) {
    nodes.append(Node(kind: kind, first: UInt32(start), second: UInt32(position)))
  }

  /// Goes past `byte` if it stands here.
  mutating func skip(_ byte: UInt8) -> Bool {
    guard position < text.count, text[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipWhitespace() {
    while position < text.count {
      switch text[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }
}

extension Parser {
  /// Numbers: `-`, digits without a leading zero, fraction, exponent.
  fileprivate mutating func parseNumber() throws(JSONSyntaxError) {
    let start = position
    var kind = Node.Kind.integer
    _ = skip(UInt8(ascii: "-"))
    if skip(UInt8(ascii: "0")) {
      if skipDigits() > 0 {
        position = start
        throw error("found a number with a leading zero")
      }
    } else if skipDigits() == 0 {
      throw unexpected("a digit")
    }
    if skip(UInt8(ascii: ".")) {
      kind = .number
      if skipDigits() == 0 { throw unexpected("a digit after the decimal point") }
    }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      kind = .number
      _ = skip(UInt8(ascii: "+")) || skip(UInt8(ascii: "-"))
      if skipDigits() == 0 { throw unexpected("a digit in the exponent") }
    }
    add(kind, from: start)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while position < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) {
      position += 1
    }
    return position - start
  }
}

extension Parser {
  /// Keys of one object must differ: which of two values counts is not for us to guess.
  private func checkDuplicates(_ keys: ArraySlice<UInt32>) throws(JSONSyntaxError) {
    guard keys.count > 1 else { return }
    if keys.count <= 32 {
      for later in keys.indices.dropFirst() {
        for earlier in keys.startIndex..<later where isSameKey(keys[earlier], keys[later]) {
          throw duplicate(keys[later])
        }
      }
    } else {
      var seen: Set<[UInt8]> = []
      for key in keys where !seen.insert(unescape(text[nodes[Int(key)].byteRange])).inserted {
        throw duplicate(key)
      }
    }
  }

  private func isSameKey(_ left: UInt32, _ right: UInt32) -> Bool {
    let (left, right) = (nodes[Int(left)], nodes[Int(right)])
    if left.kind == .string && right.kind == .string {
      guard left.second - left.first == right.second - right.first else { return false }
      return text[left.byteRange].elementsEqual(text[right.byteRange])
    }
    return unescape(text[left.byteRange]) == unescape(text[right.byteRange])
  }

  private func duplicate(_ key: UInt32) -> JSONSyntaxError {
    // The containers around the key are still open; the pointer needs to know where they end.
    var closed = nodes
    for index in closed.indices where closed[index].isContainer && closed[index].second == 0 {
      closed[index].second = UInt32(closed.count)
    }
    let document = JSONDocument(bytes: Array(text), nodes: closed)
    let offset = nodes[Int(key)].byteRange.lowerBound - 1
    return error("the key \(printable(document.pointer(to: Int(key)))) stands twice", at: offset)
  }
}

extension Parser {
  func error(_ problem: String, at offset: Int? = nil) -> JSONSyntaxError {
    JSONSyntaxError(at: offset ?? position, of: text, problem)
  }

  func unexpected(_ expected: String) -> JSONSyntaxError {
    guard position < text.count else { return error("the text ends where \(expected) is expected") }
    return error("found \(found), expected \(expected)")
  }

  /// What stands here, for a message: a word, one character or one byte.
  var found: String {
    guard position < text.count else { return "the end of the text" }
    let word = text[position...].prefix { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    if !word.isEmpty { return quoted(String(decoding: word, as: UTF8.self)) }
    var decoder = UTF8()
    var rest = text[position...].makeIterator()
    guard case .scalarValue(let character) = decoder.decode(&rest) else {
      return "the byte 0x\(String(text[position], radix: 16))"
    }
    return quoted(String(character))
  }
}
