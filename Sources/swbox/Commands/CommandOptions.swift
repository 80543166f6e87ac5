internal import ArgumentParser
internal import Glibc
internal import JSON
internal import RuntimeErrors

/// Options of the command in a container, its first or one more.
struct CommandOptionGroup: ParsableArguments {
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
}

/// From words to what they mean.
extension CommandOptionGroup {
  /// `--env-file`, then `--env`.
  func variables() throws(RuntimeError) -> [String] {
    for text in env where text.isEmpty || text.hasPrefix("=") {
      throw RuntimeError(.invalidArgument, "--env: found \(quoted(text)), expected NAME=VALUE or NAME")
    }
    var all = try Variables.read(files: envFile)
    for text in env {
      if let variable = try Variables.complete(text, option: "--env") { all.append(variable) }
    }
    return all
  }

  /// `--workdir`
  func directory() throws(RuntimeError) -> String? {
    guard let workdir else { return nil }
    return try Paths.inContainer(workdir, option: "--workdir", mayBeRoot: true)
  }

  /// Whether the command gets a terminal.
  func hasTerminal(isDetached: Bool) -> Bool {
    if noTTY { return false }
    return tty || !isDetached && isatty(0) == 1 && isatty(1) == 1
  }
}

/// A command that leaves all words from the first one that is no option of its own to another command.
protocol CommandTaking: PerformedCommand {
  var words: [String] { get }
}

/// Words that are not swbox's own options: what is meant, then a command.
struct CommandWords {
  /// The image or container; nil if none is named.
  let subject: String?
  /// The command and its arguments.
  let command: [String]

  /// - Parameters:
  ///   - words: As the parser left them: options come before the first of them.
  ///   - name: The command of swbox.
  ///   - hasSubject: Whether the first word is no part of the command.
  init(_ words: [String], of name: String, hasSubject: Bool = true) throws(RuntimeError) {
    var rest = words[...]
    if let first = rest.first, first.hasPrefix("-"), first != "--" {
      throw RuntimeError(
        .invalidArgument, "unknown option '\(first)'", hint: "`swbox \(name) --help` lists the options")
    }
    if hasSubject, rest.first == "--" { rest.removeFirst() }
    subject = hasSubject ? rest.popFirst() : nil
    if rest.first == "--" { rest.removeFirst() }
    command = Array(rest)
  }
}
