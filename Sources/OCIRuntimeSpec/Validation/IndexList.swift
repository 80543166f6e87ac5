internal import JSON

/// A list of CPUs or memory nodes, such as `0-3,7`.
///
/// Spec: config-linux.md#cpu
public struct IndexList: Sendable, Equatable {
  /// The ranges in the order of the text, each ascending.
  public var ranges: [ClosedRange<Int>]

  /// No CPU and no node of any kernel has a number as high as this.
  public static let limit = 8192

  /// Parses a list of numbers and ascending ranges; nil if `text` is anything else.
  public init?(_ text: String) {
    ranges = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let bounds = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      guard let first = IndexList.number(bounds[0]), let last = IndexList.number(bounds[bounds.count - 1]),
        first <= last
      else { return nil }
      ranges.append(first...last)
    }
  }

  /// The set as the kernel takes it: bit n of the whole for number n, 64 a word.
  public var bits: [UInt64] {
    var bits: [UInt64] = []
    for number in ranges.joined() {
      while bits.count <= number / 64 { bits.append(0) }
      bits[number / 64] |= 1 << UInt64(number % 64)
    }
    return bits
  }

  private static func number(_ text: Substring) -> Int? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    return Int(text).flatMap { $0 < limit ? $0 : nil }
  }
}

extension Report {
  /// Records a fault unless `list` is unset, empty or a list of numbers and ascending ranges.
  mutating func requireIndexList(_ list: String?, _ pointer: @autoclosure () -> String) {
    guard let list, !list.isEmpty else { return }
    require(
      IndexList(list) != nil,
      pointer(),
      "found \(quoted(list)), expected numbers and ascending ranges below \(IndexList.limit) such as \"0-3,7\""
    )
  }
}
