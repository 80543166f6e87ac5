internal import Glibc
internal import JSON
internal import LinuxKernel
public import RuntimeErrors

/// The calling process as a container's program: no supervisor, no pipes, the same pid.
///
/// The root file system is mounted in a mount namespace of this process's, which goes when the runtime has made the
/// container's. The lock goes to the runtime, which knows the container when the lock ends. From then on nobody holds
/// it: that it runs is known from the runtime, and how it ended from whoever started this process. What it leaves is
/// removed with the next container of its name, by `rm`, and by `gc`.
public struct InPlace {
  private let container: Container
  private let catalog: ContainerCatalog
  private let store: String
  private let logFormat: String

  /// - Parameters:
  ///   - container: Published, and held by this process.
  ///   - store: Absolute path of the store.
  ///   - logFormat: How the runtime tells of an error: `text` or `json`.
  public init(_ container: Container, catalog: ContainerCatalog, store: String, logFormat: String) {
    self.logFormat = logFormat
    self.container = container
    self.catalog = catalog
    self.store = store
  }

  /// Becomes the program; returns only by throwing.
  public func become() throws(RuntimeError) {
    do throws(RuntimeError) {
      try Supervisor(container, catalog: catalog, store: store, warn: { _ in }).prepare()
      var progress = ContainerProgress()
      progress.note(getpid())
      progress.started = TimeOfDay.now.text(hasFraction: true)
      try container.write(progress, to: ContainerFile.progress, durably: false)
      let runtime = catalog.runtime(of: container.record)
      // By this name the runtime's errors are this program's.
      var words = ["swbox", "--root", runtime.root, "--log-format", logFormat, "run", "--in-place"]
      words += ["--bundle", "\(container.path)/\(ContainerFile.bundle)"]
      let preserved = container.record.options.preservedDescriptors
      words += ["--preserve-fds", String(preserved), container.id]
      // Mounts of this process's own namespace survive execve(2). So does the lock, behind what the program inherits:
      // the runtime closes it when the program runs.
      try container.passLockOn(above: 3 + CInt(preserved) + InPlace.activated)
      try Kernel.execute(runtime.path, CStrings(words), CStrings(InPlace.environment))
    } catch {
      try? Kernel.detachMount("\(container.path)/\(ContainerFile.bundle)/\(ContainerFile.rootfs)")
      try? catalog.remove(container)
      throw error
    }
  }

  /// What service managers tell in variables goes on to the runtime, which tells the program of it.
  private static var environment: [String] {
    let passed = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "PATH"]
    return passed.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
  }

  /// How many descriptors a service manager hands over. sd_listen_fds(3)
  private static var activated: CInt {
    func number(_ name: String) -> CInt? { getenv(name).flatMap { CInt(String(cString: $0)) } }
    guard number("LISTEN_PID") == getpid(), let count = number("LISTEN_FDS"), (1..<10_000).contains(count)
    else { return 0 }
    return count
  }

  /// What cannot be had without a process that stays.
  static func check(_ options: RunOptions) throws(RuntimeError) {
    guard options.inPlace else { return }
    func refuse(_ option: String, _ reason: String) -> RuntimeError {
      RuntimeError(.invalidArgument, "--in-place: \(reason): no \(option)")
    }
    if options.detached { throw refuse("--detach", "nothing is left that could be waited for") }
    if options.remove { throw refuse("--rm", "nobody is left to remove the container; `swbox gc` does") }
    if options.terminal { throw refuse("--tty", "the process keeps its streams") }
    if options.logSize != nil { throw refuse("--log-size", "nobody is left to keep what it writes") }
    if options.userns != nil { throw refuse("--userns", "the pid namespace stays the host's") }
    if options.network == .bridge {
      throw refuse("--network bridge", "the network namespace is made by the process itself")
    }
  }
}

extension InPlace {
  /// Makes way for a container of the same name: one that was in place, too, and has ended.
  public static func clearName(_ name: String, in catalog: ContainerCatalog) throws(RuntimeError) {
    let former: Container
    do throws(RuntimeError) {
      former = try catalog.find(name)
    } catch let error where error.code == .containerNotFound {
      return
    }
    guard former.record.name == name, former.record.options.inPlace else { return }
    if try catalog.observe(former).status == .exited { try catalog.remove(former, force: false) }
  }
}

/// Sockets that a superdaemon such as Server::Starter has opened: `SERVER_STARTER_PORT`, `PLACE=DESCRIPTOR;…`
public struct StarterSockets {
  /// The variables that the program needs.
  public let variables: [String]
  /// The highest descriptor; 2 if there is none.
  public let last: CInt

  /// Those of this process; none if nobody has opened any.
  ///
  /// - Throws: `invalidArgument` if the variable is none of its form.
  public init() throws(RuntimeError) {
    let names = ["SERVER_STARTER_PORT", "SERVER_STARTER_GENERATION"]
    variables = names.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
    var last: CInt = 2
    for entry in (getenv(names[0]).map { String(cString: $0) } ?? "").split(separator: ";") {
      guard let number = entry.split(separator: "=").last.flatMap({ CInt($0) }), (3..<1024).contains(number)
      else {
        throw RuntimeError(
          .invalidArgument, "SERVER_STARTER_PORT: \(quoted(String(entry))) names no descriptor")
      }
      last = max(last, number)
    }
    self.last = last
  }

  /// Takes the numbers between 3 and the last that are free: what is opened from now on gets others, and the program
  /// none of it.
  public func fillGaps() throws(RuntimeError) {
    guard last > 2 else { return }
    let null = try StarterSockets.null(above: last + 1)
    for number in 3...last where (try? Kernel.stat(number)) == nil {
      try Kernel.duplicate(null.number, as: number)
    }
  }

  /// Out of the way: the number that it is opened with may be one of the gaps.
  private static func null(above first: CInt) throws(RuntimeError) -> Descriptor {
    let opened = try Kernel.open("/dev/null", flags: O_RDWR)
    return try Kernel.duplicate(opened.number, above: first)
  }
}
