internal import ArgumentParser
internal import Containers
internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// `logs`
struct LogsCommand: PerformedCommand {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Print what a container's program wrote.")

  @Flag(name: [.short, .long], help: "Go on until the container has ended.")
  var follow = false

  @Option(
    name: [.customShort("n"), .long],
    help: ArgumentHelp("Begin with the last so many lines.", valueName: "number"))
  var tail: Int?

  @Flag(name: [.short, .long], help: "Print when each line was written.")
  var timestamps = false

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(help: ArgumentHelp("The container's name or ID.", valueName: "container"))
  var container: String

  /// One piece of a line.
  private struct Piece: JSONObject {
    var time = ""
    var stream = ""
    var text = ""
    var partial: Bool?

    mutating func members(_ json: inout JSONExchange) {
      json.member("time", &time)
      json.member("stream", &stream)
      json.member("text", &text)
      json.member("partial", &partial)
    }
  }

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    guard tail.map({ $0 >= 0 }) ?? true else {
      throw RuntimeError(.invalidArgument, "--tail: expected a number of lines")
    }
    var reading = LogReading()
    reading.tail = tail
    reading.follows = follow
    try reading.read(session.containers().find(container)) { (piece, isBeginning) throws(RuntimeError) in
      if format == .json {
        let line = Piece(
          time: piece.time, stream: piece.isError ? "stderr" : "stdout",
          text: String(decoding: piece.text, as: UTF8.self), partial: piece.endsLine ? nil : true)
        return try Output.write(json: line, style: .compact)
      }
      let head = timestamps && isBeginning ? Array("\(piece.time) ".utf8) : []
      try Kernel.writeAll(
        piece.isError ? 2 : 1, head + piece.text + (piece.endsLine ? [UInt8(ascii: "\n")] : []),
        name: "standard output")
    }
    return 0
  }
}

/// `wait`
struct WaitCommand: PerformedCommand {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Wait until containers have ended, and print their exit statuses.",
    discussion:
      "It prints unknown where nobody wrote the status down: the supervisor was killed, or there is none (--in-place)."
  )

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(help: ArgumentHelp("A container's name or ID.", valueName: "container"))
  var containers: [String]

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let catalog = try session.containers()
    var reports: [ContainerReport] = []
    for container in try containers.map({ (text) throws(RuntimeError) in try catalog.find(text) }) {
      let exitCode = try catalog.wait(for: container)
      if format == .table { try Output.write((exitCode.map(String.init) ?? "unknown") + "\n") }
      reports.append(ContainerReport(container, exitCode: exitCode))
    }
    if format == .json { try Output.write(json: reports) }
    return 0
  }
}

/// A command that does something with each of some containers, also after one with which that failed.
private protocol EachContainer: PerformedCommand {
  var all: Bool { get }
  var format: OutputFormat { get }
  var containers: [String] { get }
  /// Which of all are meant by --all.
  func isMeant(_ observation: Observation) -> Bool
  /// Whether an error is none.
  func forgives(_ error: RuntimeError) -> Bool
  /// Begins with all.
  ///
  /// - Returns: What is then done with each.
  func begin(_ containers: [Container], _ catalog: ContainerCatalog) -> (Container) throws(RuntimeError) ->
    Void
}

extension EachContainer {
  static var standing: Standing { .root }

  func isMeant(_ observation: Observation) -> Bool { ![.exited, .lost].contains(observation.status) }

  func forgives(_ error: RuntimeError) -> Bool { false }

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let catalog = try session.containers()
    guard all == containers.isEmpty else {
      throw RuntimeError(.invalidArgument, "either --all or containers are to be given")
    }
    var status: Int32 = 0
    func failed(_ error: RuntimeError) {
      if forgives(error) { return }
      session.messages.failure(error.adding(context: Self.title))
      status = 125
    }
    var found: [(name: String, container: Container)] = []
    if all {
      for item in try catalog.observe(catalog.containers(warn: session.messages.warning)) where isMeant(item)
      {
        found.append((item.container.id, item.container))
      }
    }
    for text in containers {
      do throws(RuntimeError) {
        found.append((text, try catalog.find(text)))
      } catch {
        failed(error)
      }
    }
    let perform = begin(found.map(\.container), catalog)
    var done: [ContainerReport] = []
    for (name, container) in found {
      do throws(RuntimeError) {
        try perform(container)
      } catch {
        failed(error)
        continue
      }
      done.append(ContainerReport(container))
      if format == .table { try Output.write("\(name)\n") }
    }
    if format == .json { try Output.write(json: done) }
    return status
  }
}

/// `stop`
struct StopCommand: EachContainer {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Ask containers to end, and kill those that do not.")

  @Option(
    name: [.short, .customLong("time")],
    help: ArgumentHelp("How long they have, in seconds.", valueName: "seconds"))
  var time: UInt32 = 10

  @Flag(name: [.short, .long], help: "Stop all that run.")
  var all = false

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(help: ArgumentHelp("A container's name or ID.", valueName: "container"))
  var containers: [String] = []

  func begin(
    _ containers: [Container], _ catalog: ContainerCatalog
  ) -> (Container) throws(RuntimeError) -> Void {
    var stopping = Stopping(catalog, seconds: time)
    for container in containers { stopping.ask(container) }
    return stopping.finish
  }
}

/// `kill`
struct KillCommand: EachContainer {
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "Send a signal to the first processes of containers.")

  @Option(
    name: [.short, .long], help: ArgumentHelp("Name or number: TERM, SIGTERM, 15.", valueName: "signal"))
  var signal = "KILL"

  @Flag(name: [.short, .long], help: "Signal all that run.")
  var all = false

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(help: ArgumentHelp("A container's name or ID.", valueName: "container"))
  var containers: [String] = []

  func begin(
    _ containers: [Container], _ catalog: ContainerCatalog
  ) -> (Container) throws(RuntimeError) -> Void {
    { (container) throws(RuntimeError) in
      guard let number = Signal.number(signal) else {
        throw RuntimeError(.invalidArgument, "unknown signal \(quoted(signal))")
      }
      try catalog.signal(container, number)
    }
  }
}

/// `rm`
struct RemoveContainersCommand: EachContainer {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove containers with their changes and logs.")

  @Flag(name: [.short, .long], help: "Kill those that run; one that is not there is no error.")
  var force = false

  @Flag(name: [.short, .long], help: "Remove all that have ended, and with --force all.")
  var all = false

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(help: ArgumentHelp("A container's name or ID.", valueName: "container"))
  var containers: [String] = []

  func isMeant(_ observation: Observation) -> Bool {
    force || [.exited, .lost].contains(observation.status)
  }

  func forgives(_ error: RuntimeError) -> Bool { force && error.code == .containerNotFound }

  func begin(
    _ containers: [Container], _ catalog: ContainerCatalog
  ) -> (Container) throws(RuntimeError) -> Void {
    { (container) throws(RuntimeError) in try catalog.remove(container, force: force) }
  }
}
