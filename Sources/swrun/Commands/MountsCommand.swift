internal import ArgumentParser
internal import ContainerRuntime

/// `mounts`
struct MountsCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "mounts", abstract: "Add mounts to a container that runs, or remove them.",
    discussion: "All of them are changed, or none.")

  /// What is to be done.
  enum Change: String, ExpressibleByArgument, CaseIterable {
    case add, remove
  }

  @ParentCommand var parent: Swrun

  @Argument(help: ArgumentHelp("add or remove.", valueName: "add|remove"))
  var change: Change

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  @Argument(
    help: ArgumentHelp(
      "File with the mounts as JSON, as in config.json; - is standard input.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var file: String

  var requested: Invocation.Command { .mounts(id: id, change == .add ? .add : .remove, file: file) }
}
