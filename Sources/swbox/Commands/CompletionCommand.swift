internal import ArgumentParser
internal import RuntimeErrors

/// `completion`
struct CompletionCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: "Print the script that completes swbox's words in a shell."
  )

  @Argument(help: ArgumentHelp("The shell.", valueName: "shell"))
  var shell: Shell

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    try Output.write(Swbox.completionScript(for: shell.kind) + "\n")
    return 0
  }
}

/// A shell that completes words.
enum Shell: String, ExpressibleByArgument, CaseIterable {
  case bash, zsh, fish

  /// The same in the library's terms.
  var kind: CompletionShell {
    switch self {
    case .bash: .bash
    case .zsh: .zsh
    case .fish: .fish
    }
  }
}
