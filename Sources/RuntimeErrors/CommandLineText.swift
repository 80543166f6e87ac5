internal import JSON

extension CommandLine {
  /// Refuses words that are no text: Swift has put something else in the place of their bytes, and JSON has room for text alone.
  ///
  /// - Parameters:
  ///   - hint: How such bytes can be given nevertheless.
  /// - Throws: `invalidArgument` with the word's place, counted from 1.
  public static func requireText(hint: String? = nil) throws(RuntimeError) {
    for place in 1..<max(1, Int(argc)) {
      guard let word = unsafeArgv[place], String(validatingCString: word) == nil else { continue }
      throw RuntimeError(
        .invalidArgument, "word \(place), \(quoted(String(cString: word))), is no UTF-8", hint: hint)
    }
  }
}
