internal import Glibc
internal import LinuxKernel
public import RuntimeErrors

/// From a container that was made to one that runs.
public struct Launch {
  /// The word that makes the program a supervisor. It is no command for people.
  public static let word = "supervise"
  /// Numbers of the descriptors that a supervisor is given.
  private static let lock: CInt = 3
  private static let report: CInt = 4

  private let container: Container
  private let catalog: ContainerCatalog
  private let store: String

  /// - Parameters:
  ///   - container: Published, and held by this process.
  ///   - store: Absolute path of the store.
  public init(_ container: Container, catalog: ContainerCatalog, store: String) {
    self.container = container
    self.catalog = catalog
    self.store = store
  }

  /// Runs it to its end with this process's streams, by this process.
  ///
  /// - Parameters:
  ///   - warn: Gets what is no error.
  /// - Returns: The program's exit status, 128 + n for signal n.
  /// - Throws: If it could not be started: `commandNotFound`, `commandNotExecutable` and others.
  public func attached(warn: @escaping (String) -> Void) throws(RuntimeError) -> Int32 {
    try Supervisor(container, catalog: catalog, store: store, warn: warn).run(isAttached: true) {}
  }

  /// Starts a supervisor that goes on alone.
  ///
  /// - Throws: If the program could not be started.
  public func detached() throws(RuntimeError) {
    guard let lock = container.heldLock else {
      throw RuntimeError(.invalidState, "container \(container.record.shortID) is not held")
    }
    let null = try Kernel.open("/dev/null", flags: O_RDWR)
    let pair = try Kernel.makePipe()
    var program = ChildProgram(
      path: "/proc/self/exe",
      arguments: ["swbox"]
        + OwnNamespace.words([Launch.word, store, catalog.volatilePath, container.id]),
      environment: Program.variables())
    program.streams = (null.number, null.number, null.number)
    program.descriptors = [lock, pair.second.number]
    program.diesWithParent = false
    program.leadsSession = true
    let child = try program.start()
    close(child.descriptor)
    let answers = pair.takeFirst()
    let bytes = try Kernel.readAll(answers.number, limit: 1 << 20, name: "the supervisor's answer")
    guard !bytes.isEmpty else {
      throw RuntimeError(
        .initProcessFailed, "the supervisor of container \(container.record.shortID) was killed",
        hint: "`swbox gc` removes what is left")
    }
    if let error = CarriedError.error(in: bytes) { throw error }
  }

  /// Is a supervisor: what `detached` starts.
  ///
  /// - Parameters:
  ///   - words: Behind `word`.
  /// - Returns: The exit status.
  public static func supervise(_ words: [String]) -> Int32 {
    guard words.count == 3 else { return 125 }
    do throws(RuntimeError) {
      try Kernel.setCloseOnExec(report, true)
      try Kernel.changeDirectory("/")
      let volatile = words[1].split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
      let catalog = try ContainerCatalog(store: words[0], volatile: volatile)
      guard let container = try catalog.container(words[2]) else {
        throw RuntimeError(.containerNotFound, "container \(words[2]) is gone")
      }
      try container.adopt(lock: lock)
      return try Supervisor(container, catalog: catalog, store: words[0], warn: { _ in }).run(
        isAttached: false
      ) {
        answer(nil)
      }
    } catch {
      answer(error)
      return 125
    }
  }

  /// Tells who waits, once. If that one was interrupted, the container goes on nevertheless.
  ///
  /// - Parameters:
  ///   - error: nil if the program runs.
  private static func answer(_ error: RuntimeError?) {
    try? Kernel.writeAll(report, error.map { CarriedError($0).encoded } ?? Array("{}".utf8), name: "answer")
    close(report)
  }
}
