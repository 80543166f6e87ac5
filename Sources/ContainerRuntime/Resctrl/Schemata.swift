internal import OCIRuntimeSpec

/// What a schemata file says: for every resource, such as `L3` or `MB`, a value in each of its domains.
///
/// Spec: config-linux.md#intelrdt
struct Schemata: Equatable {
  /// One value: `7f0` for `L3` in domain 1.
  private struct Place: Hashable {
    let resource: Substring
    let domain: Substring
  }

  private var values: [Place: String] = [:]
  /// Lines of another form.
  private(set) var oddLines: [String] = []

  /// Reads lines such as `L3:0=7f0;1=1f`, as the kernel does: later ones prevail.
  init(_ text: String) {
    for line in text.split(separator: "\n") {
      if !read(line.filter { $0 != " " && $0 != "\t" }) { oddLines.append(String(line)) }
    }
  }

  private mutating func read(_ line: String) -> Bool {
    let parts = line.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else { return false }
    for assignment in parts[1].split(separator: ";") {
      let sides = assignment.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else { return false }
      values[Place(resource: parts[0], domain: Schemata.withoutZeros(sides[0]))] = Schemata.plain(sides[1])
    }
    return true
  }

  /// What writing `other` would change.
  ///
  /// - Returns: Words for the first of the differences; nil if nothing would change.
  func difference(to other: Schemata) -> String? {
    if let line = other.oddLines.first { return "\"\(line)\" is not in it" }
    let wanted = other.values.sorted { ($0.key.resource, $0.key.domain) < ($1.key.resource, $1.key.domain) }
    for (place, value) in wanted where values[place] != value {
      return "\(place.resource):\(place.domain) is \(values[place] ?? "absent") there, not \(value)"
    }
    return nil
  }

  /// The same number always in the same digits, be it a decimal one or a mask.
  private static func plain(_ number: Substring) -> String {
    let digits = number.lowercased()
    return String(withoutZeros(digits.hasPrefix("0x") ? digits.dropFirst(2) : digits[...]))
  }

  private static func withoutZeros(_ number: Substring) -> Substring {
    let rest = number.drop { $0 == "0" }
    return rest.isEmpty ? number.suffix(1) : rest
  }
}

extension IntelRdt {
  /// The writes to the schemata file, in the order that the specification wants; none if nothing is set.
  var schemataWrites: [String] {
    let lines = [l3CacheSchema, memBwSchema, schemata?.joined(separator: "\n")]
    // The kernel refuses a write without a line's end.
    return lines.compactMap { $0 }.filter { !$0.isEmpty }.map { $0 + "\n" }
  }
}
