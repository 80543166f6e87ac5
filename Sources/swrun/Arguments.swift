/// The command line as both readers want it.
enum Arguments {
  /// runc's parser takes `-name` for `--name`, and clients use it (`-no-subreaper`). What `exec` and `ps` pass
  /// on stays as it is.
  ///
  /// - Parameters:
  ///   - arguments: With the program's name.
  /// - Returns: Without it.
  static func normalized(_ arguments: [String]) -> [String] {
    var words = arguments.dropFirst()
    var result: [String] = []
    var command: String?
    while let word = words.popFirst() {
      guard word.utf8.first == UInt8(ascii: "-"), word.utf8.count > 1 else {
        result.append(word)
        // The container's ID: what follows is another program's.
        if let command, passingOn.contains(command) { break }
        command = command ?? word
        continue
      }
      if word == "--" {
        words = [word] + words
        break
      }
      let option = hasOneDashTooFew(word) ? "-" + word : word
      result.append(option)
      if takingValue.contains(option), let value = words.popFirst() { result.append(value) }
    }
    return result + words
  }

  private static func hasOneDashTooFew(_ word: String) -> Bool {
    !word.hasPrefix("--") && word.prefix { $0 != "=" }.utf8.count > 2
      && word.dropFirst().first?.isLetter == true
  }

  /// Commands whose words after the ID are another program's.
  private static let passingOn: Set = ["exec", "ps"]

  /// Options of these commands and global ones that are followed by a value, which is no ID.
  private static let takingValue: Set = [
    "--root", "--log", "--log-format", "--rootless", "--criu", "--cgroup-manager",
    "--process", "-p", "--cwd", "--env", "-e", "--user", "-u", "--additional-gids", "-g", "--cap", "-c",
    "--process-label", "--apparmor", "--cgroup", "--pid-file", "--console-socket", "--pidfd-socket",
    "--preserve-fds", "--format", "-f",
  ]
}
