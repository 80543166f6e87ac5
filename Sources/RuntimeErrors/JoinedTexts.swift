extension Array where Element == String {
  /// The texts one after the other, with `separator` between them.
  ///
  /// In place of the standard library's, which looks up types by name at its first call, by a scan of all
  /// conformances in the program.
  public func joined(separator: String = "") -> String {
    guard var text = first else { return "" }
    for part in dropFirst() {
      text += separator
      text += part
    }
    return text
  }
}
