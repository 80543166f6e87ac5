internal import ArgumentParser
internal import ContainerRuntime
internal import ContainerStore
internal import Glibc
internal import LinuxKernel
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
    case exec(id: String, ExecOptions)
    case state(id: String)
    case kill(id: String, signal: String, all: Bool, isPattern: Bool)
    case pause(id: String)
    case resume(id: String)
    case checkpoint(id: String, CheckpointOptions)
    case restore(id: String, bundle: String, RestoreOptions)
    case ps(id: String, format: ListFormat, options: [String])
    case events(id: String, interval: String, once: Bool)
    case update(UpdateRequest)
    case delete(id: String, force: Bool, isPattern: Bool)
    case mounts(id: String, ChangeMounts.Change, file: String)
    case list(ListFormat)
    case spec(bundle: String, file: String?, rootless: Bool)
    case features
    case version

    /// The command's name, and the container that it is about in the command line's words.
    var subject: (name: String, containerID: String?) {
      switch self {
      case .create(let request): ("create", request.id)
      case .run(let request): ("run", request.container.id)
      case .start(let id): ("start", id)
      case .exec(let id, _): ("exec", id)
      case .state(let id): ("state", id)
      case .kill(let id, _, _, _): ("kill", id)
      case .pause(let id): ("pause", id)
      case .resume(let id): ("resume", id)
      case .checkpoint(let id, _): ("checkpoint", id)
      case .restore(let id, _, _): ("restore", id)
      case .ps(let id, _, _): ("ps", id)
      case .events(let id, _, _): ("events", id)
      case .update(let request): ("update", request.id)
      case .delete(let id, _, _): ("delete", id)
      case .mounts(let id, _, _): ("mounts", id)
      case .list: ("list", nil)
      case .spec: ("spec", nil)
      case .features: ("features", nil)
      case .version: ("version", nil)
      }
    }

    /// An error in words of the command line: it may have named another file than config.json, or limits by options.
    func naming(_ error: RuntimeError) -> RuntimeError {
      switch self {
      case .create(let request): request.naming(error)
      case .run(let request): request.container.naming(error)
      case .update(let request): request.naming(error)
      default: error
      }
    }

    /// How many descriptors from 3 on are for the container: those of a service manager come first.
    var preservedDescriptors: Int {
      switch self {
      case .create(let request): request.inheritedDescriptors
      case .run(let request): request.container.inheritedDescriptors
      case .exec(_, let options): options.preservedDescriptors
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
  var criu: String?

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
  /// In place of the bundle's config.json.
  var config: String?
  var consoleSocket: String?
  var pidfdSocket: String?
  var pidFile: String?
  var noPivot = false
  var noNewKeyring = false
  var preservedDescriptors = 0

  /// How many descriptors from 3 on are for the container.
  var inheritedDescriptors: Int { (ServiceManager.activation?.count ?? 0) + preservedDescriptors }

  /// The same error with the name of the configuration.
  func naming(_ error: RuntimeError) -> RuntimeError {
    config.map { error.renaming("config.json", to: $0) } ?? error
  }

  /// The request to ContainerRuntime.
  func options(command: String, _ global: GlobalSettings) throws(RuntimeError) -> CreateOptions {
    var options = CreateOptions()
    options.command = command
    options.configFile = config
    options.cgroupManager = try global.chosenCgroupManager
    options.rootless = global.rootless ?? .auto
    options.consoleSocket = consoleSocket
    options.pidfdSocket = pidfdSocket
    options.pidFile = pidFile.map(Path.absolute)
    options.noPivot = noPivot
    options.noNewKeyring = noNewKeyring
    options.preservedDescriptors = inheritedDescriptors
    options.activation = ServiceManager.activation
    options.notifySocket = ServiceManager.notifySocket
    return options
  }
}

/// `run`
struct RunRequest: Equatable {
  var container: ContainerRequest
  var detach = false
  var keep = false
  var noSubreaper = false
  var inPlace = false

  /// - Throws: invalidArgument if options contradict each other.
  func check() throws(RuntimeError) {
    guard inPlace else { return }
    if detach { throw RuntimeError(.invalidArgument, "--in-place: nothing is left that could --detach") }
    if container.consoleSocket != nil {
      throw RuntimeError(.invalidArgument, "--in-place: the process keeps its streams: no --console-socket")
    }
  }
}

/// How `list` prints.
enum ListFormat: Equatable {
  case table, json, ids
}

extension GlobalSettings {
  /// Where containers are kept.
  ///
  /// - Throws: invalidArgument for a user who has no place of his own.
  var store: Store {
    get throws(RuntimeError) {
      if let root, !root.isEmpty { return Store(root: Path.absolute(root)) }
      let directory = getenv("XDG_RUNTIME_DIR").map { String(cString: $0) } ?? ""
      if directory.hasPrefix("/"), Caller.isForUser { return Store(root: directory + "/swrun") }
      guard Caller.isUnprivileged else { return Store(root: "/run/swrun") }
      // A name that can be guessed in /tmp would be anybody's to make first.
      throw RuntimeError(
        .invalidArgument,
        "without root, containers are kept below $XDG_RUNTIME_DIR, and that is "
          + (directory.isEmpty ? "not set" : "\"\(directory)\", no absolute path"),
        hint: "set it, mostly to /run/user/\(geteuid()), or name another directory by --root")
    }
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
