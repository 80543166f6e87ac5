internal import ContainerRuntime
internal import OCIRuntimeSpec

/// `list` for people.
enum ListTable {
  /// Columns as wide as their widest entry, as runc prints them.
  static func text(_ containers: [ContainerSummary]) -> String {
    let titles = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]
    var cells = titles
    cells.reserveCapacity(titles.count * (containers.count + 1))
    for container in containers {
      cells.append(container.id)
      cells.append("\(container.pid)")
      cells.append(container.status.rawValue)
      cells.append(container.bundle)
      cells.append(container.created)
      cells.append(container.owner)
    }
    let lengths = cells.map(length)
    var widths = [Int](repeating: 12, count: titles.count)
    for index in cells.indices {
      widths[index % titles.count] = max(widths[index % titles.count], lengths[index] + 4)
    }
    var text: [UInt8] = []
    text.reserveCapacity(widths.reduce(0, +) * (containers.count + 1))
    for (index, cell) in cells.enumerated() {
      text.append(contentsOf: cell.utf8)
      let column = index % titles.count
      if column == titles.count - 1 {
        text.append(UInt8(ascii: "\n"))
      } else {
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: widths[column] - lengths[index]))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// In characters, which are bytes nearly always.
  private static func length(_ cell: String) -> Int {
    cell.utf8.allSatisfy { $0 < 0x80 } ? cell.utf8.count : cell.count
  }
}
