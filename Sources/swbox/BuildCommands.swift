internal import Containers
internal import Glibc
internal import ImageBuild
internal import ImageStore
internal import LinuxKernel
internal import RuntimeErrors

/// Runs the commands of build steps in containers, as `run` does. The build has a process for each.
final class BuildCommands: CommandRunner {
  private let runtime: String?
  private let session: Session

  /// - Parameters:
  ///   - runtime: As `--runtime` names it.
  init(runtime: String?, _ session: Session) {
    self.runtime = runtime
    self.session = session
  }

  func run(_ command: BuildCommand) throws(RuntimeError) -> Int32 {
    let catalog = try session.containers()
    var origin = ContainerRecord.Origin()
    origin.directory = command.root
    let creation = Creation(try session.store(), catalog)
    let container = try creation.container(
      origin, archive: nil, options: try options(for: command), runtime: RuntimeProgram.find(runtime))
    try useOwnStreams()
    let launch = Launch(container, catalog: catalog, store: session.root)
    return try launch.attached(warn: session.messages.warning)
  }

  private func options(for command: BuildCommand) throws(RuntimeError) -> RunOptions {
    var options = RunOptions()
    options.command = command.words
    options.remove = true
    options.env = command.environment
    options.user = command.user
    options.workdir = command.workingDirectory
    // Another name each time would find its way into files.
    options.hostname = "swbox-build"
    if let network = command.network.flatMap(NetworkKind.init(rawValue:)) { options.network = network }
    let paths = [
      ("/proc", command.hasProc), ("/dev", command.hasDev), ("/sys", command.hasSys),
      ("/etc/resolv.conf", command.hasResolvConf), ("/etc/hosts", command.hasHosts),
    ]
    options.omittedMounts = paths.filter { !$0.1 }.map(\.0)
    options.mounts = command.files.map { file in
      var mount = VolumeOption()
      mount.source = file.source
      mount.destination = file.target
      mount.options = ["ro"]
      return mount
    }
    return options
  }

  /// The command reads nothing, and what it writes goes to standard error, as standard output may be the image.
  private func useOwnStreams() throws(RuntimeError) {
    let null = try Kernel.open("/dev/null", flags: O_RDONLY)
    try Kernel.duplicate(null.number, as: 0)
    try Kernel.duplicate(2, as: 1)
  }
}
