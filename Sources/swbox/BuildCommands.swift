internal import ImageBuild
internal import RuntimeErrors

/// Runs the commands of build steps in containers.
final class BuildCommands: CommandRunner {
  private let runtime: String?
  private let session: Session

  init(runtime: String?, _ session: Session) {
    self.runtime = runtime
    self.session = session
  }

  func run(_ command: BuildCommand) throws(RuntimeError) -> Int32 {
    throw RuntimeError(.unsupported, "commands cannot be run yet")
  }
}
