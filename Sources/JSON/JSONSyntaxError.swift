/// What makes a text not JSON, and where.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
  /// Counted from 1.
  public var line: Int
  /// In characters (Unicode scalars), counted from 1.
  public var column: Int
  /// What was found and what was expected.
  public var problem: String

  /// `3:14: found "}", expected a value`
  public var description: String { "\(line):\(column): \(problem)" }
}

extension JSONSyntaxError {
  /// An error at the byte `offset` of `text`.
  init(at offset: Int, of text: UnsafeBufferPointer<UInt8>, _ problem: String) {
    line = 1
    column = 1
    self.problem = problem
    for byte in text[..<min(offset, text.count)] {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
  }
}
