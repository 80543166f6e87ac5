internal import ArgumentParser

/// `ps`
struct ProcessListCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "ps", abstract: "List the processes of a container.",
    discussion: "Everything after the container's name goes to ps; the default is -ef.")

  @ParentCommand var parent: Swrun

  @Option(name: [.long, .customShort("f")], help: ArgumentHelp("table or json.", valueName: "format"))
  var format: ListCommand.Format = .table

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  @Argument(help: ArgumentHelp("Options of ps, for the table.", valueName: "ps-option"))
  var options: [String] = []

  var requested: Invocation.Command {
    .ps(id: id, format: format == .json ? .json : .table, options: options)
  }
}

/// `events`
struct EventsCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Print statistics, and when memory is used up, as JSON.")

  @ParentCommand var parent: Swrun

  @Option(
    help: ArgumentHelp("Time between statistics: 5s, 1m30s, 250ms.", valueName: "duration"))
  var interval = "5s"

  @Flag(help: "Print statistics once, and end.")
  var stats = false

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  var requested: Invocation.Command { .events(id: id, interval: interval, once: stats) }
}
