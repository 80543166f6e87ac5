internal import CTestSupport
internal import Foundation

/// A program to start, with every stream and descriptor it gets spelled out.
public struct Command {
  /// Path of the program.
  public var program: String
  /// Without the program's name.
  public var arguments: [String]
  /// The whole environment.
  public var environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"]
  /// Where it starts; the test's directory if nil.
  public var directory: String?
  /// Standard input.
  public var input = Stream.null
  /// Standard output.
  public var output = Stream.captured
  /// Standard error.
  public var errors = Stream.captured
  /// Further descriptors: the number there, and the descriptor here.
  public var descriptors: [CInt: CInt] = [:]
  /// Whether it leads a session; a terminal as its standard input is then the session's.
  public var leadsSession = false

  /// What a standard stream is connected to.
  public enum Stream {
    /// The null device.
    case null
    /// A file in memory that `Outcome` reads; for input, an empty one.
    case captured
    /// A file in memory with this text, to be read.
    case text(String)
    /// A descriptor of the test's, such as a pipe's end.
    case descriptor(CInt)
    /// A file or device, opened by the child for reading and writing.
    case path(String)
    /// Nothing: the descriptor is closed.
    case closed
  }

  /// The program's file, looked up along its own PATH: Python, for one, looks there for its library.
  private var path: String {
    if program.contains("/") { return program }
    let directories = (environment["PATH"] ?? "").split(separator: ":")
    return directories.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 } ?? program
  }

  /// The program at `program`, or found along the PATH.
  public init(_ program: String, _ arguments: [String]) {
    self.program = program
    self.arguments = arguments
  }

  /// Starts it and waits for its end.
  public func run(timeout: Duration = .seconds(60)) throws -> Outcome {
    try start().wait(timeout: timeout)
  }

  /// Starts it.
  public func start() throws -> Running {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var attributes = try Command.attributes(leadsSession)
    defer { posix_spawnattr_destroy(&attributes) }

    let captured = Captured()
    // High numbers, so that no target is another's source.
    var copies: [CInt] = []
    defer { for copy in copies { close(copy) } }
    func place(_ descriptor: CInt, as number: CInt) throws {
      let copy = try checked(fcntl(descriptor, F_DUPFD_CLOEXEC, 500), "dup")
      copies.append(copy)
      posix_spawn_file_actions_adddup2(&actions, copy, number)
    }
    for (stream, number) in [(input, CInt(0)), (output, 1), (errors, 2)] {
      switch stream {
      case .null: posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
      case .path(let path): posix_spawn_file_actions_addopen(&actions, number, path, O_RDWR, 0)
      case .closed: posix_spawn_file_actions_addclose(&actions, number)
      case .descriptor(let own): try place(own, as: number)
      case .text(let text):
        let file = try MemoryFile(text)
        try place(file.descriptor, as: number)
      case .captured:
        let file = try MemoryFile()
        captured.files[number] = file
        try place(file.descriptor, as: number)
      }
    }
    let end = (descriptors.keys.max() ?? 2) + 1
    for number in 3..<end {
      if let own = descriptors[number] {
        try place(own, as: number)
      } else {
        posix_spawn_file_actions_addclose(&actions, number)
      }
    }
    test_spawn_closing_from(&actions, end)
    if let directory { test_spawn_in_directory(&actions, directory) }

    var pid: pid_t = 0
    let failure = withCStrings([program] + arguments) { argv in
      withCStrings(environment.map { "\($0)=\($1)" }) { envp in
        posix_spawnp(&pid, path, &actions, &attributes, argv, envp)
      }
    }
    guard failure == 0 else { throw SystemFailure("starting \(program)", failure) }
    return Running(pid: pid, captured: captured, description: ([program] + arguments).joined(separator: " "))
  }

  /// Signals as a shell leaves them: nothing blocked, nothing ignored.
  private static func attributes(_ leadsSession: Bool) throws -> posix_spawnattr_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    let flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
    posix_spawnattr_setflags(&attributes, Int16(flags | (leadsSession ? 0x80 : 0)))
    return attributes
  }
}

/// A started program. If nobody waits for its end, it is killed.
public final class Running {
  /// Its process.
  public let pid: Int32
  private let captured: Captured
  private let description: String
  private let descriptor: CInt
  private var isReaped = false

  init(pid: pid_t, captured: Captured, description: String) {
    self.pid = pid
    self.captured = captured
    self.description = description
    descriptor = test_open_process(pid)
  }

  deinit {
    if !isReaped {
      Glibc.kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
    close(descriptor)
  }

  /// What it has written to its standard output so far.
  public var output: String { captured.text(1) }

  /// What it has written to its standard error so far.
  public var errors: String { captured.text(2) }

  /// Whether it has ended.
  public var hasEnded: Bool { isReaped || canBeRead(descriptor, within: .zero) }

  /// Sends it a signal.
  public func signal(_ number: CInt) {
    if !isReaped { Glibc.kill(pid, number) }
  }

  /// Waits for its end; kills it when that takes too long.
  @discardableResult
  public func wait(timeout: Duration = .seconds(60)) -> Outcome {
    let isPunctual = canBeRead(descriptor, within: timeout)
    if !isPunctual { Glibc.kill(pid, SIGKILL) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    isReaped = true
    let signal = status & 0x7f
    return Outcome(
      command: description,
      status: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
      isPunctual: isPunctual,
      captured: captured
    )
  }
}

/// What programs wrote into files in memory.
final class Captured {
  var files: [CInt: MemoryFile] = [:]

  func text(_ number: CInt) -> String { files[number]?.text ?? "" }
}

/// memfd_create(2)
final class MemoryFile {
  let descriptor: CInt

  /// A file with `contents`, to be read from its beginning.
  init(_ contents: String = "") throws {
    descriptor = try checked(test_memory_file(), "memfd_create")
    var contents = contents
    try contents.withUTF8 { bytes in
      _ = try checked(CInt(pwrite(descriptor, bytes.baseAddress, bytes.count, 0)), "pwrite")
    }
  }

  deinit { close(descriptor) }

  var text: String {
    var status = stat()
    fstat(descriptor, &status)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
