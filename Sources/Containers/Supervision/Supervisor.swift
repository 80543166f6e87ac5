internal import Glibc
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// The process that makes a container's root file system, calls the runtime, passes on what the program writes, and
/// writes down how it ended.
///
/// It has a mount namespace of its own, where the root file system is mounted, and it is the parent of the
/// container's processes once the runtime has left them. It holds the container's lock to its end.
final class Supervisor {
  private let container: Container
  private let catalog: ContainerCatalog
  private let store: String
  private let warn: (String) -> Void
  private let runtime: RuntimeProgram
  private var progress = ContainerProgress()
  private var hasStarted = false

  /// - Parameters:
  ///   - container: Held by this process.
  ///   - store: Absolute path of the store.
  ///   - warn: Gets what the runtime says that is no error.
  init(_ container: Container, catalog: ContainerCatalog, store: String, warn: @escaping (String) -> Void) {
    self.container = container
    self.catalog = catalog
    self.store = store
    self.warn = warn
    runtime = catalog.runtime(of: container.record)
  }

  private var options: RunOptions { container.record.options }

  /// Runs the container to its end.
  ///
  /// - Parameters:
  ///   - isAttached: Whether the program's streams are this process's.
  ///   - started: Called when the program runs.
  /// - Returns: The program's exit status, 128 + n for signal n.
  /// - Throws: If the program could not be started; then the container is gone.
  func run(isAttached: Bool, started: () -> Void) throws(RuntimeError) -> Int32 {
    do throws(RuntimeError) {
      // Commands have written themselves down; a supervisor, and the process of a build's step, have not.
      try OwnNamespace.keep(with: getpid())
      let signals = try Signal.descriptor()
      try Kernel.control(.childSubreaper, 1)
      try prepare()
      let streams = try makeStreams(isAttached)
      let pid = try create(streams, signals.number)
      let status: Int32
      do throws(RuntimeError) {
        try start(pid)
        started()
        status = try ProgramWatch(pid: pid, streams: streams, signals: signals.number).untilEnd()
      } catch {
        streams.finish(signals.number)
        throw error
      }
      let lost = streams.finish(signals.number)
      finish(status)
      if let lost { throw lost }
      return status
    } catch {
      if !hasStarted { abandon() }
      throw error
    }
  }
}

/// Before the program runs.
extension Supervisor {
  /// Makes the root file system and the bundle.
  func prepare() throws(RuntimeError) {
    try MountNamespace.enterOwn()
    let bundle = try ImageStore.directory(ContainerFile.bundle, at: container.number)
    let mounted = try RootMount(container: container, store: store).make()
    let files = try HostFiles(container: container).write()
    let plan = ConfigurationPlan(record: container.record, key: catalog.key, files: files)
    let config = try plan.make(mounted.root, path: mounted.path)
    // In a user namespace this process is nobody, and cannot make any.
    if options.userns == nil { for path in container.record.volumes { try mounted.root.makeDirectory(path) } }
    let file = try Kernel.open(
      "config.json", at: bundle.number, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    try Kernel.writeAll(file.number, JSONWriter(style: .twoSpaces).encode(config), name: "config.json")
    try catalog.makeVolatile()
  }

  private func makeStreams(_ isAttached: Bool) throws(RuntimeError) -> ProgramStreams {
    if !options.remove { container.keepReserve() }
    let log = try LogWriter(in: container.number, limit: options.logSize ?? LogWriter.usualLimit)
    return try ProgramStreams(isAttached: isAttached, terminal: options.terminal, log: log)
  }

  /// Has the runtime make the container.
  ///
  /// - Returns: The first process.
  private func create(_ streams: ProgramStreams, _ signals: CInt) throws(RuntimeError) -> Int32 {
    let bundle = "\(container.path)/\(ContainerFile.bundle)"
    let console = options.terminal ? try ConsoleSocket(in: catalog.volatilePath, for: container.id) : nil
    var words = ["create", "--bundle", bundle, "--pid-file", "\(bundle)/pid"]
    if let console { words += ["--console-socket", console.path] }
    try runtime.make(
      words, for: container, log: ContainerFile.runtimeLog, streams: streams, signals, warn: warn)
    if let console { streams.adopt(terminal: try console.receive()) }
    let pid = try RuntimeProgram.pid(in: "\(ContainerFile.bundle)/pid", at: container.number)
    // Should this process be killed, the container is still found.
    try OwnNamespace.keep(with: pid)
    return pid
  }

  private func start(_ pid: Int32) throws(RuntimeError) {
    progress.note(pid)
    progress.addresses = try NetworkAttachment(container, owner: catalog.key).attach(pid: pid, warn: warn)
    if let addresses = progress.addresses { try HostFiles(container: container).add(addresses: addresses) }
    // Warnings of `create`, which stand in the same log, were passed on.
    try runtime.make(["start"], for: container, log: ContainerFile.runtimeLog, streams: nil) { _ in }
    hasStarted = true
    progress.started = TimeOfDay.now.text(hasFraction: true)
    // It runs: on a full disk, too, it needs somebody. Its end is written with all that is known by then.
    attempt("writing down that it runs") { () throws(RuntimeError) in
      try container.write(progress, to: ContainerFile.progress, durably: false)
    }
  }
}

/// After the program.
extension Supervisor {
  /// Whatever fails here, the program has ended, and its status is what the caller asked for.
  private func finish(_ status: Int32) {
    progress.finished = TimeOfDay.now.text(hasFraction: true)
    progress.exitCode = status
    // First: whatever is killed from here on, this is known.
    if !options.remove {
      attempt("writing down how it ended") { () throws(RuntimeError) in
        try container.writeLast(progress, to: ContainerFile.progress)
      }
    }
    NetworkAttachment(container, owner: catalog.key).detach(warn)
    attempt("taking it down (`swbox gc` removes what is left)") {
      () throws(RuntimeError) in
      try runtime.delete(container.id)
      if options.remove { try remove() }
    }
  }

  /// Does what need not succeed.
  private func attempt(_ what: String, _ body: () throws(RuntimeError) -> Void) {
    do throws(RuntimeError) {
      try body()
    } catch {
      warn("container \(container.record.name): \(what): \(error)")
    }
  }

  /// Removes the container, with what is mounted in its directory here.
  private func remove() throws(RuntimeError) {
    let bundle = "\(container.path)/\(ContainerFile.bundle)"
    for name in (try? Kernel.list(bundle)) ?? [] { try? Kernel.detachMount("\(bundle)/\(name)") }
    try catalog.remove(container)
  }

  /// Takes back what was made for a program that never ran.
  private func abandon() {
    NetworkAttachment(container, owner: catalog.key).detach(warn)
    do throws(RuntimeError) {
      if try Kernel.stat("\(runtime.root)/\(container.id)", at: Directory.working) != nil {
        try runtime.delete(container.id)
      }
      try remove()
    } catch {
      warn("taking back the container: \(error); `swbox gc` removes what is left")
    }
  }
}
