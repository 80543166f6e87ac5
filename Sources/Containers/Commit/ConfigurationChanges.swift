internal import JSON
public import OCIImage
public import RuntimeErrors

/// Changes of an image's configuration, in the words of Dockerfiles.
public struct ConfigurationChanges: Sendable {
  private static let keywords = [
    "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
  ]

  private var changes: [(keyword: String, rest: String)] = []

  /// Understands them.
  ///
  /// - Parameters:
  ///   - texts: `KEYWORD …` or `KEYWORD=…`, in their order.
  public init(_ texts: [String]) throws(RuntimeError) {
    for text in texts {
      let end = text.firstIndex { $0 == " " || $0 == "=" || $0 == "\t" } ?? text.endIndex
      let keyword = text[..<end].uppercased()
      let rest = text[end...].dropFirst().drop { $0 == " " || $0 == "\t" }
      guard ConfigurationChanges.keywords.contains(keyword), !rest.isEmpty else {
        throw RuntimeError(
          .invalidArgument, "--change: found \(quoted(text)), expected a keyword and what it is to be",
          hint: "keywords are " + ConfigurationChanges.keywords.joined(separator: ", "))
      }
      changes.append((keyword, String(rest)))
    }
    var probe = ImageConfig.Execution()
    try apply(to: &probe)
  }

  /// Makes the changes.
  public func apply(to execution: inout ImageConfig.Execution) throws(RuntimeError) {
    // The image's own words would be arguments of another program.
    let keepsCommand = changes.contains { $0.keyword == "CMD" }
    for (keyword, rest) in changes {
      do throws(RuntimeError) {
        switch keyword {
        case "CMD": execution.cmd = try ConfigurationChanges.command(rest)
        case "ENTRYPOINT":
          execution.entrypoint = try ConfigurationChanges.command(rest)
          if !keepsCommand { execution.cmd = nil }
        case "USER": execution.user = try ConfigurationChanges.single(rest)
        case "STOPSIGNAL": execution.stopSignal = try ConfigurationChanges.single(rest)
        case "WORKDIR":
          let former = execution.workingDir.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? "/"
          let path = try ConfigurationChanges.single(rest)
          execution.workingDir = path.hasPrefix("/") ? path : former + path
        default: try ConfigurationChanges.extend(keyword, rest, &execution)
        }
      } catch {
        throw error.adding(context: "--change \(keyword)")
      }
    }
  }

  /// What adds to that of the image.
  private static func extend(
    _ keyword: String, _ rest: String, _ execution: inout ImageConfig.Execution
  ) throws(RuntimeError) {
    switch keyword {
    case "ENV":
      for (name, value) in try pairs(rest) { execution.setVariable(name, value) }
    case "LABEL":
      for (name, value) in try pairs(rest) { execution.setLabel(name, value) }
    case "EXPOSE":
      for port in try words(rest) {
        let full = port.contains("/") ? port : port + "/tcp"
        guard isPort(full) else {
          throw RuntimeError(.invalidArgument, "found \(quoted(port)), expected a port such as 80/tcp")
        }
        execution.expose(full)
      }
    default:
      let listed = try list(rest)
      let paths = if let listed { listed } else { try words(rest) }
      for path in paths { execution.addVolume(path) }
    }
  }

  private static func isPort(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let numbers = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 2 && ["tcp", "udp", "sctp"].contains(parts[1]) && (1...2).contains(numbers.count)
      && numbers.allSatisfy { UInt16($0).map { $0 > 0 } ?? false }
  }

  /// `["a", "b"]`, or else words for a shell.
  private static func command(_ text: String) throws(RuntimeError) -> [String] {
    let words = try list(text)
    return words ?? ["/bin/sh", "-c", text]
  }

  /// A list in JSON; nil if it is something else.
  private static func list(_ text: String) throws(RuntimeError) -> [String]? {
    guard text.hasPrefix("[") else { return nil }
    guard let document = try? JSONDocument(parsing: Array(text.utf8)) else { return nil }
    let decoded = JSONReader.decode([String].self, from: document)
    guard decoded.faults.isEmpty else {
      throw RuntimeError(.invalidArgument, "found \(quoted(text)), expected a list of strings")
    }
    return decoded.value
  }

  private static func single(_ text: String) throws(RuntimeError) -> String {
    let words = try words(text)
    guard words.count == 1 else {
      throw RuntimeError(.invalidArgument, "found \(quoted(text)), expected one word")
    }
    return words[0]
  }

  /// `NAME=VALUE …`, or `NAME VALUE`.
  private static func pairs(_ text: String) throws(RuntimeError) -> [(name: String, value: String)] {
    let words = try words(text)
    if let first = words.first, !first.contains("="), words.count > 1 {
      return [(first, words.dropFirst().joined(separator: " "))]
    }
    var result: [(name: String, value: String)] = []
    for word in words {
      guard let sign = word.firstIndex(of: "="), sign != word.startIndex else {
        throw RuntimeError(.invalidArgument, "found \(quoted(word)), expected NAME=VALUE")
      }
      result.append((String(word[..<sign]), String(word[word.index(after: sign)...])))
    }
    return result
  }

  /// Words between blanks; quotes and backslashes keep blanks in them.
  private static func words(_ text: String) throws(RuntimeError) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in text {
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "\"" || character == "'" {
        quote = character
        word = word ?? ""
      } else if character == " " || character == "\t" {
        if let word { words.append(word) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil, !isEscaped else {
      throw RuntimeError(.invalidArgument, "found \(quoted(text)): a quote is not closed")
    }
    if let word { words.append(word) }
    return words
  }
}
