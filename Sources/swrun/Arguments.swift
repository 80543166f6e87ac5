/// The command line as ArgumentParser reads it.
enum Arguments {
  /// runc's parser takes `-name` for `--name`, and clients use it (`-no-subreaper`). It also takes `--name=`
  /// for an empty value, where ArgumentParser would take the next word.
  ///
  /// - Parameters:
  ///   - arguments: Without the program's name.
  static func normalized(_ arguments: [String]) -> [String] {
    var isOver = false
    return arguments.flatMap { argument in
      if argument == "--" { isOver = true }
      guard !isOver, argument.hasPrefix("-") else { return [argument] }
      let word = isLongWithOneDash(argument) ? "-" + argument : argument
      let sign = word.utf8.firstIndex(of: UInt8(ascii: "="))
      return sign == word.utf8.indices.last ? [String(word.dropLast()), ""] : [word]
    }
  }

  private static func isLongWithOneDash(_ argument: String) -> Bool {
    !argument.hasPrefix("--") && argument.prefix { $0 != "=" }.utf8.count > 2
      && argument.dropFirst().first?.isLetter == true
  }
}
