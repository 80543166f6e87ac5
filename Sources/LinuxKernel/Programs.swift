internal import CLinux
internal import Glibc
public import RuntimeErrors
internal import SystemPackage

extension Kernel {
  /// How another program ended, and what it wrote.
  public struct ProgramOutcome: Sendable {
    /// Its exit status, 128 + n for signal n.
    public var status: Int32
    /// What it wrote to standard output.
    public var output: [UInt8]
    /// The end of what it wrote to standard error.
    public var errors: String
  }

  private static let mostErrors = 2048

  /// posix_spawn(3): runs a program of the host's and waits for its end.
  ///
  /// - Parameters:
  ///   - path: Where it is.
  ///   - arguments: Without the program's own name.
  ///   - input: What it reads from standard input.
  ///   - limit: The most that it may write, in bytes.
  public static func run(
    _ path: String, _ arguments: [String], input: [UInt8] = [], limit: Int = 16 << 20
  ) throws(RuntimeError) -> ProgramOutcome {
    let streams = [
      try makeMemoryFile(name: "input", contents: input).release(),
      try makeMemoryFile(name: "output", contents: []).release(),
      try makeMemoryFile(name: "errors", contents: []).release(),
    ]
    defer { for stream in streams { close(stream) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, stream) in streams.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, stream, CInt(number))
    }
    // Its messages are looked at, and shown to people who may read another language than the program knows.
    let environment = CStrings(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"])
    let words = CStrings([path] + arguments)
    var pid: pid_t = 0
    let failure = posix_spawn(&pid, path, &actions, nil, words.pointers, environment.pointers)
    guard failure == 0 else {
      throw RuntimeError(systemCall: "posix_spawn", path, errno: Errno(rawValue: failure))
    }
    let status = try wait(for: pid)
    try rewind(streams[1])
    let output = try readAll(streams[1], limit: limit, name: "the output of \(path)")
    return ProgramOutcome(
      status: status, output: output, errors: try readTail(of: streams[2], most: mostErrors))
  }

  /// Looks a program of the host's up: in the directories of the usual PATH.
  ///
  /// - Returns: Its path; nil if there is none.
  public static func findProgram(_ name: String) -> String? {
    let places = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"]
    return places.map { "\($0)/\(name)" }.first(where: mayExecute)
  }
}
