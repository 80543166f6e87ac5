/// Turns a document into values of `Decodable` types and collects all that does not fit.
public enum JSONReader {
  /// How many faults are described; the rest is counted.
  public static let maximumFaults = 100

  /// Decodes the whole document.
  ///
  /// A value that does not fit is recorded as a fault and replaced: by 0, `""`, `false`, an empty
  /// array or dictionary, the first case of an enumeration, or a structure made of such. `null`
  /// counts as absent where the type is optional. Keys that the type does not have are ignored.
  /// - Parameters:
  ///   - type: A type with a synthesised conformance; dictionaries have string keys.
  ///   - document: What to decode.
  /// - Returns: The value (nil only if the type refuses every replacement) and the faults.
  public static func decode<T: Decodable>(
    _ type: T.Type,
    from document: JSONDocument
  ) -> JSONDecoded<T> {
    let decoding = Decoding(document)
    let value = try? decoding.value(type, at: JSONDocument.root)
    return JSONDecoded(value: value, faults: decoding.faults, furtherFaults: decoding.furtherFaults)
  }
}

/// The outcome of `JSONReader.decode`.
public struct JSONDecoded<Value> {
  /// With replacements for what `faults` names.
  public var value: Value?
  /// In the order of the type's properties; empty if everything fits.
  public var faults: [JSONFault]
  /// How many more there were than `faults` describes.
  public var furtherFaults: Int
}

/// One value of a document that does not fit the type it is read as.
public struct JSONFault: Equatable, Sendable {
  /// RFC 6901; of a missing member, where it should be.
  public var pointer: String
  /// `found 5, expected a string`, `is missing`.
  public var problem: String
}

/// One run of decoding: the document and what was found wrong with it so far.
final class Decoding {
  let document: JSONDocument
  private(set) var faults: [JSONFault] = []
  private(set) var furtherFaults = 0

  init(_ document: JSONDocument) {
    self.document = document
  }

  func missing(_ key: String, of object: Int) {
    record { JSONFault(pointer: document.pointer(to: object) + JSONPointer.step(key), problem: "is missing") }
  }

  func mismatch(at node: Int, expected: String) {
    record {
      let found = document.description(of: node)
      return JSONFault(pointer: document.pointer(to: node), problem: "found \(found), expected \(expected)")
    }
  }

  private func record(_ fault: () -> JSONFault) {
    if faults.count < JSONReader.maximumFaults {
      faults.append(fault())
    } else {
      furtherFaults += 1
    }
  }

  /// Records a fault of `node`, instead of all that were recorded since there were `before`.
  private func replaceFaults(since before: Int, at node: Int, expected: String) {
    if before < faults.count { faults.removeSubrange(before...) }
    mismatch(at: node, expected: expected)
  }
}

extension Decoding {
  /// The value at `node`, or a replacement if it doesn't fit.
  ///
  /// - Parameter node: nil to ask for a replacement; nothing is recorded then.
  func value<T: Decodable>(_ type: T.Type, at node: Int?) throws -> T {
    guard let node else { return try replacement(type) }
    // The casts only tell the compiler what was just compared; `as?` would cost a search each time.
    if type == String.self { return unsafeBitCast(string(at: node), to: type) }
    if type == [String].self { return unsafeBitCast(strings(at: node), to: type) }
    let before = faults.count
    do {
      return try T(from: ValueReader(decoding: self, node: node))
    } catch {
      replaceFaults(since: before, at: node, expected: allowedValues(of: type) ?? "another value")
      return try replacement(type)
    }
  }

  private func replacement<T: Decodable>(_ type: T.Type) throws -> T {
    do {
      return try T(from: ValueReader(decoding: self, node: nil))
    } catch {
      guard let value = (type as? any CaseIterable.Type)?.firstCase as? T else { throw error }
      return value
    }
  }

  /// `one of "a", "b"`, if `type` is an enumeration of strings.
  private func allowedValues(of type: Any.Type) -> String? {
    guard let cases = (type as? any CaseIterable.Type)?.cases else { return nil }
    let names = cases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    guard !names.isEmpty else { return nil }
    return "one of " + names.map { "\"\($0)\"" }.joined(separator: ", ")
  }

  func strings(at node: Int) -> [String] {
    guard elements(of: node, .array) else { return [] }
    var result: [String] = []
    result.reserveCapacity(Int(document.nodes[node].first))
    var index = node + 1
    while index < document.next(after: node) {
      result.append(string(at: index))
      index = document.next(after: index)
    }
    return result
  }

  /// Whether `node` is a container of the kind wanted; if not, a fault is recorded.
  func elements(of node: Int, _ kind: Node.Kind) -> Bool {
    if document.nodes[node].kind == kind { return true }
    mismatch(at: node, expected: kind == .array ? "an array" : "an object")
    return false
  }
}

extension CaseIterable {
  fileprivate static var firstCase: Any? { allCases.first }
  fileprivate static var cases: [Any] { Array(allCases) }
}
