internal import ArgumentParser
internal import Glibc
internal import JSON
internal import RuntimeErrors

/// From words to a command that is done, and an exit status.
enum CommandLineReader {
  /// The status of swbox's own errors; others are those of a command that it ran. As podman has them.
  static let ownFailure: Int32 = 125

  /// Does what the words ask for, and prints an error, if there is one, once.
  ///
  /// - Parameters:
  ///   - words: As they were written, without the program's name.
  /// - Returns: The exit status.
  static func run(_ words: [String]) -> Int32 {
    do {
      var command = try Swbox.parseAsRoot(words)
      if let global = (command as? Swbox)?.global, global.version {
        return report(.text) { () throws(RuntimeError) in try Output.write(Version.text) }
      }
      if let command = command as? any CommandTaking, ["-h", "--help"].contains(command.words.first) {
        throw CleanExit.helpRequest(type(of: command))
      }
      if let command = command as? any PerformedCommand { return perform(command, words) }
      // Only help is left, which comes as an error.
      try command.run()
      return 0
    } catch {
      return answer(error, words)
    }
  }

  /// Refuses words that are no text.
  ///
  /// - Returns: The exit status if there is one.
  static func refuseBytes() -> Int32? {
    let status = report(.text) { () throws(RuntimeError) in
      try CommandLine.requireText(hint: "a file or standard input can have any bytes")
    }
    return status == 0 ? nil : status
  }

  private static func perform(_ command: some PerformedCommand, _ words: [String]) -> Int32 {
    var status: Int32 = 0
    let options = globalOptions(words)
    let failure = report(options?.logFormat ?? .text) { () throws(RuntimeError) in
      // First of all: later there are threads.
      try during(type(of: command).title) { () throws(RuntimeError) in try type(of: command).standing.take() }
      let session = try Session(root: options?.root, logFormat: options?.logFormat ?? .text)
      status = try during(type(of: command).title) { () throws(RuntimeError) in try command.perform(session) }
    }
    return failure == 0 ? status : failure
  }

  /// Prints an error that `body` throws.
  ///
  /// - Returns: The exit status.
  private static func report(_ format: LogFormat, _ body: () throws(RuntimeError) -> Void) -> Int32 {
    do throws(RuntimeError) {
      try body()
      return 0
    } catch {
      Messages(format).failure(error)
      return status(of: error)
    }
  }

  /// As podman and shells have them.
  private static func status(of error: RuntimeError) -> Int32 {
    switch error.code {
    case .commandNotExecutable: 126
    case .commandNotFound: 127
    default: ownFailure
    }
  }

  /// The options before the command's name; nil if they are wrong.
  private static func globalOptions(_ words: [String]) -> GlobalOptions? {
    var leading: [String] = []
    var rest = words[...]
    while let word = rest.popFirst(), word.hasPrefix("-") {
      leading.append(word)
      if ["--root", "--log-format"].contains(word), let value = rest.popFirst() { leading.append(value) }
    }
    return try? GlobalOptions.parse(leading)
  }

  /// Prints the help that was asked for, or what is wrong with the command line.
  ///
  /// - Returns: The exit status.
  private static func answer(_ error: any Error, _ words: [String]) -> Int32 {
    guard Swbox.exitCode(for: error) == .success else {
      let format = globalOptions(words)?.logFormat ?? .text
      let text = Swbox.message(for: error)
      let message = text.prefix(1).lowercased() + text.dropFirst()
      Messages(format).failure(RuntimeError(.invalidArgument, message))
      if format == .text { Messages.write(usage(of: words)) }
      return ownFailure
    }
    return report(.text) { () throws(RuntimeError) in
      try Output.write(Swbox.fullMessage(for: error) + "\n")
    }
  }

  /// The synopsis of the command that was meant.
  private static func usage(of words: [String]) -> String {
    var command: any ParsableCommand.Type = Swbox.self
    for word in words {
      guard let next = command.configuration.subcommands.first(where: { $0._commandName == word }) else {
        continue
      }
      command = next
    }
    return "usage: \(Swbox.usageString(for: command))\n"
  }
}
