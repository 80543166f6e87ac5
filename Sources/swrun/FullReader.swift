internal import ArgumentParser
internal import Glibc
internal import RuntimeErrors

/// Reads any command line with ArgumentParser, and does what it says.
enum FullReader {
  /// Ends the program.
  ///
  /// - Parameters:
  ///   - words: As they were written, without the program's name.
  static func run(_ words: [String]) -> Never {
    do {
      var command = try Swrun.parseAsRoot(Arguments.normalized(words))
      if let mistake = UsageMistake.emptyPath(in: words) { exit(refuse(mistake, words)) }
      if let invocation = invocation(of: command) { exit(invocation.execute()) }
      // Only help is left, which comes as an error.
      try command.run()
      exit(0)
    } catch {
      exit(answer(error, words))
    }
  }

  /// What a command asks for; nil for help.
  static func invocation(of command: any ParsableCommand) -> Invocation? {
    if let command = command as? any InvokedCommand { return command.invocation }
    guard let global = (command as? Swrun)?.global, global.version else { return nil }
    return Invocation(global: global.settings, command: .version)
  }

  /// Prints the help, or the script, that was asked for; or what is wrong with the command line.
  ///
  /// - Returns: The exit status.
  private static func answer(_ error: any Error, _ words: [String]) -> Int32 {
    guard Swrun.exitCode(for: error) == .success else {
      return refuse(UsageMistake.find(in: words, orElse: Swrun.message(for: error)), words)
    }
    // ArgumentParser takes help of an unknown command for the program's.
    if let mistake = UsageMistake.unknownCommand(in: words) { return refuse(mistake, words) }
    do throws(RuntimeError) {
      try Output.write(Swrun.fullMessage(for: error) + "\n")
      return 0
    } catch {
      Report.plain(error)
      return 1
    }
  }

  /// Tells of a mistake, in the log too, and shows the command's usage to people.
  private static func refuse(_ mistake: UsageMistake, _ words: [String]) -> Int32 {
    let global = QuickReader.leadingOptions(Arguments.normalized(words))
    var showsText = true
    do throws(RuntimeError) {
      let report = try Report(global)
      report.failure(mistake.error)
      showsText = report.showsText
    } catch {
      Report.plain(error)
      Report.plain(mistake.error)
    }
    if showsText { StandardErrorLog.write("usage: \(mistake.usage)\n") }
    return 1
  }
}
