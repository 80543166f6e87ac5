public import JSON
public import RuntimeErrors

/// A JSON document of an image.
public protocol ImageDocument: JSONObject {
  /// What messages call it.
  static var kind: String { get }
}

extension ImageManifest: ImageDocument {
  /// What messages call it.
  public static var kind: String { "image manifest" }
}

extension ImageIndex: ImageDocument {
  /// What messages call it.
  public static var kind: String { "image index" }
}

extension ImageConfig: ImageDocument {
  /// What messages call it.
  public static var kind: String { "image configuration" }
}

extension LayoutHeader: ImageDocument {
  /// What messages call it.
  public static var kind: String { "image layout" }
}

extension ImageDocument {
  /// Parses and decodes a document. Members that the type does not know are ignored.
  ///
  /// - Parameters:
  ///   - bytes: The whole document.
  ///   - name: What messages call the file or blob.
  /// - Throws: One `invalidImage` whose message lists all that does not fit, one fault a line.
  public static func load(from bytes: [UInt8], name: String) throws(RuntimeError) -> Self {
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: bytes)
    } catch {
      throw RuntimeError(.invalidImage, "\(kind) \(name):\(error)")
    }
    let decoded = JSONReader.decode(Self.self, from: document)
    guard decoded.faults.isEmpty else {
      let lines = decoded.faults.map { "\($0.pointer.isEmpty ? "the document" : $0.pointer): \($0.problem)" }
      throw RuntimeError(.invalidImage, "\(kind) \(name): " + lines.joined(separator: "\n  "))
    }
    return decoded.value
  }
}
