internal import ArgumentParser
internal import Containers
internal import Glibc
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
  /// As who the command works where a person without privileges calls it.
  static var standing: Standing { get }
  /// Does it.
  ///
  /// - Parameters:
  ///   - session: The global options, and where warnings go.
  /// - Returns: The exit status.
  func perform(_ session: Session) throws(RuntimeError) -> Int32
}

extension PerformedCommand {
  static var title: String { configuration.commandName ?? "\(self)" }
  static var standing: Standing { .person }
}

/// Who a command is where a person without privileges calls it.
enum Standing {
  /// Nobody else: it only reads and writes files of the person's own.
  case person
  /// Root of the person's own user namespace where that can be had: layers need it, blobs do not.
  case rootIfPossible
  /// Root of the person's own user namespace: containers are in it.
  case root

  /// Becomes it. The process has one thread yet.
  func take() throws(RuntimeError) {
    guard self != .person else { return }
    do throws(RuntimeError) {
      try OwnNamespace.enter()
    } catch {
      // Half-way there is no way back, and a directory that is somebody else's is no reason to go on without.
      if self == .root || geteuid() == 0 || error.code == .invalidArgument { throw error }
    }
  }
}
