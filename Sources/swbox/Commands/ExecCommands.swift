internal import ArgumentParser
internal import Containers
internal import RuntimeErrors

/// `exec`
struct ExecCommand: CommandTaking {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run one more command in a container that runs.",
    usage: "swbox exec [<options>] <container> [--] <command> ...",
    discussion: "The exit status is as that of `swbox run`."
  )

  @OptionGroup var options: ExecOptionGroup

  @Flag(name: [.short, .long], help: "Let the command run alone.")
  var detach = false

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The container's name or ID, then the command and its arguments.", valueName: "word"))
  var words: [String] = []

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let words = try CommandWords(words, of: "exec")
    guard words.subject == nil || !words.command.isEmpty else {
      throw RuntimeError(.invalidArgument, "no command is given", hint: "`swbox enter` runs a shell")
    }
    return try options.run(words, isDetached: detach, session)
  }
}

/// `enter`
struct EnterCommand: CommandTaking {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "enter",
    abstract: "Run a shell in a container that runs.",
    usage: "swbox enter [<options>] <container> [--] [<command> ...]",
    discussion: "It is the shell that the container's /etc/passwd names, else /bin/bash or /bin/sh."
  )

  @OptionGroup var options: ExecOptionGroup

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The container's name or ID, then perhaps a command.", valueName: "word"))
  var words: [String] = []

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    try options.run(CommandWords(words, of: "enter"), isDetached: false, session)
  }
}

/// Options that `exec` and `enter` share.
struct ExecOptionGroup: ParsableArguments {
  @OptionGroup var command: CommandOptionGroup

  @Flag(help: "Give the command all capabilities.")
  var privileged = false

  /// Runs a command.
  ///
  /// - Returns: The exit status.
  func run(
    _ words: CommandWords, isDetached: Bool, _ session: Session
  ) throws(RuntimeError) -> Int32 {
    guard let container = words.subject else {
      throw RuntimeError(.invalidArgument, "no container is given")
    }
    let catalog = try session.containers()
    var execution = Execution()
    execution.command = words.command
    execution.env = try command.variables()
    execution.workdir = try command.directory()
    execution.user = command.user
    execution.group = command.group
    execution.privileged = privileged
    execution.detached = isDetached
    execution.terminal = command.hasTerminal(isDetached: isDetached)
    return try execution.run(in: catalog.find(container), of: catalog, warn: session.messages.warning)
  }
}
