public import RuntimeErrors

/// A container's name: also the name of its directory.
public struct ContainerID: Sendable, Hashable, CustomStringConvertible {
  /// The name as given.
  public let text: String

  /// Checks a name by runc's rules: letters, digits and `_ + - .`, and neither `.` nor `..`.
  ///
  /// - Throws: `invalidArgument`.
  public init(_ text: String) throws(RuntimeError) {
    if text.isEmpty { throw RuntimeError(.invalidArgument, "the container ID is empty") }
    let isAllowed = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
        UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard isAllowed, text != ".", text != ".." else {
      throw RuntimeError(
        .invalidArgument, "invalid container ID \"\(text.prefix(64))\"",
        hint: "an ID has letters, digits and _ + - . only")
    }
    guard text.utf8.count <= 255 else {
      throw RuntimeError(
        .invalidArgument, "the container ID is longer than 255 bytes: \"\(text.prefix(64))…\"")
    }
    self.text = text
  }

  /// The name as given.
  public var description: String { text }
}
