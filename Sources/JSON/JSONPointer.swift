/// Paths into a document, as RFC 6901 writes them.
public enum JSONPointer {
  /// `key` as one step of a pointer, with its slash: `/a~1b` for the key `a/b`.
  public static func step(_ key: String) -> String {
    guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
      return "/" + key
    }
    var result = "/"
    for character in key.unicodeScalars {
      switch character {
      case "~": result += "~0"
      case "/": result += "~1"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}

extension JSONDocument {
  /// The pointer to the value or key `target`.
  ///
  /// Found by a walk from the root, so that decoding need not carry a path along.
  func pointer(to target: Int) -> String {
    var pointer = ""
    var container = JSONDocument.root
    while container < target {
      let isObject = nodes[container].kind == .object
      var position = 0
      var key = container + 1
      var value = isObject ? key + 1 : key
      while next(after: value) <= target {
        key = next(after: value)
        value = isObject ? key + 1 : key
        position += 1
      }
      pointer += isObject ? JSONPointer.step(string(at: key)) : "/\(position)"
      if target <= value { break }
      container = value
    }
    return pointer
  }
}
