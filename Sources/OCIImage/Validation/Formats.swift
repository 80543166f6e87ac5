/// Forms of text that the specification takes from elsewhere.
public enum Formats {
  /// RFC 3339, section 5.6: `2015-10-31T22:22:56.015925234Z`
  public static func isDateTime(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20 else { return false }
    for (index, byte) in "0000-00-00T00:00:00".utf8.enumerated() {
      let isRight =
        switch Unicode.Scalar(byte) {
        case "0": isDigit(bytes[index])
        case "T": bytes[index] | 0x20 == UInt8(ascii: "t")
        default: bytes[index] == byte
        }
      guard isRight else { return false }
    }
    func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1 - 48) } }
    guard (1...12).contains(number(5..<7)),
      (1...days(in: number(5..<7), of: number(0..<4))).contains(number(8..<10)),
      number(11..<13) < 24, number(14..<16) < 60, number(17..<19) <= 60
    else { return false }
    var rest = bytes[19...]
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix(while: isDigit)
      guard !digits.isEmpty else { return false }
      rest = rest.dropFirst(1 + digits.count)
    }
    return isOffset(Array(rest))
  }

  private static func days(in month: Int, of year: Int) -> Int {
    let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// `Z` or `+01:00`
  private static func isOffset(_ bytes: [UInt8]) -> Bool {
    if bytes.count == 1 { return bytes[0] | 0x20 == UInt8(ascii: "z") }
    guard bytes.count == 6, "+-".utf8.contains(bytes[0]), bytes[3] == UInt8(ascii: ":") else { return false }
    let digits = [bytes[1], bytes[2], bytes[4], bytes[5]]
    return digits.allSatisfy(isDigit) && digits[0] < 51 && digits[2] < 54
  }

  /// RFC 3986: a scheme, a colon, and characters that may stand in an address.
  static func isAddress(_ text: String) -> Bool {
    guard let scheme = scheme(of: text) else { return false }
    let rest = Array(text.utf8.dropFirst(scheme.utf8.count + 1))
    for (index, byte) in rest.enumerated() {
      if byte == UInt8(ascii: "%") {
        guard index + 2 < rest.count, isHexadecimal(rest[index + 1]), isHexadecimal(rest[index + 2]) else {
          return false
        }
      } else if !isLetter(byte), !isDigit(byte), !"-._~:/?#[]@!$&'()*+,;=".utf8.contains(byte) {
        return false
      }
    }
    return true
  }

  /// What stands before the colon of an address, in lower case.
  static func scheme(of text: String) -> String? {
    let scheme = text.prefix { $0 != ":" }
    guard scheme.utf8.count < text.utf8.count, let first = scheme.utf8.first, isLetter(first) else {
      return nil
    }
    let isRight = scheme.utf8.allSatisfy { isLetter($0) || isDigit($0) || "+-.".utf8.contains($0) }
    return isRight ? scheme.lowercased() : nil
  }

  /// RFC 4648, section 4.
  ///
  /// - Returns: nil if it is no Base 64.
  static func base64(_ text: String) -> [UInt8]? {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var values: [UInt8: UInt32] = [:]
    for (value, letter) in alphabet.enumerated() { values[letter] = UInt32(value) }
    let bytes = Array(text.utf8)
    guard bytes.count % 4 == 0 else { return nil }
    let padding = bytes.suffix(2).filter { $0 == UInt8(ascii: "=") }.count
    var result: [UInt8] = []
    var group: UInt32 = 0
    for (index, byte) in bytes.enumerated() {
      let isPadding = byte == UInt8(ascii: "=") && index >= bytes.count - padding
      guard let value = isPadding ? 0 : values[byte] else { return nil }
      group = group << 6 | value
      if index % 4 == 3 {
        result += [UInt8(group >> 16 & 0xFF), UInt8(group >> 8 & 0xFF), UInt8(group & 0xFF)]
        group = 0
      }
    }
    return Array(result.dropLast(padding))
  }

  /// The grammar of `org.opencontainers.image.ref.name`. Spec: annotations.md#pre-defined-annotation-keys
  static func isReferenceName(_ text: String) -> Bool {
    text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { component in
      let bytes = Array(component.utf8)
      guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else {
        return false
      }
      for index in bytes.indices.dropFirst() where !isAlphanumeric(bytes[index]) {
        guard "-._:@+".utf8.contains(bytes[index]) else { return false }
        guard !isAlphanumeric(bytes[index - 1]) else { continue }
        let isPair = bytes[index] == UInt8(ascii: "-") && bytes[index - 1] == UInt8(ascii: "-")
        guard isPair, isAlphanumeric(bytes[index - 2]) else { return false }
      }
      return true
    }
  }

  static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }

  static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

  private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || (97...102).contains(byte | 0x20)
  }
}
