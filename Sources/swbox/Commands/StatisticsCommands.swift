internal import ArgumentParser
internal import Containers
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// How `stats` and `top` go on.
struct WatchOptions: ParsableArguments {
  @Flag(name: .customLong("no-stream"), help: "Look once.")
  var noStream = false

  @Option(
    name: [.customShort("i"), .long],
    help: ArgumentHelp("Time between two looks: a number with s, m, h or d.", valueName: "time"))
  var interval = "1s"

  @Option(help: ArgumentHelp("How it is printed; json is one line a look.", valueName: "format"))
  var format: OutputFormat = .table

  /// The first look has no share of CPU time, so it is not shown.
  private static let firstLook: CInt = 300

  /// Looks and shows until a signal comes, or once.
  func run<Row: JSONValue>(
    _ titles: [String], _ cells: (Row) -> [String], _ look: () throws(RuntimeError) -> [Row]
  ) throws(RuntimeError) -> Int32 {
    let seconds = try Durations.seconds(interval, option: "--interval")
    guard (1...86400).contains(seconds) else {
      throw RuntimeError(.invalidArgument, "--interval: found \"\(interval)\", expected 1s to 1d")
    }
    _ = try look()
    let pause = try LookPause()
    let table = format == .table && !noStream ? try LiveTable() : nil
    var time = WatchOptions.firstLook
    while try pause.wait(milliseconds: time, endsOnResize: table != nil) {
      let rows: [Row]
      do throws(RuntimeError) {
        rows = try look()
      } catch {
        // The terminal's keys end a runtime that is asked right now, too.
        if try !pause.wait(milliseconds: 0) { return 0 }
        throw error
      }
      if format == .json {
        try Output.write(json: rows, style: .compact)
      } else if let table {
        try table.show(titles, rows.map(cells))
      } else {
        try Output.write(table: titles, rows.map(cells))
      }
      if noStream { return 0 }
      time = CInt(seconds * 1000)
    }
    return 0
  }
}

/// `stats`
struct StatisticsCommand: PerformedCommand {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show what containers use, again and again.",
    discussion: """
      CPU is percent of one CPU. PRESSURE is how much of the last ten seconds something waited for a CPU, for memory and \
      for block devices, in percent; - if the kernel does not tell.
      """
  )

  @OptionGroup var watch: WatchOptions

  @Argument(help: ArgumentHelp("Names or IDs (default: all that run).", valueName: "container"))
  var containers: [String] = []

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let catalog = try session.containers()
    var named: [Container] = []
    for text in containers { named.append(try catalog.find(text)) }
    let usage = UsageWatch(catalog, warn: session.messages.warning)
    return try watch.run(
      ["NAME", "CPU %", "MEMORY", "LIMIT", "PIDS", "READ", "WRITTEN", "PRESSURE CPU/MEM/IO"], cells
    ) { () throws(RuntimeError) in
      let wanted = containers.isEmpty ? try catalog.containers(warn: session.messages.warning) : named
      return try usage.look(at: wanted)
    }
  }

  private func cells(_ usage: Usage) -> [String] {
    let pressure = [usage.cpuPressure, usage.memoryPressure, usage.ioPressure].map(Percents.text)
    return [
      usage.name, Percents.text(usage.cpuPercent), Sizes.text(Int64(clamping: usage.memory)),
      usage.memoryLimit.map { Sizes.text(Int64(clamping: $0)) } ?? "-",
      "\(usage.pids)" + (usage.pidsLimit.map { "/\($0)" } ?? ""), Sizes.text(Int64(clamping: usage.read)),
      Sizes.text(Int64(clamping: usage.written)), pressure.joined(separator: " "),
    ]
  }
}

/// `top`
struct TopCommand: PerformedCommand {
  static let standing = Standing.root
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Show the processes of a container, again and again.",
    discussion: "IDs of processes and users are the host's. CPU is percent of one CPU."
  )

  @OptionGroup var watch: WatchOptions

  @Argument(help: ArgumentHelp("The container's name or ID.", valueName: "container"))
  var container: String

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let catalog = try session.containers()
    let processes = ProcessWatch(try catalog.find(container), catalog)
    var isFirst = true
    return try watch.run(["PID", "USER", "S", "CPU %", "TIME", "MEMORY", "COMMAND"], cells) {
      () throws(RuntimeError) in
      do throws(RuntimeError) {
        let found = try processes.look()
        isFirst = false
        return found.sorted { ($0.cpuPercent ?? 0, $1.pid) > ($1.cpuPercent ?? 0, $0.pid) }
      } catch let error where error.code == .notRunning && !isFirst {
        // It ended while it was looked at.
        return []
      }
    }
  }

  private func cells(_ process: Containers.ContainerProcess) -> [String] {
    let seconds = process.cpuTime / 1000
    let time = "\(seconds / 60):" + (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"
    return [
      "\(process.pid)", "\(process.uid)", process.state, Percents.text(process.cpuPercent), time,
      Sizes.text(Int64(clamping: process.memory)), process.command.joined(separator: " "),
    ]
  }
}

/// Shares for people.
private enum Percents {
  /// `12.3`; `-` if it is not known.
  static func text(_ value: Double?) -> String {
    value.map { "\(($0 * 10).rounded() / 10)" } ?? "-"
  }
}
