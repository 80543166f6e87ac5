internal import ArgumentParser
internal import Containers
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// `ps`
struct ListContainersCommand: PerformedCommand {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "ps", abstract: "List the containers that run.")

  @Flag(name: [.short, .long], help: "List those that do not run, too.")
  var all = false

  @Flag(name: [.short, .long], help: "Print only the IDs.")
  var quiet = false

  @Flag(name: .customLong("no-trunc"), help: "Print IDs and commands in full.")
  var noTrunc = false

  @Option(help: ArgumentHelp("How the list is printed.", valueName: "format"))
  var format: OutputFormat = .table

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let catalog = try session.containers()
    var found = try catalog.observe(catalog.containers(warn: session.messages.warning))
    if !all { found.removeAll { [.exited, .lost].contains($0.status) } }
    if quiet {
      for item in found {
        try Output.write("\(noTrunc ? item.container.id : item.container.record.shortID)\n")
      }
    } else if format == .json {
      try Output.write(json: found.map(ContainerSummary.init))
    } else {
      try Output.write(
        table: ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"], found.map(cells))
    }
    return 0
  }

  private func cells(_ item: Observation) -> [String] {
    let record = item.container.record
    let command = record.command.joined(separator: " ")
    let shown = noTrunc || command.count <= 24 ? command : command.prefix(23) + "…"
    return [
      noTrunc ? record.id : record.shortID, record.origin.text, shown, Ages.text(since: record.created),
      item.statusText, record.options.ports.joined(separator: ", "), record.name,
    ]
  }
}

/// What lists tell of a container.
struct ContainerSummary: JSONObject {
  private var id = ""
  private var name = ""
  private var image = ""
  private var command: [String] = []
  private var created = ""
  private var status = ContainerStatus.starting
  private var pid: Int32?
  private var started: String?
  private var finished: String?
  private var exitCode: Int32?
  private var ports: [String] = []
  private var addresses: [String]?
  private var labels: [String: String] = [:]

  init() {}

  init(_ item: Observation) {
    let record = item.container.record
    id = record.id
    name = record.name
    image = record.origin.text
    command = record.command
    created = record.created
    status = item.status
    pid = item.pid
    started = item.progress.started
    finished = item.progress.finished
    exitCode = item.progress.exitCode
    ports = record.options.ports
    addresses = item.progress.addresses
    labels = record.options.labels
  }

  mutating func members(_ json: inout JSONExchange) {
    json.member("id", &id)
    json.member("name", &name)
    json.member("image", &image)
    json.member("command", &command)
    json.member("created", &created)
    json.member("status", &status)
    json.member("pid", &pid)
    json.member("started", &started)
    json.member("finished", &finished)
    json.member("exitCode", &exitCode)
    json.member("ports", &ports)
    json.member("addresses", &addresses)
    json.member("labels", &labels)
  }
}

extension Observation {
  /// For people: `Up 5 minutes`, `Exited (0) 2 hours ago`.
  var statusText: String {
    switch status {
    case .starting: "Starting"
    case .running: "Up " + Ages.text(since: progress.started ?? "", ago: false)
    case .paused: "Paused"
    case .exited:
      "Exited (\(progress.exitCode.map(String.init) ?? "?")) " + Ages.text(since: progress.finished ?? "")
    case .unsupervised: "Unsupervised"
    case .lost: "Lost"
    }
  }
}

/// `status`
struct StatusCommand: PerformedCommand {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Tell where containers are in their lives.",
    discussion: "The exit status is 1 if one of them is neither running nor ended well."
  )

  @Flag(help: "Wait until they have ended.")
  var wait = false

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(help: ArgumentHelp("A container's name or ID.", valueName: "container"))
  var containers: [String]

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let catalog = try session.containers()
    var found: [Observation] = []
    for text in containers {
      let container = try catalog.find(text)
      if wait { _ = try catalog.wait(for: container) }
      found.append(try catalog.observe(container))
    }
    if format == .json {
      try Output.write(json: found.map(ContainerSummary.init))
    } else {
      let rows = found.map { item in
        [
          item.container.record.name, item.status.rawValue, item.pid.map(String.init) ?? "-",
          item.progress.exitCode.map(String.init) ?? "-", item.progress.started ?? "-",
          item.progress.finished ?? "-",
        ]
      }
      try Output.write(table: ["NAME", "STATUS", "PID", "EXIT", "STARTED", "FINISHED"], rows)
    }
    let isWell = found.allSatisfy { item in
      [.starting, .running, .paused].contains(item.status) || item.progress.exitCode == 0
    }
    return isWell ? 0 : 1
  }
}

/// `inspect`
struct InspectContainerCommand: PerformedCommand {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show all that is known of containers, as JSON.")

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .json

  @Argument(help: ArgumentHelp("A container's name or ID.", valueName: "container"))
  var containers: [String]

  /// One container.
  private struct Report: JSONObject {
    var summary = ContainerSummary()
    var record = ContainerRecord()
    var progress = ContainerProgress()
    var directory = ""
    var log = ""

    mutating func members(_ json: inout JSONExchange) {
      json.member("summary", &summary)
      json.member("record", &record)
      json.member("progress", &progress)
      json.member("directory", &directory)
      json.member("log", &log)
    }
  }

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let catalog = try session.containers()
    var reports: [Report] = []
    for text in containers {
      let item = try catalog.observe(catalog.find(text))
      let path = item.container.path
      reports.append(
        Report(
          summary: ContainerSummary(item), record: item.container.record, progress: item.progress,
          directory: path, log: "\(path)/\(ContainerFile.log)"))
    }
    if format == .json {
      try Output.write(json: reports)
      return 0
    }
    for report in reports {
      let record = report.record
      try Output.write(
        table: ["FIELD", "VALUE"],
        [
          ["id", record.id], ["name", record.name], ["image", record.origin.text],
          ["command", record.command.joined(separator: " ")], ["created", record.created],
          ["started", report.progress.started ?? "-"], ["finished", report.progress.finished ?? "-"],
          ["exit", report.progress.exitCode.map(String.init) ?? "-"],
          ["network", record.options.network.rawValue], ["directory", report.directory],
          ["log", report.log],
        ])
    }
    return 0
  }
}

/// Times as people say them.
enum Ages {
  /// `5 minutes ago`, or without `ago`.
  static func text(since time: String, ago: Bool = true) -> String {
    guard let begin = TimeOfDay(time)?.seconds else { return "-" }
    let seconds = max(0, TimeOfDay.now.seconds - begin)
    let units = [(86400 * 365, "year"), (86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")]
    let (size, name) = units.first { seconds >= $0.0 } ?? (1, "second")
    let count = seconds / size
    return "\(count) \(name)\(count == 1 ? "" : "s")\(ago ? " ago" : "")"
  }
}
