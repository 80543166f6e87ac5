internal import CLinux
internal import Glibc
public import RuntimeErrors

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

  /// Runs a program of the host's and waits for its end.
  ///
  /// - Parameters:
  ///   - path: Where it is.
  ///   - arguments: Without the program's own name.
  ///   - input: What it reads from standard input.
  ///   - limit: The most that it may write, in bytes.
  public static func run(
    _ path: String, _ arguments: [String], input: [UInt8] = [], limit: Int = 16 << 20
  ) throws(RuntimeError) -> ProgramOutcome {
    let given = try makeMemoryFile(name: "input", contents: input)
    let (written, said) = (
      try makeMemoryFile(name: "output", contents: []).release(),
      try makeMemoryFile(name: "errors", contents: []).release()
    )
    defer { for stream in [written, said] { close(stream) } }
    // Its messages are looked at, and shown to people who may read another language than the program knows.
    var program = ChildProgram(
      path: path, arguments: [path] + arguments,
      environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"])
    program.streams = (given.number, written, said)
    let child = try program.start()
    close(child.descriptor)
    let status = try wait(for: child.pid)
    try rewind(written)
    let output = try readAll(written, limit: limit, name: "the output of \(path)")
    return ProgramOutcome(
      status: status, output: output, errors: try readTail(of: said, most: mostErrors))
  }

  /// The path that this program was started by, without links. /proc/self/exe does not tell it any more once the file is
  /// protected; where that took another execve(2), only the program's own name does. getauxval(3) AT_EXECFN
  ///
  /// - Returns: nil if it was started from something without a path.
  public static func ownPath() -> String? {
    let executed = linux_executed_path().map { String(cString: $0) }
    let name = executed.flatMap { $0.hasPrefix("/dev/fd/") ? nil : $0 } ?? CommandLine.arguments.first ?? ""
    let path = name.contains("/") ? name : findProgram(name) ?? ""
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    let resolved = String(cString: found)
    return resolved == "/" || resolved.hasPrefix("/proc/") ? nil : resolved
  }

  /// Looks a program of the host's up: in the directories of the usual PATH.
  ///
  /// - Returns: Its path; nil if there is none.
  public static func findProgram(_ name: String) -> String? {
    let places = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"]
    return places.map { "\($0)/\(name)" }.first(where: mayExecute)
  }
}
