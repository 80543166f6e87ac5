internal import ArgumentParser

/// `pause`
struct PauseCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Stop all processes of a container until `resume`.")

  @ParentCommand var parent: Swrun

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  var requested: Invocation.Command { .pause(id: id) }
}

/// `resume`
struct ResumeCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let the processes of a paused container go on.")

  @ParentCommand var parent: Swrun

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  var requested: Invocation.Command { .resume(id: id) }
}
