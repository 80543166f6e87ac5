internal import ArgumentParser
internal import Containers
internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// `run`
struct RunCommand: CommandTaking {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a command in a new container.",
    usage: "swbox run [<options>] (<image> | --rootfs <path>) [--] [<command> ...]",
    discussion: """
      The exit status is the command's, 128 + n if signal n ended it. It is 127 if the command is not in the \
      container, 126 if it cannot be executed, and 125 if swbox failed.
      """
  )

  @Option(
    help: ArgumentHelp(
      "In place of an image: a directory that is the root file system, or an archive of one.",
      valueName: "path"),
    completion: .file())
  var rootfs: String?

  @Flag(help: "Keep changes apart from the directory of --rootfs, and throw them away with the container.")
  var ephemeral = false

  @Flag(name: [.short, .long], help: "Print the container's ID, and let it run alone.")
  var detach = false

  @Flag(
    name: .customLong("in-place"),
    help: "Become the command: the same process, with the descriptors of LISTEN_FDS and SERVER_STARTER_PORT.")
  var inPlace = false

  @Option(
    name: .customLong("preserve-fds"),
    help: ArgumentHelp("With --in-place: pass on more descriptors, behind LISTEN_FDS.", valueName: "number"))
  var preservedDescriptors: UInt16 = 0

  @Option(help: ArgumentHelp("The runtime (default: swrun).", valueName: "path"), completion: .file())
  var runtime: String?

  @Option(help: ArgumentHelp("When the image is brought from its registry.", valueName: "when"))
  var pull: PullChoice = .missing

  @Option(
    name: .customLong("tls-verify"),
    help: ArgumentHelp("Whether that registry has to prove who it is.", valueName: "bool"))
  var tlsVerify: Bool?

  @OptionGroup var choice: PlatformOptionGroup

  @Flag(name: .customLong("dry-run"), help: "Print the runtime's config.json, and run nothing.")
  var dryRun = false

  @Option(help: ArgumentHelp("How --detach prints the ID.", valueName: "format"))
  var format: OutputFormat = .table

  @OptionGroup var container: ContainerOptions

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The image's name or ID, then the command and its arguments.", valueName: "word"))
  var words: [String] = []

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let words = try CommandWords(words, of: "run", hasSubject: rootfs == nil)
    let image = words.subject
    guard image != nil || rootfs != nil else {
      throw RuntimeError(.invalidArgument, "neither an image nor --rootfs is given")
    }
    // First of all: what is opened here must not take numbers of descriptors that are handed over.
    let sockets = inPlace ? try StarterSockets() : nil
    try sockets?.fillGaps()
    var options = try container.options()
    if let sockets { try placeItself(&options, sockets) }
    options.command = words.command
    options.ephemeral = ephemeral
    options.detached = detach
    options.terminal =
      inPlace ? container.command.tty : container.command.hasTerminal(isDetached: detach)
    let runtime = try RuntimeProgram.find(runtime)
    let catalog = try session.containers()
    if dryRun {
      try Output.write(
        String(decoding: try prepare(session, catalog, image, options).configuration(runtime), as: UTF8.self)
          + "\n")
      return 0
    }
    if inPlace, let name = options.name { try InPlace.clearName(name, in: catalog) }
    // The image store is open for this alone: others may sweep while the container runs.
    let made = try prepare(session, catalog, image, options).container(runtime)
    if inPlace {
      let format = session.messages.format.rawValue
      try InPlace(made, catalog: catalog, store: session.root, logFormat: format).become()
    }
    do throws(RuntimeError) {
      return try launch(made, catalog, session)
    } catch let error where error.code == .commandNotExecutable {
      guard let platform = made.record.origin.platform else { throw error }
      throw error.hinting(
        "the image is for \(platform): this machine, \(Platform.host), needs an emulator that binfmt_misc knows"
      )
    }
  }

  private func launch(
    _ made: Container, _ catalog: ContainerCatalog, _ session: Session
  ) throws(RuntimeError) -> Int32 {
    let launch = Launch(made, catalog: catalog, store: session.root)
    guard detach else { return try launch.attached(warn: session.messages.warning) }
    try launch.detached()
    if format == .json {
      try Output.write(json: ContainerReport(made))
    } else {
      try Output.write("\(made.id)\n")
    }
    return 0
  }

  private func placeItself(_ options: inout RunOptions, _ sockets: StarterSockets) throws(RuntimeError) {
    options.inPlace = true
    options.preservedDescriptors = max(Int(preservedDescriptors), Int(sockets.last) - 2)
    options.env = sockets.variables + options.env
  }

  private func prepare(
    _ session: Session, _ catalog: ContainerCatalog, _ image: String?, _ options: RunOptions
  ) throws(RuntimeError) -> Preparation {
    let store = try session.store()
    let creation = Creation(store, catalog)
    var preparation = Preparation(creation: creation, options: options)
    if let image {
      let platform = try choice.understood()
      try MissingImage(session: session, choice: pull, verifiesTLS: tlsVerify, platform: platform)
        .bring(image, in: store)
      preparation.origin = try creation.origin(image: image, platform: platform)
      return preparation
    }
    guard choice.platform == nil else {
      throw RuntimeError(.invalidArgument, "--platform: a root file system has none")
    }
    let path = try Paths.absolute(rootfs ?? "", option: "--rootfs")
    let file = try during("--rootfs") { () throws(RuntimeError) in try Kernel.open(path, flags: O_RDONLY) }
    if try Kernel.stat(file.number).st_mode & S_IFMT == S_IFDIR {
      preparation.origin.directory = path
    } else {
      preparation.origin.archive = path
      preparation.archive = FileSource(file, name: path)
    }
    guard preparation.origin.directory != nil || !ephemeral else {
      throw RuntimeError(.invalidArgument, "--ephemeral: an archive is never changed anyway")
    }
    return preparation
  }
}

/// A root file system that was found, and what is to be made of it.
private struct Preparation {
  let creation: Creation
  let options: RunOptions
  var origin = ContainerRecord.Origin()
  var archive: (any ByteSource)?

  init(creation: Creation, options: RunOptions) {
    self.creation = creation
    self.options = options
  }

  func container(_ runtime: String) throws(RuntimeError) -> Container {
    try creation.container(origin, archive: archive, options: options, runtime: runtime)
  }

  func configuration(_ runtime: String) throws(RuntimeError) -> [UInt8] {
    try creation.configuration(origin, archive: archive, options: options, runtime: runtime)
  }
}
