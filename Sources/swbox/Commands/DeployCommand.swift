internal import ArgumentParser
internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import LinuxKernel
internal import RuntimeErrors

/// `deploy`
struct DeployCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "deploy",
    abstract: "Unpack a new version of a root file system beside the old ones, and switch to it at once.",
    usage: """
      swbox deploy [--keep <number>] (--image <image> | --archive <path>) <dir>
      swbox deploy --rollback <dir>
      swbox deploy --list <dir>
      """,
    discussion: """
      <dir>/current is a symbolic link to the version that is in use, <dir>/releases/<number> are all that are kept. \
      Whatever is interrupted, the link leads to the old version or to the new one.
      """
  )

  @Option(help: ArgumentHelp("How many versions before the new one stay.", valueName: "number"))
  var keep = 3

  @Option(help: ArgumentHelp("The version: an image's name or ID.", valueName: "image"))
  var image: String?

  @OptionGroup var choice: PlatformOptionGroup

  @Option(
    help: ArgumentHelp(
      "The version: an archive of a root file system; - is standard input.", valueName: "path"),
    completion: .file())
  var archive: String?

  @Flag(help: "Switch back to the version before the current one.")
  var rollback = false

  @Flag(help: "List the versions.")
  var list = false

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(
    help: ArgumentHelp("Where the versions are; made if it is missing.", valueName: "dir"),
    completion: .directory)
  var directory: String

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    guard [image != nil, archive != nil, rollback, list].filter(\.self).count == 1 else {
      throw RuntimeError(
        .invalidArgument, "exactly one of --image, --archive, --rollback and --list is needed")
    }
    guard choice.platform == nil || image != nil else {
      throw RuntimeError(.invalidArgument, "--platform: only an image has one")
    }
    guard (0...10_000).contains(keep) else {
      throw RuntimeError(.invalidArgument, "--keep: found \(keep), expected 0 to 10000")
    }
    if list {
      try print(try Deployment(directory).list())
    } else if rollback {
      try print([try Deployment(directory).rollBack()])
    } else {
      try print([try deploy(session)])
    }
    return 0
  }

  /// The directory last: nothing is made for an archive or image that is not there.
  private func deploy(_ session: Session) throws(RuntimeError) -> Deployment.Release {
    if let archive {
      let source = try DeployCommand.source(archive)
      return try deployment(session).deploy(keeping: keep) { (target) throws(RuntimeError) in
        try during(archive) { () throws(RuntimeError) in
          let reader = TarReader(try DecompressedSource(source), limits: UnpackOptions().limits)
          try Unpacker(root: target).apply(reader, isBase: true)
        }
      }
    }
    let store = try session.store()
    let found = try store.find(image ?? "")
    let contents =
      if let platform = try choice.understood() { try store.contents(of: found, asked: platform) } else {
        try store.contents(of: found)
      }
    return try deployment(session).deploy(keeping: keep) { (target) throws(RuntimeError) in
      try store.unpack(contents, to: target)
    }
  }

  private func deployment(_ session: Session) throws(RuntimeError) -> Deployment {
    let deployment = try Deployment(making: directory)
    deployment.warn = session.messages.warning
    return deployment
  }

  private static func source(_ path: String) throws(RuntimeError) -> any ByteSource {
    if path == "-" { return try StandardInput.source(hint: "--archive names a file") }
    return try during("--archive") { () throws(RuntimeError) in
      FileSource(try Kernel.open(path, flags: O_RDONLY), name: path)
    }
  }

  private func print(_ releases: [Deployment.Release]) throws(RuntimeError) {
    if format == .json { return try Output.write(json: releases) }
    guard list else { return try Output.write(releases.map { "\($0.path)\n" }.joined()) }
    try Output.write(
      table: ["VERSION", "CURRENT", "PATH"],
      releases.map { ["\($0.number)", $0.isCurrent ? "*" : "", $0.path] })
  }
}
