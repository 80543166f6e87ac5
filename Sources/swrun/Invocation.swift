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
    case pause(id: String)
    case resume(id: String)
    case ps(id: String, format: ListFormat, options: [String])
    case events(id: String, interval: String, once: Bool)
    case update(UpdateRequest)
    case delete(id: String, force: Bool)
    case list(ListFormat)
    case spec(bundle: String, rootless: Bool)
    case version
  }
}

/// Options before the command's name.
struct GlobalSettings: Equatable {
  var root: String?
  var log: String?
  var logFormat = LogFormat.text
  var debug = false
  var systemdCgroup = false
  var rootless: RootlessMode?
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
  func options(command: String, _ global: GlobalSettings) -> CreateOptions {
    var options = CreateOptions()
    options.command = command
    options.usesSystemd = global.systemdCgroup
    options.consoleSocket = consoleSocket
    options.pidfdSocket = pidfdSocket
    options.pidFile = pidFile.map(Path.absolute)
    options.noPivot = noPivot
    options.noNewKeyring = noNewKeyring
    options.preservedDescriptors = preservedDescriptors
    options.usesSystemd = global.systemdCgroup
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
  /// Does it.
  ///
  /// - Returns: The exit status.
  /// - Throws: With the command and the container's ID as context.
  func perform() throws(RuntimeError) -> Int32 {
    let log = Report.log(global)
    let store = global.store
    switch command {
    case .version:
      try Output.write(Version.text + "\n")
    case .create(let request):
      try during("create \(request.id)") { () throws(RuntimeError) in
        try keepOnly(request.preservedDescriptors)
        _ = try Create.container(
          ContainerID(request.id), bundlePath: request.bundle,
          options: request.options(command: "create", global),
          store: store, log: log)
      }
    case .run(let request):
      return try during("run \(request.container.id)") { () throws(RuntimeError) in
        try run(request, store, log)
      }
    case .start(let id):
      try during("start \(id)") { () throws(RuntimeError) in
        try Start.container(ContainerID(id), store: store, log: log)
      }
    case .state(let id):
      try during("state \(id)") { () throws(RuntimeError) in
        try Output.write(
          JSONWriter(style: .twoSpaces).encode(try Query.state(of: ContainerID(id), store: store)))
      }
    case .kill(let id, let signal, let all):
      try during("kill \(id)") { () throws(RuntimeError) in
        guard let number = Signal.number(signal) else {
          throw RuntimeError(.invalidArgument, "unknown signal \"\(signal)\"")
        }
        try Kill.container(ContainerID(id), signal: number, all: all, store: store)
      }
    case .pause(let id):
      try during("pause \(id)") { () throws(RuntimeError) in
        try Pause.container(ContainerID(id), store: store)
      }
    case .resume(let id):
      try during("resume \(id)") { () throws(RuntimeError) in
        try Resume.container(ContainerID(id), store: store)
      }
    case .ps(let id, let format, let options):
      try during("ps \(id)") { () throws(RuntimeError) in try ps(ContainerID(id), format, options, store) }
    case .events(let id, let interval, let once):
      try during("events \(id)") { () throws(RuntimeError) in
        try events(ContainerID(id), interval, once, store)
      }
    case .update(let request):
      try during("update \(request.id)") { () throws(RuntimeError) in
        try Update.container(
          ContainerID(request.id), resources: request.resources(log), cacheSchema: request.cacheSchema,
          bandwidthSchema: request.bandwidthSchema, store: store)
      }
    case .delete(let id, let force):
      try during("delete \(id)") { () throws(RuntimeError) in
        try Delete.container(ContainerID(id), force: force, store: store, log: log)
      }
    case .spec(let bundle, let rootless):
      try during("spec") { () throws(RuntimeError) in
        try SpecCommand.write(to: bundle, rootless: rootless)
      }
    case .list(let format):
      try during("list") { () throws(RuntimeError) in try list(format, store) }
    }
    return 0
  }

  /// Closes what the caller left open, or a container that waits for `start` would hold it.
  private func keepOnly(_ preserved: Int) throws(RuntimeError) {
    try Kernel.closeRange(from: 3 + CInt(preserved), onlyMark: false)
  }

  private func run(
    _ request: RunRequest, _ store: Store, _ log: EventLog
  ) throws(RuntimeError) -> Int32 {
    try keepOnly(request.container.preservedDescriptors)
    var options = request.container.options(command: "run", global)
    options.isDetached = request.detach
    options.waitsForStartCommand = false
    return try Run.container(
      ContainerID(request.container.id), bundlePath: request.container.bundle, options: options,
      keepsContainer: request.keep, isSubreaper: !request.noSubreaper, store: store, log: log)
  }

  private func ps(
    _ id: ContainerID, _ format: ListFormat, _ options: [String], _ store: Store
  ) throws(RuntimeError) {
    if format == .json {
      try Output.write(JSONWriter().encode(try ProcessList.pids(of: id, store: store)))
    } else {
      try Output.write(try ProcessList.table(of: id, options: options, store: store))
    }
  }

  private func events(
    _ id: ContainerID, _ interval: String, _ once: Bool, _ store: Store
  ) throws(RuntimeError) {
    guard let milliseconds = Interval.milliseconds(interval) else {
      throw RuntimeError(
        .invalidArgument, "--interval: found \"\(interval)\", expected a time above 0 such as 5s or 250ms")
    }
    let writer = JSONWriter()
    if once { return try Output.write(writer.encode(try Events.statistics(of: id, store: store))) }
    try Events.watch(id, interval: milliseconds, store: store) { (event) throws(RuntimeError) in
      try Output.write(writer.encode(event))
    }
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
