internal import ArgumentParser
internal import Containers
internal import Glibc
internal import RuntimeErrors

/// `exec`
struct ExecCommand: PerformedCommand {
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
    let (container, command) = try ExecOptionGroup.split(words, command: "exec")
    guard !command.isEmpty else {
      throw RuntimeError(.invalidArgument, "no command is given", hint: "`swbox enter` runs a shell")
    }
    return try options.run(container, command, isDetached: detach, session)
  }
}

/// `enter`
struct EnterCommand: PerformedCommand {
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
    let (container, command) = try ExecOptionGroup.split(words, command: "enter")
    return try options.run(container, command, isDetached: false, session)
  }
}

/// Options that `exec` and `enter` share.
struct ExecOptionGroup: ParsableArguments {
  @Flag(name: [.short, .long], help: "Standard input is passed on; it always is, but for --detach.")
  var interactive = false

  @Flag(
    name: [.short, .long],
    help: "Give the command a terminal; it has one by itself if standard input and output are terminals.")
  var tty = false

  @Flag(name: .customLong("no-tty"), help: "Give the command pipes.")
  var noTTY = false

  @Option(
    name: [.short, .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("One more variable; a name alone has the caller's value.", valueName: "name=value"))
  var env: [String] = []

  @Option(
    name: .customLong("env-file"), help: ArgumentHelp("File with a variable a line.", valueName: "path"),
    completion: .file())
  var envFile: [String] = []

  @Option(
    name: [.customShort("w"), .long], help: ArgumentHelp("Where the command starts.", valueName: "dir"))
  var workdir: String?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("Who runs the command: names of the container, or IDs.", valueName: "user[:group]"))
  var user: String?

  @Option(help: ArgumentHelp("The group, in place of the user's.", valueName: "group"))
  var group: String?

  @Flag(help: "Give the command all capabilities.")
  var privileged = false

  /// The container, and what is behind it.
  static func split(
    _ words: [String], command: String
  ) throws(RuntimeError) -> (container: String, command: [String]) {
    var rest = words[...]
    if let first = rest.first, first.hasPrefix("-"), first != "--" {
      throw RuntimeError(
        .invalidArgument, "unknown option '\(first)'", hint: "`swbox \(command) --help` lists the options")
    }
    if rest.first == "--" { rest.removeFirst() }
    guard let container = rest.popFirst() else {
      throw RuntimeError(.invalidArgument, "no container is given")
    }
    if rest.first == "--" { rest.removeFirst() }
    return (container, Array(rest))
  }

  /// Runs a command.
  ///
  /// - Returns: The exit status.
  func run(
    _ container: String, _ command: [String], isDetached: Bool, _ session: Session
  ) throws(RuntimeError) -> Int32 {
    let catalog = try session.containers()
    var execution = Execution()
    execution.command = command
    execution.env = try Variables.read(files: envFile) + env.compactMap(Variables.complete)
    if let workdir {
      execution.workdir = try Paths.inContainer(workdir, option: "--workdir", mayBeRoot: true)
    }
    execution.user = user
    execution.group = group
    execution.privileged = privileged
    execution.detached = isDetached
    execution.terminal = !noTTY && (tty || !isDetached && isatty(0) == 1 && isatty(1) == 1)
    return try execution.run(in: catalog.find(container), of: catalog, warn: session.messages.warning)
  }
}
