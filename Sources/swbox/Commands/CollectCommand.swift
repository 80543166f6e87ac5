internal import ArgumentParser
internal import Containers
internal import ImageLayers
internal import ImageStore
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// `gc`
struct CollectCommand: PerformedCommand {
  static let standing = Standing.rootIfPossible
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Remove containers that have ended, what no image and container refers to, and unfinished work."
  )

  @Option(
    name: .customLong("grace-period"),
    help: ArgumentHelp("Leave what changed in this time: a number with s, m, h or d.", valueName: "time"))
  var gracePeriod = "0"

  @Option(
    name: .customLong("build-cache"),
    help: ArgumentHelp("Leave steps of builds that were used in this time; 0 leaves none.", valueName: "time")
  )
  var buildCache = "7d"

  @Flag(name: .customLong("dry-run"), help: "Only tell what would be removed.")
  var dryRun = false

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let catalog = try session.containers()
    let store = try exclusiveStore(session)
    var collection = ContainerSweep()
    collection.gracePeriod = try Durations.seconds(gracePeriod, option: "--grace-period")
    collection.isDryRun = dryRun
    let buildAge = try Durations.seconds(buildCache, option: "--build-cache")
    var status: Int32 = 0
    func note(_ error: RuntimeError) {
      session.messages.failure(error.adding(context: Self.title))
      status = CommandLineReader.ownFailure
    }
    // One thing that cannot be collected keeps nothing else from it.
    var removals = try collection.run(in: catalog, warn: session.messages.warning, failed: note)
    do throws(RuntimeError) {
      var sweep = try Sweep(besides: catalog)
      sweep.gracePeriod = collection.gracePeriod
      sweep.buildAge = buildAge
      sweep.isDryRun = dryRun
      removals += try sweep.run(in: store, warn: session.messages.warning)
    } catch {
      note(error.adding(context: "images are left as they are"))
    }
    try write(removals)
    return status
  }

  private func write(_ removals: [Sweep.Removal]) throws(RuntimeError) {
    if format == .json { return try Output.write(json: removals) }
    for removal in removals {
      try Output.write("\(removal.kind) \(removal.path) \(Sizes.text(removal.size))\n")
    }
    let sum = Sizes.text(removals.reduce(0) { $0 + $1.size })
    try Output.write("\(dryRun ? "would free" : "freed") \(sum)\n")
  }

  private func exclusiveStore(_ session: Session) throws(RuntimeError) -> ImageStore {
    if let store = try ImageStore(session.root, access: .exclusiveIfFree) { return store }
    session.messages.warning("waiting until other commands on \(session.root) are done")
    guard let store = try ImageStore(session.root, access: .exclusive) else {
      throw RuntimeError(.invalidState, "\(session.root) is in use")
    }
    return store
  }
}

extension Sweep {
  /// One that leaves what containers use.
  init(besides catalog: ContainerCatalog) throws(RuntimeError) {
    self.init()
    (manifests, layers) = try catalog.uses()
  }
}
