/// Turns values into JSON.
///
/// Members of structures come in the order of their declaration, those of dictionaries sorted by
/// their keys' bytes. Optionals that are nil are left out; numbers that JSON cannot write (infinity,
/// not a number) become `null`.
public struct JSONWriter: Sendable {
  /// How the text is laid out.
  public enum Style: Sendable, Equatable {
    /// One line without spaces.
    case compact
    /// One value a line, indented by this text for each level.
    case indented(by: String)

    /// Indented by tabs, as `spec` writes a configuration.
    public static let tabs = Style.indented(by: "\t")
    /// Indented by two spaces, as `state` answers.
    public static let twoSpaces = Style.indented(by: "  ")
  }

  /// How the text is laid out.
  public var style: Style
  /// Whether characters that are not seen, or change how others are shown, stand as escapes.
  public var escapesUnprintable: Bool

  /// A writer that lays its text out in `style`.
  ///
  /// - Parameters:
  ///   - escapesUnprintable: For text that may come to a terminal; what is hashed or compared byte by byte is
  ///     written without.
  public init(style: Style = .compact, escapesUnprintable: Bool = false) {
    self.style = style
    self.escapesUnprintable = escapesUnprintable
  }

  /// The JSON of `value`, without a line feed at its end.
  @inlinable
  public func encode(_ value: some JSONValue) -> [UInt8] {
    var json = JSONExchange(writing: style)
    value.write(to: &json)
    return escapesUnprintable ? escapingUnprintable(json.text) : json.text
  }
}
