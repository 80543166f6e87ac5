internal import ArgumentParser

/// Options before the command's name.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Directory for images and layers (default: /var/lib/swbox; without root $XDG_DATA_HOME/swbox).",
      valueName: "dir"), completion: .directory)
  var root: String?

  @Option(name: .customLong("log-format"), help: ArgumentHelp("The form of messages.", valueName: "format"))
  var logFormat: LogFormat = .text

  @Flag(name: [.long, .customShort("v")], help: "Print the version.")
  var version = false
}

/// `--log-format`
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

/// `--format` of commands that print a list or an object.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json
}
