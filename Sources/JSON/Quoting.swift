/// `text` for a message: in double quotes, shortened, and without anything that could move the
/// cursor of a terminal or forge a line of a log.
///
/// - Parameters:
///   - text: What was found.
///   - limit: How many characters are shown; the rest becomes `…`.
public func quoted(_ text: String, limit: Int = 64) -> String {
  var result = "\""
  for character in text.unicodeScalars.prefix(limit) {
    switch character {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    default: result += printable(character)
    }
  }
  if text.unicodeScalars.dropFirst(limit).first != nil { result += "…" }
  return result + "\""
}

/// `text` with its control and format characters as escapes such as `\u{1b}`.
public func printable(_ text: String) -> String {
  guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text }
  return text.unicodeScalars.reduce(into: "") { $0 += printable($1) }
}

private func printable(_ character: Unicode.Scalar) -> String {
  isPrintable(character) ? String(character) : "\\u{\(String(character.value, radix: 16))}"
}

/// Whether a character is shown as itself, and leaves others as they are.
private func isPrintable(_ character: Unicode.Scalar) -> Bool {
  switch character.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
  default: true
  }
}

/// `text` for a query, a form or a template of addresses: every byte but those that mean nothing else becomes `%XX`.
/// RFC 3986, section 2.3; RFC 6570, section 3.2.2
public func percentEncoded(_ text: String) -> String {
  text.utf8.reduce(into: "") { result, byte in
    switch Unicode.Scalar(byte) {
    case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~":
      result.unicodeScalars.append(Unicode.Scalar(byte))
    default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
  }
}

/// JSON with all that is not printable as escapes. Only in strings there is anything but ASCII, and what is not
/// printable in that is escaped already.
@usableFromInline
func escapingUnprintable(_ json: [UInt8]) -> [UInt8] {
  guard json.contains(where: { $0 >= 0x80 }) else { return json }
  var result = ""
  for character in String(decoding: json, as: UTF8.self).unicodeScalars {
    if character.isASCII || isPrintable(character) {
      result.unicodeScalars.append(character)
      continue
    }
    for unit in String(character).utf16 {
      let digits = String(unit, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
  }
  return Array(result.utf8)
}
