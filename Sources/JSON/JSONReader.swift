/// Turns a document into values and collects all that does not fit.
public enum JSONReader {
  /// How many faults are described; the rest is counted.
  public static let maximumFaults = 100

  /// Decodes the whole document.
  ///
  /// A value that does not fit is recorded as a fault and replaced: by 0, `""`, `false`, an empty
  /// array or dictionary, the first case of an enumeration, or a structure made of such. `null`
  /// counts as absent where the type is optional. Keys that the type does not have are ignored.
  /// - Parameters:
  ///   - type: What the document should be.
  ///   - document: What to decode.
  @inlinable
  public static func decode<T: JSONValue>(_ type: T.Type, from document: JSONDocument) -> JSONDecoded<T> {
    var json = JSONExchange(reading: document)
    let value = T(reading: &json, at: JSONDocument.root)
    return JSONDecoded(value: value, faults: json.faults, furtherFaults: json.furtherFaults)
  }
}

extension JSONReader {
  /// Parses and decodes a whole document, of which everything has to fit.
  ///
  /// - Throws: What is wrong with it, one fault a line.
  public static func decode<T: JSONValue>(
    _ type: T.Type, from bytes: [UInt8]
  ) throws(JSONMismatch) -> T {
    let document: JSONDocument
    do throws(JSONSyntaxError) {
      document = try JSONDocument(parsing: bytes)
    } catch {
      throw JSONMismatch(description: error.description)
    }
    let decoded = decode(type, from: document)
    guard decoded.faults.isEmpty else {
      let lines = decoded.faults.map { "\($0.pointer.isEmpty ? "the document" : $0.pointer): \($0.problem)" }
      throw JSONMismatch(description: lines.joined(separator: "\n  "))
    }
    return decoded.value
  }
}

/// What is wrong with a document.
public struct JSONMismatch: Error, Equatable, CustomStringConvertible {
  /// `LINE:COLUMN: PROBLEM`, or `POINTER: PROBLEM` in lines.
  public var description: String
}

/// The outcome of `JSONReader.decode`.
public struct JSONDecoded<Value> {
  /// With replacements for what `faults` names.
  public var value: Value
  /// In the order of the type's members; empty if everything fits.
  public var faults: [JSONFault]
  /// How many more there were than `faults` describes.
  public var furtherFaults: Int

  @inlinable
  init(value: Value, faults: [JSONFault], furtherFaults: Int) {
    self.value = value
    self.faults = faults
    self.furtherFaults = furtherFaults
  }
}
