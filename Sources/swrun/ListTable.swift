internal import ContainerRuntime
internal import OCIRuntimeSpec

/// `list` for people.
enum ListTable {
  /// Columns as wide as their widest entry, as runc prints them.
  static func text(_ containers: [ContainerSummary]) -> String {
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
