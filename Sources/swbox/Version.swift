/// `--version`
enum Version {
  /// The program's version; the changelog says what is in it.
  static let number = "0.1.0"

  /// One line.
  static let text = "swbox version \(number)\n"
}
