/// Lengths of time as people write them for runc: `5s`, `1m30s`, `1.5h`, `250ms`.
enum Interval {
  private static let nanoseconds: [Substring: Double] = [
    "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
  ]

  /// - Returns: Whole milliseconds, at least 1; nil if it is no length of time above 0.
  static func milliseconds(_ text: String) -> Int? {
    var rest = text[...]
    var total = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { !$0.isNumber && $0 != "." }
      rest = rest.dropFirst(unit.count)
      guard let number = Double(digits), let factor = nanoseconds[unit] else { return nil }
      total += number * factor
    }
    guard total > 0, total < 1e18 else { return nil }
    return max(1, Int(total / 1e6))
  }
}
