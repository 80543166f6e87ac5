internal import CLinux
internal import Glibc
public import RuntimeErrors
internal import SystemPackage

/// Another program, with text in and out, run to its end.
public struct Program {
  /// How one ended.
  public struct Outcome: Sendable {
    /// The exit status, or 128 and the number of the signal that ended it.
    public var status: Int32
    /// What it wrote to its standard output.
    public var output: [UInt8]
    /// The end of what it wrote to its standard error.
    public var errors: String
  }

  /// Its name, looked up along the PATH, or its path.
  public var name: String
  /// Without the program's name.
  public var arguments: [String]
  /// Variables that it gets besides the caller's.
  public var environment: [String: String] = [:]
  /// What it reads from its standard input.
  public var input: [UInt8] = []
  /// An open file in place of `input`, from where it stands.
  public var inputFile: CInt?
  /// How long it may take, in milliseconds.
  public var patience = 30_000
  /// How much it may write to its standard output, in bytes.
  public var outputLimit = 1 << 20

  /// A program that is not started yet.
  public init(_ name: String, _ arguments: [String]) {
    self.name = name
    self.arguments = arguments
  }

  /// Starts it and waits for its end.
  ///
  /// - Throws: `unsupported` if there is no such program; `timedOut`.
  public func run() throws(RuntimeError) -> Outcome {
    let source = try Kernel.makeMemoryFile(name: "input", contents: input)
    let errors = try Kernel.makeMemoryFile(name: "errors", contents: [])
    let pipe = try Kernel.makePipe()
    let pid = try start(input: inputFile ?? source.number, output: pipe.second.number, errors: errors.number)
    let reader = pipe.takeFirst()
    let output: [UInt8]
    do throws(RuntimeError) {
      output = try collect(reader.number)
    } catch {
      kill(pid, SIGKILL)
      _ = try? Kernel.wait(for: pid)
      throw error
    }
    let status = try Kernel.wait(for: pid)
    return Outcome(
      status: status, output: output, errors: try Kernel.readTail(of: errors.number, most: 4096))
  }

  /// posix_spawnp(3)
  private func start(input: CInt, output: CInt, errors: CInt) throws(RuntimeError) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, target) in [(input, CInt(0)), (output, 1), (errors, 2)] {
      posix_spawn_file_actions_adddup2(&actions, number, target)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // This program ignores SIGPIPE; others count on it.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    let words = CStrings([name] + arguments)
    let variables = CStrings(Program.variables(with: environment))
    var pid: pid_t = 0
    let failure = posix_spawnp(&pid, name, &actions, &attributes, words.pointers, variables.pointers)
    switch failure {
    case 0: return pid
    case ENOENT: throw RuntimeError(.unsupported, "the program \(name) is not installed")
    default: throw RuntimeError(systemCall: "posix_spawn", name, errno: Errno(rawValue: failure))
    }
  }

  private func collect(_ reader: CInt) throws(RuntimeError) -> [UInt8] {
    var output: [UInt8] = []
    let end = Kernel.monotonicMilliseconds() + patience
    while true {
      let left = end - Kernel.monotonicMilliseconds()
      guard left > 0, try Kernel.waitForInput([reader], milliseconds: CInt(left))[0] else {
        if left > 0 { continue }
        throw RuntimeError(.timedOut, "\(name) did not end within \(patience / 1000) seconds")
      }
      let part = try Kernel.read(reader, most: 64 << 10)
      if part.isEmpty { return output }
      output += part
      guard output.count <= outputLimit else {
        throw RuntimeError(.invalidArgument, "\(name) wrote more than \(outputLimit) bytes")
      }
    }
  }

  /// The directories of the PATH that a container has if nobody says otherwise.
  public static let usualPath = [
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
  ]

  /// Looks a program of the host's up: in the directories of the usual PATH, whatever the caller's is.
  ///
  /// - Returns: Its path; nil if there is none.
  public static func find(_ name: String) -> String? {
    usualPath.map { "\($0)/\(name)" }.first(where: Kernel.mayExecute)
  }

  /// The caller's variables.
  ///
  /// - Parameters:
  ///   - further: Others, or others in their place.
  /// - Returns: `NAME=value`
  public static func variables(with further: [String: String] = [:]) -> [String] {
    var result: [String] = []
    var place = linux_environment()
    while let text = place?.pointee {
      let variable = String(cString: text)
      if further[String(variable.prefix { $0 != "=" })] == nil { result.append(variable) }
      place = place.map { $0 + 1 }
    }
    return result + further.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }
}

extension Kernel {
  /// The path that this program was started by, without links. /proc/self/exe does not tell it any more once the file is
  /// protected; where that took another execve(2), only the program's own name does. getauxval(3) AT_EXECFN
  ///
  /// - Returns: nil if it was started from something without a path.
  public static func ownPath() -> String? {
    let executed = linux_executed_path().map { String(cString: $0) }
    let name = executed.flatMap { $0.hasPrefix("/dev/fd/") ? nil : $0 } ?? CommandLine.arguments.first ?? ""
    let path = name.contains("/") ? name : Program.find(name) ?? ""
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    let resolved = String(cString: found)
    return resolved == "/" || resolved.hasPrefix("/proc/") ? nil : resolved
  }
}
