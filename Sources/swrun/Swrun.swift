internal import ArgumentParser

/// The command line, in runc's form.
struct Swrun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swrun",
    abstract: "Run containers from OCI bundles.",
    usage: "swrun [<global-options>] <command> [<options>] [<argument> ...]",
    discussion: """
      A bundle is a directory with a config.json and a root filesystem. Write a config.json with \
      `swrun spec`, then run the bundle with `swrun run ID`.
      """,
    groupedSubcommands: [
      CommandGroup(
        name: "Lifecycle",
        subcommands: [
          CreateCommand.self, StartCommand.self, RunCommand.self, KillCommand.self, DeleteCommand.self,
        ]),
      CommandGroup(
        name: "Running containers",
        subcommands: [
          ExecCommand.self, PauseCommand.self, ResumeCommand.self, UpdateCommand.self, MountsCommand.self,
          CheckpointCommand.self, RestoreCommand.self,
        ]),
      CommandGroup(
        name: "Query",
        subcommands: [StateCommand.self, ListCommand.self, ProcessListCommand.self, EventsCommand.self]),
      CommandGroup(name: "Other", subcommands: [SpecCommand.self, FeaturesCommand.self]),
    ]
  )

  @OptionGroup var global: GlobalOptions

  func run() throws {
    throw CleanExit.helpRequest(self)
  }
}
