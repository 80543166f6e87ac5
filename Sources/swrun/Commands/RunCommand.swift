internal import ArgumentParser
internal import ContainerRuntime
internal import ContainerStore

/// `run`
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Create and start a container, and wait for its end.",
    discussion: "The exit status is the program's, or 128 + n if signal n ended it.")

  @ParentCommand var parent: Swrun
  private var global: GlobalOptions { parent.global }
  @OptionGroup var container: ContainerOptions

  @Flag(name: [.long, .customShort("d")], help: "Return when the program runs.")
  var detach = false

  @Flag(help: "Do not delete the container when its program ends.")
  var keep = false

  @Flag(name: .customLong("no-subreaper"), help: "Do not become the reaper of orphaned processes.")
  var noSubreaper = false

  func run() throws {
    let status = try Report.running("run \(container.id)", global) { log in
      var options = container.request(command: "run")
      options.isDetached = detach
      options.waitsForStartCommand = false
      return try Run.container(
        ContainerID(container.id), bundlePath: container.bundle, options: options,
        keepsContainer: keep, isSubreaper: !noSubreaper, store: global.store, log: log)
    }
    if status != 0 { throw ExitCode(status) }
  }
}
