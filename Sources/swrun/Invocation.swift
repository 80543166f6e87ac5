internal import ArgumentParser
internal import ContainerRuntime
internal import ContainerStore
internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A command line, understood: what is to be done, and under which global options.
///
/// Two readers make it: `QuickReader` for the usual forms of the commands that programs call all the
/// time, and ArgumentParser for everything else, with help, completion and error messages.
struct Invocation: Equatable {
  var global = GlobalSettings()
  var command: Command

  /// What is to be done.
  enum Command: Equatable {
    case create(ContainerRequest)
    case run(RunRequest)
    case start(id: String)
    case state(id: String)
    case kill(id: String, signal: String, all: Bool)
    case delete(id: String, force: Bool)
    case list(ListFormat)
    case spec(bundle: String, rootless: Bool)
    case features
    case version

    /// The container that it is about, in the command line's words.
    var containerID: String? {
      switch self {
      case .create(let request): request.id
      case .run(let request): request.container.id
      case .start(let id), .state(let id), .kill(let id, _, _), .delete(let id, _): id
      case .list, .spec, .features, .version: nil
      }
    }

    /// How many descriptors from 3 on are for the container.
    var preservedDescriptors: Int {
      switch self {
      case .create(let request): request.preservedDescriptors
      case .run(let request): request.container.preservedDescriptors
      default: 0
      }
    }
  }
}

/// Options before the command's name.
struct GlobalSettings: Equatable {
  var root: String?
  var log: String?
  var logFormat = LogFormat.text
  var debug = false
  var systemdCgroup = false
  var cgroupManager: CgroupManagerChoice?
  var rootless: RootlessMode?

  /// Who makes cgroups, as two options say.
  ///
  /// - Throws: invalidArgument if they contradict each other.
  var chosenCgroupManager: CgroupManagerChoice {
    get throws(RuntimeError) {
      guard systemdCgroup else { return cgroupManager ?? .cgroupfs }
      if let cgroupManager, cgroupManager != .systemd {
        throw RuntimeError(
          .invalidArgument, "--systemd-cgroup contradicts --cgroup-manager=\(cgroupManager.rawValue)",
          hint: "--systemd-cgroup is the same as --cgroup-manager=systemd")
      }
      return .systemd
    }
  }
}

/// What `create` and `run` have in common.
struct ContainerRequest: Equatable {
  var id: String
  var bundle = "."
  var consoleSocket: String?
  var pidfdSocket: String?
  var pidFile: String?
  var noPivot = false
  var noNewKeyring = false
  var preservedDescriptors = 0

  /// The request to ContainerRuntime.
  func options(command: String, _ global: GlobalSettings) throws(RuntimeError) -> CreateOptions {
    var options = CreateOptions()
    options.command = command
    options.cgroupManager = try global.chosenCgroupManager
    options.consoleSocket = consoleSocket
    options.pidfdSocket = pidfdSocket
    options.pidFile = pidFile.map(Path.absolute)
    options.noPivot = noPivot
    options.noNewKeyring = noNewKeyring
    options.preservedDescriptors = preservedDescriptors
    return options
  }
}

/// `run`
struct RunRequest: Equatable {
  var container: ContainerRequest
  var detach = false
  var keep = false
  var noSubreaper = false
}

/// How `list` prints.
enum ListFormat: Equatable {
  case table, json, ids
}

extension Invocation {
  /// Opens the log, does what is asked for, and tells of a failure.
  ///
  /// - Returns: The exit status.
  func execute() -> Int32 {
    let report: Report
    do {
      report = try Report(
        global, containerID: command.containerID, preserved: command.preservedDescriptors)
    } catch {
      Report.plain(error)
      return 1
    }
    do {
      _ = try global.chosenCgroupManager
      return try perform(report)
    } catch {
      report.failure(error)
      return 1
    }
  }

  /// Does it.
  ///
  /// - Returns: The exit status.
  /// - Throws: With the command and the container's ID as context.
  private func perform(_ report: Report) throws(RuntimeError) -> Int32 {
    let log = report.log
    let store = global.store
    log.debug { "swrun \(Version.number), containers below \(store.root)" }
    switch command {
    case .version:
      try Output.write(Version.text + "\n")
    case .create(let request):
      try during("create \(request.id)") { () throws(RuntimeError) in
        try keepOnly(report.descriptor)
        _ = try Create.container(
          ContainerID(request.id), bundlePath: request.bundle,
          options: try request.options(command: "create", global),
          store: store, log: log)
      }
    case .run(let request):
      return try during("run \(request.container.id)") { () throws(RuntimeError) in
        try keepOnly(report.descriptor)
        return try run(request, store, log)
      }
    case .start(let id):
      try during("start \(id)") { () throws(RuntimeError) in
        try Start.container(ContainerID(id), store: store, log: log)
      }
    case .state(let id):
      try during("state \(id)") { () throws(RuntimeError) in
        try Output.write(
          JSONWriter(style: .twoSpaces).encode(try Query.state(of: ContainerID(id), store: store, log: log)))
      }
    case .kill(let id, let signal, let all):
      try during("kill \(id)") { () throws(RuntimeError) in
        guard let number = Signal.number(signal) else {
          throw RuntimeError(.invalidArgument, "unknown signal \"\(signal)\"")
        }
        try Kill.container(ContainerID(id), signal: number, all: all, store: store, log: log)
      }
    case .delete(let id, let force):
      try during("delete \(id)") { () throws(RuntimeError) in
        try Delete.container(ContainerID(id), force: force, store: store, log: log)
      }
    case .spec(let bundle, let rootless):
      try during("spec") { () throws(RuntimeError) in
        try SpecCommand.write(to: bundle, rootless: rootless)
      }
    case .features:
      try during("features") { () throws(RuntimeError) in
        try Output.write(JSONWriter(style: .twoSpaces).encode(RuntimeFeatures.current))
      }
    case .list(let format):
      try during("list") { () throws(RuntimeError) in try list(format, store) }
    }
    return 0
  }

  /// Closes what the caller left open, or a container that waits for `start` would hold it.
  ///
  /// - Parameters:
  ///   - log: The log's descriptor.
  private func keepOnly(_ log: CInt?) throws(RuntimeError) {
    let first = 3 + CInt(command.preservedDescriptors)
    guard let log else { return try Kernel.closeRange(from: first) }
    try Kernel.closeRange(from: first, to: log - 1)
    try Kernel.closeRange(from: log + 1)
  }

  private func run(
    _ request: RunRequest, _ store: Store, _ log: EventLog
  ) throws(RuntimeError) -> Int32 {
    var options = try request.container.options(command: "run", global)
    options.isDetached = request.detach
    options.waitsForStartCommand = false
    return try Run.container(
      ContainerID(request.container.id), bundlePath: request.container.bundle, options: options,
      keepsContainer: request.keep, isSubreaper: !request.noSubreaper, store: store, log: log)
  }

  private func list(_ format: ListFormat, _ store: Store) throws(RuntimeError) {
    switch format {
    case .ids: try Output.write(try store.list().map { "\($0)\n" }.joined())
    case .json: try Output.write(JSONWriter().encode(try Query.list(store: store)))
    case .table: try Output.write(ListTable.text(try Query.list(store: store)))
    }
  }
}

extension GlobalSettings {
  /// Where containers are kept.
  var store: Store {
    if let root, !root.isEmpty { return Store(root: Path.absolute(root)) }
    if geteuid() != 0, let directory = getenv("XDG_RUNTIME_DIR") {
      return Store(root: String(cString: directory) + "/swrun")
    }
    return Store(root: "/run/swrun")
  }
}

/// Paths from the command line.
enum Path {
  /// `path` as seen from the working directory.
  static func absolute(_ path: String) -> String {
    if path.utf8.first == UInt8(ascii: "/") { return path }
    guard let directory = getcwd(nil, 0) else { return path }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
  }
}
