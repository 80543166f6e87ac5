internal import JSON
internal import RuntimeErrors

/// Collects all that is wrong with one build file.
final class BuildFileFaults {
  private let file: String
  private var lines: [String] = []

  init(file: String) {
    self.file = file
  }

  func add(_ place: FilePlace, _ problem: String) {
    if lines.count < 100 { lines.append("\(place.description(in: file)): \(problem)") }
  }

  /// - Throws: One `invalidBuildFile` with a fault a line, if there is any.
  func check() throws(RuntimeError) {
    guard lines.isEmpty else { throw RuntimeError(.invalidBuildFile, lines.joined(separator: "\n  ")) }
  }
}

/// An object of a build file, whose members are asked for one by one; what nobody asked for is a fault.
struct Section {
  let place: FilePlace
  let faults: BuildFileFaults
  private let members: [FileNode.Member]
  private var known: [String] = []

  /// nil, with a fault, if the value is no object.
  init?(_ node: FileNode, _ faults: BuildFileFaults) {
    guard case .mapping(let members) = node.content else {
      faults.add(node.place, "found \(node.description), expected an object")
      return nil
    }
    self.members = members
    self.faults = faults
    place = node.place
  }

  /// The value of a member; nil if it is missing or empty.
  mutating func value(_ key: String) -> FileNode? {
    known.append(key)
    guard let found = members.first(where: { $0.key == key })?.value else { return nil }
    if case .null = found.content { return nil }
    return found
  }

  /// Adds a fault for each member that was never asked for.
  func finish() {
    for member in members where !known.contains(member.key) {
      let names = known.sorted().joined(separator: ", ")
      faults.add(member.place, "is unknown; expected one of \(names)")
    }
  }

  mutating func missing(_ key: String) {
    faults.add(place, "has no \(quoted(key))")
  }

  mutating func string(_ key: String) -> String? {
    value(key).flatMap { $0.string(faults) }
  }

  mutating func requiredString(_ key: String) -> String {
    guard let node = value(key) else {
      missing(key)
      return ""
    }
    return node.string(faults) ?? ""
  }

  /// A list of texts, or a single one.
  mutating func strings(_ key: String) -> [String]? {
    value(key).map { $0.strings(faults) }
  }

  mutating func requiredStrings(_ key: String) -> [String] {
    guard let found = strings(key) else {
      missing(key)
      return []
    }
    return found
  }

  mutating func bool(_ key: String) -> Bool? {
    guard let node = value(key) else { return nil }
    if case .scalar(let text, isPlain: true) = node.content {
      if ["true", "True", "yes"].contains(text) { return true }
      if ["false", "False", "no"].contains(text) { return false }
    }
    faults.add(node.place, "found \(node.description), expected true or false")
    return nil
  }

  /// Permission bits in octal digits.
  mutating func mode(_ key: String) -> UInt32? {
    guard let node = value(key), let text = node.string(faults) else { return nil }
    let digits = text.hasPrefix("0o") ? text.dropFirst(2) : text[...]
    if let mode = UInt32(digits, radix: 8), mode <= 0o7777 { return mode }
    faults.add(node.place, "found \(quoted(text)), expected permission bits such as 0755")
    return nil
  }

  /// `UID:GID` or `UID`, in digits.
  mutating func owner(_ key: String) -> Owner? {
    guard let node = value(key), let text = node.string(faults) else { return nil }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
    if (1...2).contains(parts.count), let uid = parts[0], let gid = parts.last ?? uid {
      return Owner(uid, gid)
    }
    faults.add(node.place, "found \(quoted(text)), expected numbers such as 1000:1000")
    return nil
  }

  /// Names and values: an object, or a list of `NAME=VALUE`.
  mutating func pairs(_ key: String) -> [(name: String, value: String)]? {
    guard let node = value(key) else { return nil }
    switch node.content {
    case .mapping(let members):
      return members.map { ($0.key, $0.value.text(faults) ?? "") }
    case .sequence(let elements):
      return elements.compactMap { element in
        guard let text = element.string(faults) else { return nil }
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
          faults.add(element.place, "found \(quoted(text)), expected NAME=VALUE")
          return nil
        }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
      }
    default:
      faults.add(node.place, "found \(node.description), expected an object or a list of NAME=VALUE")
      return nil
    }
  }
}

/// Who a file belongs to.
struct Owner: Equatable, Sendable {
  var uid: UInt32
  var gid: UInt32

  init(_ uid: UInt32, _ gid: UInt32) {
    self.uid = uid
    self.gid = gid
  }
}

extension FileNode {
  /// The text of a scalar; nil, with a fault, if it is something else or cannot be a C string.
  func string(_ faults: BuildFileFaults) -> String? {
    guard case .scalar(let text, _) = content else {
      faults.add(place, "found \(description), expected a text")
      return nil
    }
    guard !text.utf8.contains(0) else {
      faults.add(place, "the text contains a zero byte")
      return nil
    }
    return text
  }

  /// The same, where nothing means the empty text.
  func text(_ faults: BuildFileFaults) -> String? {
    if case .null = content { return "" }
    return string(faults)
  }

  /// A list of texts, or a single one.
  func strings(_ faults: BuildFileFaults) -> [String] {
    guard case .sequence(let elements) = content else { return string(faults).map { [$0] } ?? [] }
    return elements.compactMap { $0.string(faults) }
  }

  /// A list of pairs of texts.
  func stringPairs(_ faults: BuildFileFaults) -> [FilePair] {
    guard case .sequence(let elements) = content else {
      faults.add(place, "found \(description), expected a list of pairs")
      return []
    }
    return elements.compactMap { element in
      guard case .sequence(let parts) = element.content, parts.count == 2,
        let first = parts[0].string(faults), let second = parts[1].string(faults)
      else {
        faults.add(element.place, "found \(element.description), expected a pair of texts")
        return nil
      }
      return FilePair(from: first, to: second)
    }
  }
}
