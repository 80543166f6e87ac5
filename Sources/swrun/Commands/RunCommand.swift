internal import ArgumentParser

/// `run`
struct RunCommand: InvokedCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Create and start a container, and wait for its end.",
    discussion: """
      The exit status is the program's, or 128 + n if signal n ended it. With --in-place it is 125 if the container \
      could not be made, 126 if the program cannot be executed, 127 if it does not exist.
      """)

  @ParentCommand var parent: Swrun
  @Flag(name: [.long, .customShort("d")], help: "Return when the program runs.")
  var detach = false

  @Flag(help: "Do not delete the container when its program ends.")
  var keep = false

  @Flag(
    name: .customLong("in-place"),
    help: "Become the program: the same process, the same parent. `delete` removes the container.")
  var inPlace = false

  @Flag(name: .customLong("no-subreaper"), help: "Do not become the reaper of orphaned processes.")
  var noSubreaper = false

  // Last, because the container's ID comes after the options.
  @OptionGroup var container: ContainerOptions

  var requested: Invocation.Command {
    var request = RunRequest(container: container.request)
    request.detach = detach
    request.keep = keep
    request.noSubreaper = noSubreaper
    request.inPlace = inPlace
    return .run(request)
  }
}
