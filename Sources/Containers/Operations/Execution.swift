internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import OCIRuntimeSpec
public import RuntimeErrors

/// One more program in a container that runs: in all its namespaces, and its cgroup.
public struct Execution {
  /// The program and its arguments; empty for the user's shell.
  public var command: [String] = []
  /// `NAME=value`
  public var env: [String] = []
  /// Absolute path in the container; the container's if nil.
  public var workdir: String?
  /// As `run` takes it; the container's if nil.
  public var user: String?
  /// In place of the user's group.
  public var group: String?
  /// Whether the program has a terminal.
  public var terminal = false
  /// Whether it has all capabilities.
  public var privileged = false
  /// Whether nobody waits for it.
  public var detached = false

  /// The shell of the container's user.
  public init() {}

  /// Runs it.
  ///
  /// - Parameters:
  ///   - warn: Gets what the runtime says that is no error.
  /// - Returns: Its exit status, 128 + n for signal n; 0 if it is detached.
  public func run(
    in container: Container, of catalog: ContainerCatalog, warn: (String) -> Void
  ) throws(RuntimeError) -> Int32 {
    let signals = detached ? nil : try Signal.descriptor().release()
    if !detached { try Kernel.control(.childSubreaper, 1) }
    let process = try process(in: container, of: catalog)
    let files = ProcessFiles(container)
    try files.write(process)
    let streams = try ProgramStreams(isAttached: !detached, terminal: terminal, log: nil)
    let console = terminal && !detached ? try ConsoleSocket(in: catalog.volatilePath, for: files.name) : nil
    let pid = try start(container, catalog, files, streams, console, signals, warn)
    guard let signals else { return 0 }
    if let console { streams.adopt(terminal: try console.receive()) }
    do throws(RuntimeError) {
      let status = try ProgramWatch(pid: pid, streams: streams, signals: signals).untilEnd()
      if let lost = streams.finish(signals) { throw lost }
      return status
    } catch {
      streams.finish(signals)
      throw error
    }
  }

  /// Has the runtime start it.
  ///
  /// - Returns: The program's pid.
  private func start(
    _ container: Container, _ catalog: ContainerCatalog, _ files: ProcessFiles, _ streams: ProgramStreams,
    _ console: ConsoleSocket?, _ signals: CInt?, _ warn: (String) -> Void
  ) throws(RuntimeError) -> Int32 {
    var words = ["exec", "--detach", "--process", files.process, "--pid-file", files.pid]
    if let console { words += ["--console-socket", console.path] }
    try catalog.runtime(of: container.record).make(
      words, for: container, log: "\(files.name).log", streams: streams, signals, warn: warn)
    return try RuntimeProgram.pid(in: "\(files.name).pid", at: container.number)
  }

  /// The program as the runtime is told of it.
  private func process(
    in container: Container, of catalog: ContainerCatalog
  ) throws(RuntimeError) -> Process {
    let record = container.record
    let root = try Execution.root(of: container, catalog)
    guard var process = try container.configuration().process else {
      throw RuntimeError(.damagedState, "container \(record.name) has no process in its config.json")
    }
    let user = user ?? record.options.user ?? record.origin.defaults?.user ?? ""
    let account = try Account(user, group: group ?? record.options.group, in: root, option: "--user")
    try BeyondPerson.check(account, option: "--user")
    process.args = command.isEmpty ? [try shell(account, root)] : command
    process.terminal = terminal && !detached ? true : nil
    process.cwd = workdir ?? process.cwd
    process.env =
      Environment(record, account: account, hostname: record.hostname, terminal: terminal, more: env)
      .variables
    process.user?.uid = account.uid
    process.user?.gid = account.gid
    process.user?.additionalGids = account.groups.isEmpty ? nil : account.groups
    var options = record.options
    if privileged { options.privileged = true }
    process.capabilities = try CapabilityChoice(options).sets(isRoot: account.uid == 0)
    return process
  }

  private func shell(
    _ account: Account, _ root: borrowing ContainerRoot
  ) throws(RuntimeError) -> String {
    if let shell = account.shell, try root.isThere(shell) { return shell }
    return try root.isThere("/bin/bash") ? "/bin/bash" : "/bin/sh"
  }

  /// The root as the container's first process has it.
  static func root(
    of container: Container, _ catalog: ContainerCatalog,
    _ wanted: Set<ContainerStatus> = [.running, .unsupervised]
  ) throws(RuntimeError) -> ContainerRoot {
    let observation = try catalog.observe(container)
    guard wanted.contains(observation.status), let pid = observation.pid else {
      throw RuntimeError(
        .notRunning, "container \(container.record.name) is \(observation.status.rawValue), not running")
    }
    let root = try Kernel.open("/proc/\(pid)/root", flags: OpenFlags.path | O_DIRECTORY)
    // As long as that is its pid nobody else can have had it.
    guard try catalog.observe(container).pid == pid else {
      throw RuntimeError(.notRunning, "container \(container.record.name) has ended")
    }
    return ContainerRoot(root)
  }
}

/// Files between this program and the runtime, in the container's directory. They go with this object.
private final class ProcessFiles {
  let name: String
  private let container: Container

  init(_ container: Container) {
    self.container = container
    name = "exec-\(getpid())"
  }

  deinit {
    for end in ["json", "pid", "log"] { try? Kernel.remove("\(name).\(end)", at: container.number) }
  }

  var process: String { "\(container.path)/\(name).json" }
  var pid: String { "\(container.path)/\(name).pid" }
  var log: String { "\(container.path)/\(name).log" }

  func write(_ process: Process) throws(RuntimeError) {
    try container.write(process, to: "\(name).json", durably: false)
  }
}
