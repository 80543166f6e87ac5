internal import ArgumentParser
internal import RuntimeErrors

/// What is wrong with a command line, in words that name the option and the command.
///
/// ArgumentParser only says that it does not understand; this looks again, by its description of the commands.
struct UsageMistake {
  let error: RuntimeError
  /// The synopsis of the command that was meant.
  let usage: String

  /// The first mistake.
  ///
  /// - Parameters:
  ///   - words: As they were written, without the program's name.
  /// - Returns: Nil if all that can be seen without knowing the kinds of values is right.
  static func find(in words: [String]) -> UsageMistake? {
    guard let program = CommandTable.program else { return nil }
    var search = UsageSearch(program: program, words: words[...])
    return search.mistake().map { UsageMistake(error: $0, usage: usage(of: search.command?.commandName)) }
  }

  /// The first mistake; or what ArgumentParser says of a value that is none of its kind.
  static func find(in words: [String], orElse message: String) -> UsageMistake {
    if let mistake = find(in: words) { return mistake }
    let text = message.prefix(1).lowercased() + message.dropFirst()
    let name = words.first { word in
      Swrun.configuration.subcommands.contains { $0.configuration.commandName == word }
    }
    return UsageMistake(error: RuntimeError(.invalidArgument, text), usage: usage(of: name))
  }

  /// A command that there is not, whatever else is asked of it: clients probe for commands by their help.
  static func unknownCommand(in words: [String]) -> UsageMistake? {
    guard let program = CommandTable.program else { return nil }
    var search = UsageSearch(program: program, words: words[...])
    guard let error = search.mistake(), search.lacksCommand else { return nil }
    return UsageMistake(error: error, usage: usage(of: nil))
  }

  /// A path that is empty, of a variable that is not set most likely: it would be none, or the working directory.
  static func emptyPath(in words: [String]) -> UsageMistake? {
    guard words.contains(where: { $0.isEmpty || $0.hasSuffix("=") }), let program = CommandTable.program
    else { return nil }
    var search = UsageSearch(program: program, words: words[...])
    guard let error = search.mistake(), search.hasEmptyPath else { return nil }
    return UsageMistake(error: error, usage: usage(of: search.command?.commandName))
  }

  private static func usage(of command: String?) -> String {
    let known = Swrun.configuration.subcommands.first { $0.configuration.commandName == command }
    return known.map { Swrun.usageString(for: $0) } ?? Swrun.usageString()
  }
}

/// A walk along the words of a command line, up to the first mistake.
struct UsageSearch {
  let program: CommandTable.Command
  var words: ArraySlice<String>
  /// The command, once its name was read.
  private(set) var command: CommandTable.Command?

  /// Whether the mistake is a command that there is not.
  private(set) var lacksCommand = false
  /// Whether it is a path without a letter.
  private(set) var hasEmptyPath = false

  init(program: CommandTable.Command, words: ArraySlice<String>) {
    self.program = program
    self.words = words
  }

  /// - Returns: Nil if all that can be seen without looking at the values is right.
  mutating func mistake() -> RuntimeError? {
    var operands = 0
    var isOver = false
    while let word = words.popFirst() {
      if word == "--", command != nil, !isOver {
        isOver = true
      } else if UsageSearch.isOption(word), !isOver {
        if let error = option(word) { return error }
      } else if let command {
        if command.commandName == "help" {
          lacksCommand = program.named(word) == nil
          return lacksCommand ? unknown(word) : nil
        }
        if command.passesOn { return nil }
        operands += 1
        if operands > command.operands.count {
          return fault("unexpected argument \"\(word)\" of \(command.commandName)")
        }
      } else {
        command = program.named(word)
        lacksCommand = command == nil
        if lacksCommand { return unknown(word) }
      }
    }
    guard let command, command.commandName != "help" else { return nil }
    let missing = command.operands.dropFirst(operands).first { !$0.isOptional }
    return missing.map { fault("\(command.commandName) needs an argument: <\($0.valueName ?? "value")>") }
  }

  private static func isOption(_ word: String) -> Bool { word.hasPrefix("-") && word.utf8.count > 1 }

  /// An option, and its value if it takes one.
  private mutating func option(_ word: String) -> RuntimeError? {
    let separated = Arguments.separated(word, OptionTable(of: command?.commandName))
    // Of `-pid-file` messages speak as it was written.
    let isLong = separated.count == 1 && separated[0].hasPrefix("--")
    let word = isLong ? word : separated[0]
    words = separated.dropFirst() + words
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let written = isLong && !parts[0].hasPrefix("--") ? "-" + parts[0] : parts[0]
    guard let option = command?.option(written) ?? program.option(written) else {
      return unknownOption(parts[0], written)
    }
    if option.kind == "flag" {
      guard parts.count == 2, Arguments.boolean(parts[1]) == nil else { return nil }
      return fault("\(parts[0]): \"\(parts[1])\" is neither true nor false")
    }
    var value = parts.count == 2 ? parts[1] : nil
    if value == nil, let next = words.first, !UsageSearch.isOption(next) { value = words.popFirst() }
    // The words of runc's parser: podman probes for options with them.
    guard let value else { return fault("flag needs an argument: \(parts[0])") }
    hasEmptyPath = value.isEmpty && ["dir", "file", "path"].contains(option.valueName)
    if hasEmptyPath { return fault("\(parts[0]): the path is empty") }
    guard let known = option.allValues, !known.isEmpty, !known.contains(value) else { return nil }
    return fault("\(parts[0]): \"\(value)\" is none of \(known.joined(separator: ", "))")
  }

  private func unknownOption(_ name: String, _ written: String) -> RuntimeError {
    let place = command.map { " of \($0.commandName)" } ?? ""
    return fault("unknown option \(name)\(place)", hint: hint(name, written))
  }

  private func hint(_ name: String, _ written: String) -> String? {
    if command == nil, let owner = program.subcommands?.first(where: { $0.option(written) != nil }) {
      return "\(name) is an option of \(owner.commandName), and stands after that word"
    }
    let names = ((command?.optionNames ?? []) + program.optionNames).filter { $0.hasPrefix("--") }
    return Spelling.nearest(to: String(written.dropFirst(2)), among: names.map { String($0.dropFirst(2)) })
      .map { "did you mean --\($0)?" }
  }

  private func unknown(_ name: String) -> RuntimeError {
    let nearest = Spelling.nearest(to: name, among: (program.subcommands ?? []).map(\.commandName))
    return fault(
      "unknown command \"\(name)\"",
      hint: nearest.map { "did you mean \"\($0)\"?" } ?? "`swrun --help` lists the commands")
  }

  private func fault(_ message: String, hint: String? = nil) -> RuntimeError {
    RuntimeError(.invalidArgument, message, hint: hint)
  }
}
