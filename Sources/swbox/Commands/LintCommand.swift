internal import AppContainerImage
internal import ArgumentParser
internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// `image lint`
struct LintImageCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Tell of all rules of its specification that an image breaks."
  )
  static let title = "image lint"

  @Flag(help: "Count what goes against a recommendation as a failure, too.")
  var strict = false

  @Option(help: ArgumentHelp("How the faults are printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(
    help: ArgumentHelp(
      "An image's name or ID; or, with a slash first or ./, an image layout, as a directory or an archive, or an App Container Image.",
      valueName: "image"), completion: .file())
  var image: String

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let faults = try faults(session)
    let fails = faults.contains { strict || $0.rank == .violation }
    if format == .json {
      try Output.write(json: faults)
    } else {
      for fault in faults {
        let rank = fault.rank == .violation ? Style.red : Style.yellow
        try Output.write("\(rank.on(fault.rank.rawValue, descriptor: 1)) \(fault)\n")
      }
    }
    return fails ? 1 : 0
  }

  private func faults(_ session: Session) throws(RuntimeError) -> [ImageFault] {
    let store = try session.store()
    guard image.hasPrefix("/") || image.hasPrefix(".") else {
      let found = try store.find(image)
      let lint = Lint(layout: try Kernel.open(store.path, flags: O_RDONLY | O_DIRECTORY))
      try lint.check(found)
      return lint.faults
    }
    let file = try Kernel.open(image, flags: O_RDONLY)
    if try Kernel.stat(file.number).st_mode & S_IFMT == S_IFDIR {
      let lint = Lint(layout: file)
      try lint.checkLayout()
      return lint.faults
    }
    if AppImageArchive.isOne(FileSource(try Kernel.open(image, flags: O_RDONLY), name: image)) {
      return try AppImageArchive(FileSource(file, name: image), writer: nil).faults.faults
    }
    let staged = try StagedDirectory(in: store)
    let archive = TarReader(try DecompressedSource(FileSource(file, name: image)))
    try Unpacker(root: staged.number).apply(archive, isBase: true)
    let lint = Lint(layout: try Kernel.duplicate(staged.number))
    try lint.checkLayout()
    return lint.faults
  }
}
