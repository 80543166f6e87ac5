internal import JSON

/// What a step does. As JSON it is the part of the cache's key that the build file decides, so that a member without
/// effect on the result has no place in it.
enum BuildStep: Sendable {
  case image(ImageStep)
  case setup(SetupStep)
  case run(RunStep)
  case copy(CopyStep)
  case hostFiles(HostFilesStep)
  case extract(ExtractStep)
  case pythonEnvironment(PythonStep)
  case write(WriteStep)
  case symlink(SymlinkStep)
  case remove(RemoveStep)
  case makeDirectories(DirectoriesStep)
}

/// `image`: the beginning, or an archive over what is there.
struct ImageStep: JSONObject, Sendable {
  /// A name or ID of an image in the store.
  var name: String?
  /// The archive of a root file system, below the context directory.
  var archive: String?

  mutating func members(_ json: inout JSONExchange) {
    json.member("name", &name)
    json.member("archive", &archive)
  }
}

/// `setup`: what the commands of later steps find.
struct SetupStep: JSONObject, Sendable, Equatable {
  /// The host's name servers and host names.
  var resolvConf = true
  var hosts = true
  var proc = true
  var dev = true
  var sys = true
  /// Whether Debian's packages are kept from starting what they install.
  var noServiceStarts = false
  /// As for `run`.
  var network: String?

  mutating func members(_ json: inout JSONExchange) {
    json.member("resolv-conf", &resolvConf)
    json.member("hosts", &hosts)
    json.member("proc", &proc)
    json.member("dev", &dev)
    json.member("sys", &sys)
    json.member("no-service-starts", &noServiceStarts)
    json.member("network", &network)
  }
}

/// `run`: a command in a container of what is there.
struct RunStep: JSONObject, Sendable {
  /// Program and arguments; with a script, the arguments alone.
  var command: [String] = []
  /// A file below the context directory, which is run from there.
  var script: String?
  /// `NAME=VALUE`
  var environment: [String] = []
  /// As in a container's configuration.
  var user: String?
  var workingDirectory: String?
  /// `host` or `none`.
  var network: String?

  mutating func members(_ json: inout JSONExchange) {
    json.member("command", &command)
    json.member("script", &script)
    json.member("env", &environment)
    json.member("user", &user)
    json.member("working-dir", &workingDirectory)
    json.member("network", &network)
  }
}

/// `copy`: files of the context directory.
struct CopyStep: JSONObject, Sendable {
  var from: [String] = []
  var to = ""
  /// Instead of 0644, and 0755 for what can be executed.
  var mode: UInt32?
  var uid: UInt32 = 0
  var gid: UInt32 = 0

  mutating func members(_ json: inout JSONExchange) {
    json.member("from", &from)
    json.member("to", &to)
    json.member("mode", &mode)
    json.member("uid", &uid)
    json.member("gid", &gid)
  }
}

/// From one path to another.
struct FilePair: JSONObject, Sendable, Equatable {
  var from = ""
  var to = ""

  init() {}

  init(from: String, to: String) {
    self.from = from
    self.to = to
  }

  mutating func members(_ json: inout JSONExchange) {
    json.member("from", &from)
    json.member("to", &to)
  }
}

/// `host-files`: programs of the host with their libraries, and other files.
struct HostFilesStep: JSONObject, Sendable {
  /// Programs or libraries, each to the path that it has on the host.
  var binaries: [String] = []
  /// Directories whose executable files count as binaries.
  var executablesIn: [String] = []
  /// Files or directories to any path.
  var files: [FilePair] = []
  /// Paths on the host, with all below them, that are left out.
  var excludes: [String] = []

  mutating func members(_ json: inout JSONExchange) {
    json.member("binaries", &binaries)
    json.member("executables-in", &executablesIn)
    json.member("files", &files)
    json.member("excludes", &excludes)
  }
}

/// `extract`: only some programs, their libraries, and what is named stay.
struct ExtractStep: JSONObject, Sendable {
  var binaries: [String] = []
  /// Paths, perhaps with `*`, `?` and `**`.
  var keep: [String] = []

  mutating func members(_ json: inout JSONExchange) {
    json.member("binaries", &binaries)
    json.member("keep", &keep)
  }
}

/// `python-env`: the host's Python.
struct PythonStep: JSONObject, Sendable {
  /// The interpreter.
  var python = "/usr/bin/python3"
  /// Whether the packages that the host has installed come along.
  var sitePackages = false

  mutating func members(_ json: inout JSONExchange) {
    json.member("python", &python)
    json.member("site-packages", &sitePackages)
  }
}

/// `write`: a file with a content.
struct WriteStep: JSONObject, Sendable {
  var path = ""
  var content = ""
  var mode: UInt32 = 0o644
  var uid: UInt32 = 0
  var gid: UInt32 = 0

  mutating func members(_ json: inout JSONExchange) {
    json.member("path", &path)
    json.member("content", &content)
    json.member("mode", &mode)
    json.member("uid", &uid)
    json.member("gid", &gid)
  }
}

/// `symlink`: symbolic links, `from` being what they lead to.
struct SymlinkStep: JSONObject, Sendable {
  var links: [FilePair] = []

  mutating func members(_ json: inout JSONExchange) {
    json.member("links", &links)
  }
}

/// `delete`: files and directories with all that is in them.
struct RemoveStep: JSONObject, Sendable {
  var paths: [String] = []

  mutating func members(_ json: inout JSONExchange) {
    json.member("paths", &paths)
  }
}

/// `mkdir`
struct DirectoriesStep: JSONObject, Sendable {
  var paths: [String] = []
  var mode: UInt32 = 0o755
  var uid: UInt32 = 0
  var gid: UInt32 = 0

  mutating func members(_ json: inout JSONExchange) {
    json.member("paths", &paths)
    json.member("mode", &mode)
    json.member("uid", &uid)
    json.member("gid", &gid)
  }
}

extension BuildStep {
  /// The step's name in build files.
  var keyword: String {
    switch self {
    case .image: "image"
    case .setup: "setup"
    case .run: "run"
    case .copy: "copy"
    case .hostFiles: "host-files"
    case .extract: "extract"
    case .pythonEnvironment: "python-env"
    case .write: "write"
    case .symlink: "symlink"
    case .remove: "delete"
    case .makeDirectories: "mkdir"
    }
  }

  /// All that the build file decides of it.
  var json: [UInt8] {
    let writer = JSONWriter()
    return switch self {
    case .image(let step): writer.encode(step)
    case .setup(let step): writer.encode(step)
    case .run(let step): writer.encode(step)
    case .copy(let step): writer.encode(step)
    case .hostFiles(let step): writer.encode(step)
    case .extract(let step): writer.encode(step)
    case .pythonEnvironment(let step): writer.encode(step)
    case .write(let step): writer.encode(step)
    case .symlink(let step): writer.encode(step)
    case .remove(let step): writer.encode(step)
    case .makeDirectories(let step): writer.encode(step)
    }
  }

  /// For people and for the image's history.
  var summary: String {
    switch self {
    case .run(let step):
      let words = step.script.map { [$0] + step.command } ?? step.command
      if words.count == 3, words[0] == "/bin/sh", words[1] == "-c" { return "run \(words[2])" }
      return "run " + words.joined(separator: " ")
    case .image(let step): return "image \(step.name ?? step.archive ?? "")"
    case .copy(let step): return "copy \(step.from.joined(separator: " ")) \(step.to)"
    case .write(let step): return "write \(step.path)"
    case .remove(let step): return "delete \(step.paths.joined(separator: " "))"
    case .makeDirectories(let step): return "mkdir \(step.paths.joined(separator: " "))"
    case .pythonEnvironment(let step): return "python-env \(step.python)"
    case .symlink(let step):
      return "symlink " + step.links.map { "\($0.to) -> \($0.from)" }.joined(separator: " ")
    case .extract(let step): return "extract \((step.binaries + step.keep).joined(separator: " "))"
    case .hostFiles(let step):
      let paths = step.binaries + step.executablesIn + step.files.map { "\($0.from):\($0.to)" }
      return "host-files \(paths.joined(separator: " "))"
    case .setup: return "setup \(String(decoding: json, as: UTF8.self))"
    }
  }
}
