internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// A path in which `*` and `?` stand for parts of a name, `[a-z]` for a character, and `**` for any number of names.
struct PathPattern {
  /// The names, from the root on.
  let parts: TreePath

  /// - Parameters:
  ///   - hasAnyDepth: Whether `**` stands for any number of names; otherwise it is a star.
  init(_ text: [UInt8], hasAnyDepth: Bool = true) {
    let names = text.split(separator: UInt8(ascii: "/")).map(Array.init).filter { $0 != [UInt8(ascii: ".")] }
    parts = hasAnyDepth ? names : names.map { $0 == PathPattern.anyDepth ? [UInt8(ascii: "*")] : $0 }
  }

  /// The most directories that a pattern is looked for in: links that lead upwards make them any number.
  private static let mostDirectories = 100_000

  private static let anyDepth = Array("**".utf8)

  private static func isPattern(_ part: [UInt8]) -> Bool { part.contains { "*?[".utf8.contains($0) } }

  /// Whether nothing in it stands for something else.
  var isPlain: Bool { !parts.contains(where: PathPattern.isPattern) }

  /// Whether it means a path.
  func matches(_ path: TreePath) -> Bool { PathPattern.matches(parts[...], path[...]) }

  /// In time that grows with the product of the lengths: what the last `**` stands for becomes longer by one name
  /// where the rest does not fit, and what stands before that is decided.
  private static func matches(_ parts: ArraySlice<[UInt8]>, _ path: ArraySlice<[UInt8]>) -> Bool {
    var (place, position) = (parts.startIndex, path.startIndex)
    var anyNames: (place: Int, position: Int)?
    while position < path.endIndex {
      if place < parts.endIndex, parts[place] == anyDepth {
        anyNames = (place, position)
        place += 1
      } else if place < parts.endIndex, nameMatches(parts[place], path[position]) {
        (place, position) = (place + 1, position + 1)
      } else if let back = anyNames {
        (place, position) = (back.place + 1, back.position + 1)
        anyNames?.position += 1
      } else {
        return false
      }
    }
    return parts[place...].allSatisfy { $0 == anyDepth }
  }

  /// One name, in time that grows with the product of the lengths.
  static func nameMatches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
    var (place, position) = (0, 0)
    var star: (place: Int, position: Int)?
    while position < name.count {
      if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
        star = (place, position)
        place += 1
      } else if let next = step(pattern, place, name[position]) {
        (place, position) = (next, position + 1)
      } else if let back = star {
        (place, position) = (back.place + 1, back.position + 1)
        star?.position += 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// Where the pattern goes on behind what stands for one character; nil if it stands for another.
  private static func step(_ pattern: [UInt8], _ place: Int, _ byte: UInt8) -> Int? {
    guard place < pattern.count else { return nil }
    switch pattern[place] {
    case UInt8(ascii: "?"): return place + 1
    case UInt8(ascii: "\\") where place + 1 < pattern.count:
      return pattern[place + 1] == byte ? place + 2 : nil
    case UInt8(ascii: "["):
      guard let end = pattern[(place + 1)...].dropFirst().firstIndex(of: UInt8(ascii: "]")) else {
        return byte == pattern[place] ? place + 1 : nil
      }
      var set = pattern[(place + 1)..<end]
      let isNegated = set.first == UInt8(ascii: "!") || set.first == UInt8(ascii: "^")
      if isNegated { set = set.dropFirst() }
      return contains(Array(set), byte) != isNegated ? end + 1 : nil
    default: return pattern[place] == byte ? place + 1 : nil
    }
  }

  private static func contains(_ set: [UInt8], _ byte: UInt8) -> Bool {
    var place = 0
    while place < set.count {
      if place + 2 < set.count, set[place + 1] == UInt8(ascii: "-") {
        if set[place] <= byte, byte <= set[place + 2] { return true }
        place += 3
      } else {
        if set[place] == byte { return true }
        place += 1
      }
    }
    return false
  }

  /// What it means in a tree, in the order of the names' bytes. Links in directories on the way are followed; a link
  /// at the end is not, and stands for itself.
  func matches(in tree: FileTree) throws(RuntimeError) -> [TreePath] {
    var directories = 0
    return try expand([], parts[...], tree, &directories)
  }

  private func expand(
    _ path: TreePath, _ rest: ArraySlice<[UInt8]>, _ tree: FileTree, _ directories: inout Int
  ) throws(RuntimeError) -> [TreePath] {
    guard let part = rest.first else { return [path] }
    if part != PathPattern.anyDepth, !PathPattern.isPattern(part) {
      // Where a plain name leads is looked at with the next pattern, or at the end.
      let below = path + [part]
      return try tree.find(absolute(below), followsLast: false) == nil
        ? [] : expand(below, rest.dropFirst(), tree, &directories)
    }
    guard let directory = try tree.find(absolute(path)), directory.status.st_mode & S_IFMT == S_IFDIR else {
      return []
    }
    directories += 1
    guard directories <= PathPattern.mostDirectories else {
      throw RuntimeError(.hostileLayer, "\(shown(parts)) means more than \(directories - 1) directories")
    }
    if part == PathPattern.anyDepth {
      var result: [TreePath] = []
      try tree.walk(directory.path) { (found, _) throws(RuntimeError) in
        let relative = found[directory.path.count...]
        if PathPattern.matches(rest, relative) { result.append(path + relative) }
        return true
      }
      return result
    }
    var result: [TreePath] = []
    for name in try tree.names(in: directory.path) where PathPattern.nameMatches(part, name) {
      result += try expand(path + [name], rest.dropFirst(), tree, &directories)
    }
    return result
  }
}
