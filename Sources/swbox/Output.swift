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
  static func write(json value: some JSONValue, style: JSONWriter.Style = .twoSpaces) throws(RuntimeError) {
    // Text of images may hold control characters.
    let writer = JSONWriter(style: style, escapesUnprintable: true)
    try Kernel.writeAll(1, writer.encode(value) + [UInt8(ascii: "\n")], name: "standard output")
  }

  /// Writes rows as columns of text, two spaces apart, below their titles.
  static func write(table titles: [String], _ rows: [[String]]) throws(RuntimeError) {
    try write(lines(table: titles, rows).map { $0 + "\n" }.joined())
  }

  /// Rows as columns of text, two spaces apart, below their titles.
  ///
  /// - Parameters:
  ///   - width: What is longer is cut.
  static func lines(table titles: [String], _ rows: [[String]], width: Int = .max) -> [String] {
    let rows = rows.map { $0.map(printable) }
    let widths = titles.indices.map { column in
      ([titles] + rows).map { $0[column].count }.max() ?? 0
    }
    var lines: [String] = []
    for (index, row) in ([titles] + rows).enumerated() {
      var line = ""
      for (column, cell) in row.enumerated() {
        let isLast = column == titles.count - 1
        line += isLast ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
      }
      line = String(line.prefix(width))
      lines.append(index == 0 ? Style.bold.on(line, descriptor: 1) : line)
    }
    return lines
  }
}
