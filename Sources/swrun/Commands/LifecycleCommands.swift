internal import ArgumentParser

/// `start`
struct StartCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Run the program of a created container.")

  @ParentCommand var parent: Swrun

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  var requested: Invocation.Command { .start(id: id) }
}

/// `kill`
struct KillCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "Send a signal to a container's first process.")

  @ParentCommand var parent: Swrun

  @Flag(name: [.long, .customShort("a")], help: "Send it to all the container's processes.")
  var all = false

  @Flag(name: [.long, .customShort("r")], help: "The name is a regular expression; signal all that fit.")
  var regex = false

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  @Argument(
    help: ArgumentHelp("Name or number: TERM, SIGTERM, 15.", valueName: "signal"), completion: .signals)
  var signal = "TERM"

  var requested: Invocation.Command { .kill(id: id, signal: signal, all: all, isPattern: regex) }
}

/// `delete`
struct DeleteCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Remove a container and all that was made for it.")

  @ParentCommand var parent: Swrun

  @Flag(
    name: [.long, .customShort("f")], help: "Kill the container first if it lives; no error if there is none."
  )
  var force = false

  @Flag(name: [.long, .customShort("r")], help: "The name is a regular expression; remove all that fit.")
  var regex = false

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  var requested: Invocation.Command { .delete(id: id, force: force, isPattern: regex) }
}
