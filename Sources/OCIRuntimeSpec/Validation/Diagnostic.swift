internal import JSON

/// One thing that is wrong, or at least suspicious, in a configuration file.
public struct Diagnostic: Sendable, Equatable, CustomStringConvertible {
  /// The file as the reader knows it, such as `config.json`.
  public var file: String
  /// Where in the file, as RFC 6901 writes it: `/process/args/1`.
  public var pointer: String
  /// What is wrong: `found 5, expected a string`.
  public var problem: String
  /// Where the specification says so: `config.md#process`.
  public var section: String

  /// `config.json: /process/cwd: "tmp" is not an absolute path (config.md#process)`
  public var description: String {
    let place = pointer.isEmpty ? "" : printable(pointer) + ": "
    return "\(printable(file)): \(place)\(problem) (\(section))"
  }
}
