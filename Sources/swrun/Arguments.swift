/// The command line as its readers take it.
enum Arguments {
  /// Options before the command whose value is the next word.
  private static let globalValues: Set = [
    "--root", "--log", "--log-format", "--rootless", "--criu", "--cgroup-manager",
  ]

  /// Commands that pass everything after the container's name on, and their own options with a value.
  private static let passing: [String: Set<String>] = [
    "ps": ["--format", "-f"],
    "exec": [
      "--process", "-p", "--cwd", "--env", "-e", "--user", "-u", "--additional-gids", "-g", "--cap", "-c",
      "--process-label", "--apparmor", "--cgroup", "--pid-file", "--console-socket", "--pidfd-socket",
      "--preserve-fds",
    ],
  ]

  /// Writes `-name` as `--name`, which runc's parser takes for the same and clients use
  /// (`-no-subreaper`); makes the empty value of `--name=` a word, where ArgumentParser would take the next
  /// one; and puts `--` before what is to be passed on as it is.
  ///
  /// - Parameters:
  ///   - arguments: Without the program's name.
  static func normalized(_ arguments: [String]) -> [String] {
    var words = arguments[...]
    var result: [String] = []
    var command: String?
    while let word = words.popFirst() {
      if word == "--" { return result + [word] + words }
      let values = command.map { passing[$0] ?? [] } ?? globalValues
      if word.utf8.first == UInt8(ascii: "-") {
        result += option(word)
        if values.contains(result[result.count - 1]), let value = words.popFirst() { result.append(value) }
      } else if let command, passing[command] != nil {
        return result + ["--", word] + words
      } else {
        command = command ?? word
        result.append(word)
      }
    }
    return result
  }

  /// An option with two dashes if it is a long one, and its value if that is empty.
  private static func option(_ word: String) -> [String] {
    let isLongWithOneDash =
      !word.hasPrefix("--") && word.prefix { $0 != "=" }.utf8.count > 2
      && word.dropFirst().first?.isLetter == true
    let word = isLongWithOneDash ? "-" + word : word
    let sign = word.utf8.firstIndex(of: UInt8(ascii: "="))
    return sign == word.utf8.indices.last ? [String(word.dropLast()), ""] : [word]
  }
}
