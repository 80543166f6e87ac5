/// The command line as ArgumentParser reads it.
enum Arguments {
  /// runc's parser takes `-name` for `--name`, and clients use it (`-no-subreaper`).
  ///
  /// - Parameters:
  ///   - arguments: Without the program's name.
  static func normalized(_ arguments: [String]) -> [String] {
    var isOver = false
    return arguments.map { argument in
      if argument == "--" { isOver = true }
      let isLongWithOneDash =
        argument.hasPrefix("-") && !argument.hasPrefix("--") && argument.prefix { $0 != "=" }.utf8.count > 2
        && argument.dropFirst().first?.isLetter == true
      return isLongWithOneDash && !isOver ? "-" + argument : argument
    }
  }
}
