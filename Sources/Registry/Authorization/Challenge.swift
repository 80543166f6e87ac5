/// How a registry wants to be told who asks.
///
/// RFC 9110, section 11.6.1; https://distribution.github.io/distribution/spec/auth/token/
struct Challenge: Sendable, Equatable {
  /// `basic` or `bearer`, in lower case.
  var scheme: String
  /// Names are in lower case.
  var parameters: [String: String]

  /// All challenges of an answer, those of one header one after the other.
  static func all(in headers: [String]) -> [Challenge] {
    headers.flatMap { text in
      var reader = Reader(Substring(text))
      return reader.challenges()
    }
  }

  /// Reads `Bearer realm="…",service="…", Basic realm="…"`.
  private struct Reader {
    private var rest: Substring

    init(_ text: Substring) {
      rest = text.prefix(8192)
    }

    mutating func challenges() -> [Challenge] {
      var result: [Challenge] = []
      while let word = token() {
        skip { $0 == " " || $0 == "\t" }
        if rest.first == "=", !result.isEmpty {
          rest.removeFirst()
          result[result.count - 1].parameters[word.lowercased()] = value()
        } else {
          result.append(Challenge(scheme: word.lowercased(), parameters: [:]))
        }
      }
      return result
    }

    private mutating func token() -> String? {
      skip { $0 == " " || $0 == "\t" || $0 == "," }
      let word = rest.prefix { !" \t,=\"".contains($0) }
      rest = rest.dropFirst(word.count)
      return word.isEmpty ? nil : String(word)
    }

    private mutating func value() -> String {
      skip { $0 == " " || $0 == "\t" }
      guard rest.first == "\"" else { return token() ?? "" }
      rest.removeFirst()
      var result = ""
      while let character = rest.popFirst(), character != "\"" {
        result.append(character == "\\" ? rest.popFirst() ?? character : character)
      }
      return result
    }

    private mutating func skip(_ isSkipped: (Character) -> Bool) {
      rest = rest.drop(while: isSkipped)
    }
  }
}
