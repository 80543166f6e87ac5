/// One run of reading a document, or of writing a text.
public struct JSONExchange {
  /// Whether values are read; otherwise they are written.
  @usableFromInline let isReading: Bool

  /// What is read.
  let document: JSONDocument
  /// The object whose members are read.
  private(set) var object = JSONDocument.root
  /// The key in it to look at first. Members mostly stand in the order in which they are asked for.
  private var nextKey = JSONDocument.root + 1
  /// What did not fit so far.
  @usableFromInline var faults: [JSONFault] = []
  /// How many more there were than `faults` describes.
  @usableFromInline var furtherFaults = 0

  /// What is written so far.
  @usableFromInline var text: [UInt8] = []
  /// For each level; nil for everything in one line.
  let indentation: [UInt8]?
  /// How many arrays and objects are open.
  var depth = 0
  /// Whether nothing is in the innermost of them yet.
  var isEmpty = true

  @usableFromInline
  init(reading document: JSONDocument) {
    isReading = true
    self.document = document
    indentation = nil
  }

  @usableFromInline
  init(writing style: JSONWriter.Style) {
    isReading = false
    document = JSONDocument(bytes: [], nodes: [])
    if case .indented(let indentation) = style {
      self.indentation = Array(indentation.utf8)
    } else {
      indentation = nil
    }
    text.reserveCapacity(2048)
  }
}

extension JSONExchange {
  /// An object and the key in it to look at first.
  @usableFromInline typealias Place = (object: Int, nextKey: Int)

  /// Turns to the members of an object.
  ///
  /// - Returns: Where the reading was; nil, with a fault, if `node` is no object.
  @usableFromInline
  mutating func enter(_ node: Int) -> Place? {
    guard isContainer(node, .object) else { return nil }
    let outer = (object, nextKey)
    object = node
    nextKey = node + 1
    return outer
  }

  /// Turns back to the members of the object around the one that was entered.
  @usableFromInline
  mutating func leave(to outer: Place) {
    (object, nextKey) = outer
  }

  /// The value of a member that must be there; nil, with a fault, if it is not.
  @usableFromInline
  mutating func requiredValue(of key: StaticString) -> Int? {
    let value = value(of: key)
    if value == nil { missing(key) }
    return value
  }

  /// The value of a member, unless it is `null`.
  @usableFromInline
  mutating func optionalValue(of key: StaticString) -> Int? {
    guard let value = value(of: key), document.nodes[value].kind != .null else { return nil }
    return value
  }

  private mutating func value(of key: StaticString) -> Int? {
    let end = document.next(after: object)
    var candidate = nextKey
    for _ in 0..<document.nodes[object].first {
      if candidate == end { candidate = object + 1 }
      let following = document.next(after: candidate + 1)
      if document.isKey(candidate, key) {
        nextKey = following
        return candidate + 1
      }
      candidate = following
    }
    return nil
  }
}

extension JSONDocument {
  fileprivate func isKey(_ index: Int, _ wanted: StaticString) -> Bool {
    let node = nodes[index]
    let count = wanted.utf8CodeUnitCount
    if node.kind == .escapedString {
      return string(at: index).utf8.elementsEqual(UnsafeBufferPointer(start: wanted.utf8Start, count: count))
    }
    guard node.byteRange.count == count else { return false }
    return bytes.withUnsafeBufferPointer { text in
      var key = wanted.utf8Start
      for byte in UnsafeBufferPointer(rebasing: text[node.byteRange]) {
        if byte != key.pointee { return false }
        key += 1
      }
      return true
    }
  }
}
