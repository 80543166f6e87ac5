internal import ArgumentParser

/// `state`
struct StateCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "state", abstract: "Print a container's state as JSON.")

  @ParentCommand var parent: Swrun

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  var requested: Invocation.Command { .state(id: id) }
}

/// `list`
struct ListCommand: InvokedCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the containers.")

  /// `--format`
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, json
  }

  @ParentCommand var parent: Swrun

  @Option(name: [.long, .customShort("f")], help: ArgumentHelp("table or json.", valueName: "format"))
  var format: Format = .table

  @Flag(name: [.long, .customShort("q")], help: "Print the IDs only.")
  var quiet = false

  var requested: Invocation.Command {
    if quiet { return .list(.ids) }
    return .list(format == .json ? .json : .table)
  }
}
