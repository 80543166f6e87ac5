internal import Glibc
public import RuntimeErrors

/// A pattern for names of containers: an extended regular expression. regex(7)
public final class ContainerPattern {
  private var expression = regex_t()

  /// Compiles a pattern. regcomp(3)
  ///
  /// - Throws: `invalidArgument`, with what is wrong.
  public init(_ text: String) throws(RuntimeError) {
    // It would fit every name: of a variable that is not set, for example.
    guard !text.isEmpty else {
      throw RuntimeError(.invalidArgument, "--regex: the expression is empty", hint: "\".\" fits every name")
    }
    let status = regcomp(&expression, text, REG_EXTENDED | REG_NOSUB)
    guard status == 0 else {
      var message = [CChar](repeating: 0, count: 256)
      let length = regerror(status, &expression, &message, message.count)
      let reason = String(decoding: message.prefix(max(0, length - 1)).map(UInt8.init), as: UTF8.self)
      throw RuntimeError(.invalidArgument, "\"\(text)\" is not a regular expression: \(reason)")
    }
  }

  /// Whether the pattern is found in a name. regexec(3)
  public func matches(_ id: ContainerID) -> Bool {
    regexec(&expression, id.text, 0, nil, 0) == 0
  }

  deinit { regfree(&expression) }
}
