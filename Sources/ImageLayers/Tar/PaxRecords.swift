internal import Glibc
internal import JSON
internal import RuntimeErrors

/// The records of an extended header: `LENGTH KEY=VALUE` and a line feed each.
///
/// pax(1), "pax Extended Header"
struct PaxRecords {
  /// Of the keys that mean something here.
  private(set) var values: [String: [UInt8]] = [:]
  /// Extended attributes by their names, which are bytes.
  private(set) var attributes: [[UInt8]: [UInt8]] = [:]
  /// Version 0.0 of GNU's sparse files repeats its keys.
  private(set) var sparseNumbers: [[UInt8]] = []

  private static let known: Set<String> = [
    "path", "linkpath", "size", "uid", "gid", "mtime", "GNU.sparse.major", "GNU.sparse.realsize",
    "GNU.sparse.size", "GNU.sparse.map", "GNU.sparse.name",
  ]
  private static let attributePrefix = Array("SCHILY.xattr.".utf8)

  init() {}

  /// Reads the content of a header of the kinds `x` and `g`.
  init(_ bytes: [UInt8]) throws(RuntimeError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let record = try PaxRecords.take(from: &rest)
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
        throw PaxRecords.fault("a record has no =")
      }
      try add(record[..<equals], Array(record[(equals + 1)...]))
    }
  }

  private mutating func add(_ key: ArraySlice<UInt8>, _ value: [UInt8]) throws(RuntimeError) {
    if key.starts(with: PaxRecords.attributePrefix) {
      attributes[Array(key.dropFirst(PaxRecords.attributePrefix.count))] = value
      return try checkAttributes()
    }
    let name = String(decoding: key, as: UTF8.self)
    if name == "GNU.sparse.offset" || name == "GNU.sparse.numbytes" { sparseNumbers.append(value) }
    if PaxRecords.known.contains(name) { values[name] = value }
  }

  private func checkAttributes() throws(RuntimeError) {
    guard attributes.count <= LayerLimits.attributes else {
      throw PaxRecords.fault("a file with more than \(LayerLimits.attributes) extended attributes")
    }
  }

  /// One record without its length and line feed.
  private static func take(from rest: inout ArraySlice<UInt8>) throws(RuntimeError) -> ArraySlice<UInt8> {
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard let length = Int(String(decoding: digits.prefix(10), as: UTF8.self)), digits.count <= 9,
      rest.dropFirst(digits.count).first == UInt8(ascii: " ")
    else { throw fault("a record does not begin with its length") }
    guard length > digits.count + 1, length <= rest.count else {
      throw fault("a record's length does not fit")
    }
    let record = rest.prefix(length)
    guard record.last == UInt8(ascii: "\n") else { throw fault("a record does not end with a line feed") }
    rest = rest.dropFirst(length)
    return record.dropFirst(digits.count + 1).dropLast()
  }

  /// Records of this archive's `g` headers, with those of an entry over them.
  func overlaid(by local: PaxRecords) throws(RuntimeError) -> PaxRecords {
    var result = self
    result.values.merge(local.values) { $1 }
    result.attributes.merge(local.attributes) { $1 }
    result.sparseNumbers = local.sparseNumbers
    try result.checkAttributes()
    return result
  }

  /// A text; nil if it is not there, or empty, which takes back what the header says.
  func text(_ key: String) throws(RuntimeError) -> [UInt8]? {
    guard let value = values[key], !value.isEmpty else { return nil }
    guard !value.contains(0) else { throw PaxRecords.fault("\(key) contains a zero byte") }
    return value
  }

  /// A whole number.
  func number(_ key: String) throws(RuntimeError) -> UInt64? {
    guard let value = values[key], !value.isEmpty else { return nil }
    return try PaxRecords.number(value, key)
  }

  static func number(_ text: [UInt8], _ key: String) throws(RuntimeError) -> UInt64 {
    guard text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = UInt64(String(decoding: text, as: UTF8.self))
    else {
      throw fault("\(key): found \(quoted(String(decoding: text, as: UTF8.self))), expected a number")
    }
    return number
  }

  /// Seconds since 1970, perhaps with a fraction.
  func time(_ key: String) throws(RuntimeError) -> timespec? {
    guard let value = values[key], !value.isEmpty else { return nil }
    let isNegative = value.first == UInt8(ascii: "-")
    let parts = value.dropFirst(isNegative ? 1 : 0)
      .split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let seconds = Int64(clamping: try PaxRecords.number(Array(parts[0]), key))
    var nanoseconds = 0
    if parts.count == 2 {
      let digits = Array(parts[1].prefix(9))
      nanoseconds = Int(clamping: try PaxRecords.number(digits.isEmpty ? [48] : digits, key))
      for _ in digits.count..<9 { nanoseconds *= 10 }
    }
    guard isNegative else { return timespec(tv_sec: Int(seconds), tv_nsec: nanoseconds) }
    return nanoseconds == 0
      ? timespec(tv_sec: Int(-seconds), tv_nsec: 0)
      : timespec(tv_sec: Int(-seconds) - 1, tv_nsec: 1_000_000_000 - nanoseconds)
  }

  static func fault(_ problem: String) -> RuntimeError {
    RuntimeError(.hostileLayer, "an extended header of the archive: \(problem)")
  }
}
