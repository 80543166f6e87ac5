internal import OCIRuntimeSpec

/// `--version`
enum Version {
  /// The program's version; the changelog says what is in it.
  static let number = "0.1.0"

  /// Lines that clients parse as runc's.
  static let text = """
    swrun version \(number)
    spec: \(SpecVersion.current)
    """
}
