internal import ArgumentParser
internal import Containers
internal import RuntimeErrors

/// `generate`
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Write files for other programs.",
    subcommands: [GenerateSystemdCommand.self]
  )

  func run() throws {
    throw CleanExit.helpRequest(self)
  }
}

/// `generate systemd`
struct GenerateSystemdCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "systemd",
    abstract: "Write a unit that runs a container like one that exists.",
    discussion: """
      The unit has the options that the container was run with, also its variables: who can read it reads these. It \
      makes the container anew each time. A container that was run with --in-place is the unit's main process, \
      with the sockets of a socket unit of the same name.
      """
  )
  static let title = "generate systemd"

  @Argument(help: ArgumentHelp("The container's name or ID.", valueName: "container"))
  var container: String

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let record = try session.containers().find(container).record
    try Output.write(try ServiceUnit(record, root: session.root).text)
    return 0
  }
}
