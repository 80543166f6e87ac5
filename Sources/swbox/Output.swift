internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// Standard output, with errors: a full disk must not look like success.
enum Output {
  /// Writes text.
  static func write(_ text: String) throws(RuntimeError) {
    try Kernel.writeAll(1, Array(text.utf8), name: "standard output")
  }

  /// Writes a value as JSON and a newline.
  static func write(json value: some JSONValue) throws(RuntimeError) {
    try Kernel.writeAll(
      1, JSONWriter(style: .twoSpaces).encode(value) + [UInt8(ascii: "\n")], name: "standard output")
  }

  /// Writes rows as columns of text, two spaces apart, below their titles.
  static func write(table titles: [String], _ rows: [[String]]) throws(RuntimeError) {
    let rows = rows.map { $0.map(printable) }
    let widths = titles.indices.map { column in
      ([titles] + rows).map { $0[column].count }.max() ?? 0
    }
    var text = ""
    for (index, row) in ([titles] + rows).enumerated() {
      var line = ""
      for (column, cell) in row.enumerated() {
        let isLast = column == titles.count - 1
        line += isLast ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
      }
      text += (index == 0 ? Style.bold.on(line, descriptor: 1) : line) + "\n"
    }
    try write(text)
  }
}
