internal import ArgumentParser

/// The command line, in runc's form.
struct Swrun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swrun",
    abstract: "Run containers from OCI bundles.",
    discussion: """
      A bundle is a directory with a config.json and a root filesystem. Write a config.json with \
      `swrun spec`, then run the bundle with `swrun run ID`.
      """,
    subcommands: [
      CreateCommand.self, StartCommand.self, RunCommand.self, StateCommand.self, KillCommand.self,
      PauseCommand.self, ResumeCommand.self, ProcessListCommand.self, UpdateCommand.self, EventsCommand.self,
      DeleteCommand.self, ListCommand.self, SpecCommand.self, FeaturesCommand.self,
    ]
  )

  @OptionGroup var global: GlobalOptions

  func run() throws {
    if global.version {
      print(Version.text)
      return
    }
    throw CleanExit.helpRequest(self)
  }
}
