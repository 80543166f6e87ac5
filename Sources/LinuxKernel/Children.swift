internal import CLinux
internal import Glibc
public import RuntimeErrors
internal import SystemPackage

/// A program to be started as a child of this process.
public struct ChildProgram {
  /// Absolute path.
  public var path: String
  /// With the program's name first.
  public var arguments: [String]
  /// `NAME=value`
  public var environment: [String]
  /// What its standard streams are copies of.
  public var streams: (input: CInt, output: CInt, errors: CInt)
  /// More descriptors of this process, from 3 on there.
  public var descriptors: [CInt] = []
  /// Whether it is killed when this process ends.
  public var diesWithParent = true
  /// Whether it leads a session of its own.
  public var leadsSession = false

  /// A program with this process's standard streams.
  public init(path: String, arguments: [String], environment: [String]) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    streams = (0, 1, 2)
  }

  /// Starts it. Safe in Swift because this process has one thread.
  ///
  /// - Returns: Its pid, and a descriptor of it.
  /// - Throws: Also what execve(2) answers.
  public func start() throws(RuntimeError) -> (pid: Int32, descriptor: CInt) {
    let argv = CStrings(arguments)
    let envp = CStrings(environment)
    let answer = try Kernel.makePipe()
    let parent = getpid()
    switch try Kernel.clone(0) {
    case .child: become(argv, envp, parent, answer: answer.second.number)
    case .parent(let pid, let descriptor):
      let reading = answer.takeFirst()
      let bytes = try Kernel.read(reading.number, most: 4)
      guard let errno = bytes.first else { return (pid, descriptor.release()) }
      _ = try? Kernel.wait(for: pid)
      throw failure(-Int(errno), "execve", path)
    }
  }

  private func become(_ argv: CStrings, _ envp: CStrings, _ parent: pid_t, answer: CInt) -> Never {
    var report = answer
    do throws(RuntimeError) {
      if diesWithParent { try Kernel.dieWithParent(parent) }
      if leadsSession { try Kernel.startSession() }
      Signal.resetAll()
      report = try place(answer)
      try Kernel.closeRange(from: 3 + CInt(descriptors.count), to: report - 1)
      try Kernel.closeRange(from: report + 1)
      try Kernel.execute(path, argv, envp)
    } catch {
      var errno = UInt8(truncatingIfNeeded: error.errno?.rawValue ?? EINVAL)
      _ = raw(__NR_write, Int(report), address(&errno), 1)
    }
    _exit(127)
  }

  /// Puts all descriptors in their places, by way of high numbers: no place is another's source.
  private func place(_ answer: CInt) throws(RuntimeError) -> CInt {
    let sources = [streams.input, streams.output, streams.errors] + descriptors
    var copies: [CInt] = []
    for source in sources { copies.append(try Kernel.duplicate(source, above: 64).release()) }
    let answer = try Kernel.duplicate(answer, above: 64).release()
    for (number, copy) in copies.enumerated() { try Kernel.duplicate(copy, as: CInt(number)) }
    return answer
  }
}
