internal import ArgumentParser
internal import ContainerRuntime
internal import ContainerStore
internal import JSON
internal import OCIRuntimeSpec

/// `state`
struct StateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state", abstract: "Print a container's state as JSON.")

  @ParentCommand var parent: Swrun
  private var global: GlobalOptions { parent.global }

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  func run() throws {
    try Report.running("state \(id)", global) { _ in
      let summary = try Query.state(of: ContainerID(id), store: global.store)
      try Output.write(JSONWriter(style: .twoSpaces).encode(summary))
    }
  }
}

/// `list`
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the containers.")

  /// `--format`
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, json
  }

  @ParentCommand var parent: Swrun
  private var global: GlobalOptions { parent.global }

  @Option(name: [.long, .customShort("f")], help: ArgumentHelp("table or json.", valueName: "format"))
  var format: Format = .table

  @Flag(name: [.long, .customShort("q")], help: "Print the IDs only.")
  var quiet = false

  func run() throws {
    try Report.running("list", global) { _ in
      if quiet {
        try Output.write(try global.store.list().map { "\($0)\n" }.joined())
        return
      }
      let containers = try Query.list(store: global.store)
      switch format {
      case .json: try Output.write(JSONWriter().encode(containers))
      case .table: try Output.write(ListCommand.table(containers))
      }
    }
  }

  /// Columns as wide as their widest entry, as runc prints them.
  static func table(_ containers: [ContainerSummary]) -> String {
    let rows =
      [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]]
      + containers.map {
        [$0.id, "\($0.pid)", $0.status.rawValue, $0.bundle, $0.created, $0.owner]
      }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).enumerated().map { index, cell in
        let padding = index == row.count - 1 ? 0 : max(12, cell.1 + 4) - cell.0.count
        return cell.0 + String(repeating: " ", count: padding)
      }.joined() + "\n"
    }.joined()
  }
}
