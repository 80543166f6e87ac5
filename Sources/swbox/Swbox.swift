internal import ArgumentParser
internal import RuntimeErrors

/// The command line, in podman's form where podman has the command.
struct Swbox: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swbox",
    abstract: "Containers for people, without a daemon.",
    usage: "swbox [<global-options>] <command> [<options>] [<argument> ...]",
    groupedSubcommands: [
      CommandGroup(
        name: "Containers",
        subcommands: [
          RunCommand.self, ExecCommand.self, EnterCommand.self, ListContainersCommand.self, LogsCommand.self,
          WaitCommand.self, StatusCommand.self, InspectContainerCommand.self, StatisticsCommand.self,
          TopCommand.self, DiffCommand.self, CopyCommand.self, CommitCommand.self, StopCommand.self,
          KillCommand.self, RemoveContainersCommand.self,
        ]),
      CommandGroup(
        name: "Images",
        subcommands: [
          ImagesCommand.self, TagCommand.self, RemoveImagesCommand.self, ImageCommand.self, LoadCommand.self,
          SaveCommand.self, BuildImageCommand.self, ImportCommand.self, ExportCommand.self,
          UnpackCommand.self,
        ]),
      CommandGroup(
        name: "Registries",
        subcommands: [PullCommand.self, PushCommand.self, LoginCommand.self, LogoutCommand.self]),
      CommandGroup(name: "Services", subcommands: [DeployCommand.self, GenerateCommand.self]),
      CommandGroup(name: "Store", subcommands: [TrustCommand.self, CollectCommand.self]),
      CommandGroup(name: "Other", subcommands: [CompletionCommand.self]),
    ]
  )

  @OptionGroup var global: GlobalOptions

  func run() throws {
    throw CleanExit.helpRequest(self)
  }
}

/// A command that does something once the whole command line is understood.
protocol PerformedCommand: ParsableCommand {
  /// The words that name the command: `image inspect`.
  static var title: String { get }
  /// Does it.
  ///
  /// - Parameters:
  ///   - session: The global options, and where warnings go.
  /// - Returns: The exit status.
  func perform(_ session: Session) throws(RuntimeError) -> Int32
}

extension PerformedCommand {
  static var title: String { configuration.commandName ?? "\(self)" }
}
