/// Readers of the forms that control files have. What has another form than expected is passed over: a
/// later kernel may add to them.
enum ControlFileText {
  /// Lines of a name and a number: `cpu.stat`, `memory.stat`.
  static func counters(_ text: String) -> [String: UInt64] {
    var counters: [String: UInt64] = [:]
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count == 2, let value = UInt64(fields[1]) else { continue }
      counters[String(fields[0])] = value
    }
    return counters
  }

  /// Numbers between spaces: `cpuacct.usage_percpu`.
  static func numbers(_ text: String) -> [UInt64] {
    text.split { $0 == " " || $0 == "\n" }.compactMap { UInt64($0) }
  }

  /// The columns below a header `cpu user system`: `cpuacct.usage_all`.
  static func userAndSystemByCPU(_ text: String) -> (user: [UInt64], system: [UInt64]) {
    let rows = text.split(separator: "\n").map { numbers(String($0)) }.filter { $0.count == 3 }
    return (rows.map { $0[1] }, rows.map { $0[2] })
  }

  /// A list of numbers and ranges: `0-2,7`. cpuset(7)
  static func list(_ text: String) -> [UInt16] {
    text.split(separator: ",").flatMap { part -> [UInt16] in
      let ends = part.split(separator: "-").compactMap { UInt16($0) }
      guard let first = ends.first, let last = ends.last, first <= last, ends.count <= 2 else { return [] }
      return Array(first...last)
    }
  }

  /// Lines of a device, perhaps an operation, and a number: `8:0 Read 4096`. The sum of all is left out.
  static func blockIO(_ text: String) -> [BlockIOStatistics.Entry] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count == 2 || fields.count == 3, let value = UInt64(fields[fields.count - 1]) else {
        return nil
      }
      let device = fields[0].split(separator: ":").compactMap { UInt64($0) }
      guard device.count == 2 else { return nil }
      let operation = fields.count == 3 ? String(fields[1]) : ""
      return .init(major: device[0], minor: device[1], operation: operation, value: value)
    }
  }

  /// Lines of a device and named numbers: `8:0 rbytes=4096 wbytes=0`.
  static func devices(_ text: String) -> [(major: UInt64, minor: UInt64, values: [String: UInt64])] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      let device = fields.first?.split(separator: ":").compactMap { UInt64($0) } ?? []
      guard device.count == 2 else { return nil }
      var values: [String: UInt64] = [:]
      for field in fields.dropFirst() {
        let sides = field.split(separator: "=")
        if sides.count == 2 { values[String(sides[0])] = UInt64(sides[1]) }
      }
      return (device[0], device[1], values)
    }
  }

  /// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same with `full`.
  static func pressure(_ text: String) -> PressureStatistics {
    var result = PressureStatistics()
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      var stall = PressureStatistics.Stall()
      for field in fields.dropFirst() {
        let sides = field.split(separator: "=")
        guard sides.count == 2 else { continue }
        switch sides[0] {
        case "avg10": stall.average10 = Double(sides[1]) ?? 0
        case "avg60": stall.average60 = Double(sides[1]) ?? 0
        case "avg300": stall.average300 = Double(sides[1]) ?? 0
        case "total": stall.total = UInt64(sides[1]) ?? 0
        default: continue
        }
      }
      if fields.first == "some" { result.some = stall }
      if fields.first == "full" { result.full = stall }
    }
    return result
  }
}
