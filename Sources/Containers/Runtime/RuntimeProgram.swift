internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

/// An OCI runtime, called as a program.
///
/// Spec (runtime): runtime.md#operations. The options are those that all runtimes have.
public struct RuntimeProgram {
  /// Absolute path.
  let path: String
  /// Absolute path of the directory for its state.
  let root: String

  /// The program that `--runtime` names, else swrun beside this program or along the PATH.
  ///
  /// - Returns: Its absolute path.
  public static func find(_ name: String?) throws(RuntimeError) -> String {
    let wanted = name ?? "swrun"
    if wanted.contains("/") {
      guard let found = realpath(wanted, nil) else {
        throw RuntimeError(systemCall: "realpath", wanted, errno: Errno(rawValue: errno)).adding(
          context: "--runtime")
      }
      defer { free(found) }
      return String(cString: found)
    }
    var directories = getenv("PATH").map { String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin"
    if name == nil, let own = Kernel.ownPath() {
      directories = own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + ":" + directories
    }
    for directory in directories.split(separator: ":") where directory.hasPrefix("/") {
      let path = "\(directory)/\(wanted)"
      if Kernel.mayExecute(path) { return path }
    }
    throw RuntimeError(
      .invalidArgument, "the runtime \(wanted) is neither beside swbox nor in PATH",
      hint: "--runtime names one")
  }

  /// A child process of the runtime's.
  func program(_ words: [String], log: String? = nil) -> ChildProgram {
    var arguments = [path, "--root", root]
    if let log { arguments += ["--log", log, "--log-format", "json"] }
    return ChildProgram(
      path: path, arguments: arguments + words, environment: RuntimeProgram.environment)
  }

  /// Runs a command that makes a process, or lets it go on, and waits for the runtime's end.
  ///
  /// - Parameters:
  ///   - words: The command and its options.
  ///   - log: What the runtime's log is called in the container's directory.
  ///   - streams: The process's; nil if it has them.
  ///   - signals: Where signals come that are the runtime's as long as it works.
  ///   - warn: Gets the log's warnings.
  /// - Throws: What the log says.
  func make(
    _ words: [String], for container: Container, log: String, streams: ProgramStreams?,
    _ signals: CInt? = nil,
    warn: (String) -> Void
  ) throws(RuntimeError) {
    var program = program(words + [container.id], log: "\(container.path)/\(log)")
    let null = try Kernel.open("/dev/null", flags: O_RDWR)
    program.streams = streams?.inner ?? (null.number, null.number, null.number)
    let child = try during(path) { () throws(RuntimeError) in try program.start() }
    let status: Int32
    if let streams {
      status = try streams.wait(for: child, signals)
    } else {
      close(child.descriptor)
      status = try Kernel.wait(for: child.pid)
    }
    let log = RuntimeLog(log, at: container.number)
    streams?.pass(errors: status == 0 || log.failure == nil)
    guard status == 0 else {
      var error = log.error(words[0], of: container.id, status: status)
      // The runtime's own advice is an option that it has.
      if Caller.person != nil, error.hint?.contains("--cgroup-manager") == true {
        error.hint =
          "with cgroup v2, `systemd-run --user --scope -p Delegate=yes swbox run …` has cgroups; else leave it out"
      }
      throw error
    }
    for warning in log.warnings { warn(warning) }
  }

  /// The pid that the runtime wrote to a file.
  static func pid(in name: String, at directory: CInt) throws(RuntimeError) -> Int32 {
    let text = try Kernel.readText(name, at: directory)
    guard let pid = Int32(text.filter(\.isNumber)) else {
      throw RuntimeError(.invalidState, "the runtime wrote \(quoted(text)) for the pid")
    }
    return pid
  }

  /// What the runtime may know of the caller's variables.
  private static let environment: [String] = {
    let names = ["PATH", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "NOTIFY_SOCKET", "USER", "HOME"]
    return names.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
  }()

  /// Runs a command whose standard error says what is wrong.
  func perform(_ words: [String]) throws(RuntimeError) {
    let outcome = try answer(words)
    guard outcome.status != 0 else { return }
    throw RuntimeProgram.failure(outcome.errors, words)
  }

  /// Runs a command and takes what it writes.
  func answer(_ words: [String]) throws(RuntimeError) -> (status: Int32, output: [UInt8], errors: [UInt8]) {
    let null = try Kernel.open("/dev/null", flags: O_RDWR)
    let output = try Kernel.makeMemoryFile(name: "output", contents: [])
    let errors = try Kernel.makeMemoryFile(name: "errors", contents: [])
    var program = program(words)
    program.streams = (null.number, output.number, errors.number)
    let child = try program.start()
    close(child.descriptor)
    let status = try Kernel.wait(for: child.pid)
    func text(_ file: CInt) throws(RuntimeError) -> [UInt8] {
      try Kernel.rewind(file)
      return try Kernel.readAll(file, limit: 64 << 20, name: "the runtime's answer")
    }
    return (status, try text(output.number), try text(errors.number))
  }

  private static func failure(_ errors: [UInt8], _ words: [String]) -> RuntimeError {
    let text = String(decoding: errors.prefix(4096), as: UTF8.self)
    let lines = text.split(separator: "\n").map { printable(String($0)) }
    return RuntimeError(.invalidState, "the runtime's \(words[0]): \(lines.joined(separator: "; "))")
  }

  /// What the runtime knows of its containers.
  func states() throws(RuntimeError) -> [String: State] {
    guard try Kernel.stat(root, at: Directory.working) != nil else { return [:] }
    let outcome = try answer(["list", "--format", "json"])
    guard outcome.status == 0 else { throw RuntimeProgram.failure(outcome.errors, ["list"]) }
    // runc writes `null` where there is none.
    guard let document = try? JSONDocument(parsing: outcome.output) else {
      throw RuntimeError(.invalidState, "the runtime's list is no JSON")
    }
    let states = JSONReader.decode([State]?.self, from: document).value ?? []
    return Dictionary(states.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether it has written down anything of a container.
  func knows(_ id: String) throws(RuntimeError) -> Bool {
    try Kernel.stat("\(root)/\(id)", at: Directory.working) != nil
  }

  /// Removes a container, its processes and its cgroups. It need not be there.
  func delete(_ id: String) throws(RuntimeError) { try perform(["delete", "--force", id]) }

  /// Sends a signal to a container's first process.
  func kill(_ id: String, _ signal: CInt) throws(RuntimeError) {
    try perform(["kill", id, String(signal)])
  }
}

/// What a runtime wrote to its log.
struct RuntimeLog {
  /// Warnings, in their order.
  private(set) var warnings: [String] = []
  /// The last error.
  private(set) var failure: String?
  /// swrun's code of it.
  private(set) var code: RuntimeError.Code?
  /// swrun's hint.
  private(set) var hint: String?

  /// One line.
  private struct Line: JSONObject {
    var level = ""
    var msg = ""
    var code: String?
    var hint: String?

    mutating func members(_ json: inout JSONExchange) {
      json.member("level", &level)
      json.member("msg", &msg)
      json.member("code", &code)
      json.member("hint", &hint)
    }
  }

  /// Reads it; one that is missing says nothing.
  init(_ name: String, at directory: CInt) {
    guard let text = try? Kernel.readText(name, at: directory, limit: 1 << 20) else { return }
    for line in text.split(separator: "\n") {
      guard let document = try? JSONDocument(parsing: Array(line.utf8)) else { continue }
      let entry = JSONReader.decode(Line.self, from: document).value
      if entry.level.hasPrefix("warn") { warnings.append(entry.msg) }
      if entry.level == "error" || entry.level == "fatal" {
        failure = entry.msg
        code = entry.code.flatMap(RuntimeError.Code.init(rawValue:))
        hint = entry.hint
      }
    }
  }

  /// The error, with the code that decides on the exit status.
  func error(_ operation: String, of id: String, status: Int32) -> RuntimeError {
    var message = failure ?? "the runtime's \(operation) ended with status \(status)"
    // Nobody asked for it by this ID.
    let prefix = "\(operation) \(id): "
    if message.hasPrefix(prefix) { message.removeFirst(prefix.count) }
    return RuntimeError(code ?? RuntimeLog.code(of: message), message, hint: hint)
  }

  /// Other runtimes say it in words, which docker and podman look for.
  private static func code(of message: String) -> RuntimeError.Code {
    let text = message.lowercased()
    func says(_ words: String) -> Bool { text.utf8.count >= words.utf8.count && text.contains(words) }
    if says("executable file") && says("not found") || says("no such file or directory") && says("exec") {
      return .commandNotFound
    }
    if says("permission denied") || says("is a directory") || says("exec format error") {
      return .commandNotExecutable
    }
    return .initProcessFailed
  }
}
