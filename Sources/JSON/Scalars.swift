extension Decoding {
  func string(at node: Int?) -> String {
    guard let node else { return "" }
    switch document.nodes[node].kind {
    case .string, .escapedString: return document.string(at: node)
    default:
      mismatch(at: node, expected: "a string")
      return ""
    }
  }

  func bool(at node: Int?) -> Bool {
    guard let node else { return false }
    switch document.nodes[node].kind {
    case .true: return true
    case .false: return false
    default:
      mismatch(at: node, expected: "true or false")
      return false
    }
  }

  func integer<T: FixedWidthInteger>(_ type: T.Type, at node: Int?) -> T {
    guard let node else { return 0 }
    if document.nodes[node].kind == .integer, let value = document.integer(type, at: node) { return value }
    mismatch(at: node, expected: "an integer from \(T.min) to \(T.max)")
    return 0
  }

  func double(at node: Int?) -> Double {
    guard let node else { return 0 }
    switch document.nodes[node].kind {
    case .integer, .number:
      if let value = Double(document.source(of: node)), value.isFinite { return value }
    default: break
    }
    mismatch(at: node, expected: "a number")
    return 0
  }

  /// Whether the value is absent or `null`.
  func isNull(at node: Int?) -> Bool {
    guard let node else { return true }
    return document.nodes[node].kind == .null
  }
}

extension JSONDocument {
  /// The integer at `node`; nil if `T` cannot hold it.
  fileprivate func integer<T: FixedWidthInteger>(_ type: T.Type, at node: Int) -> T? {
    var digits = bytes[nodes[node].byteRange]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative { digits.removeFirst() }
    var magnitude: UInt64 = 0
    for digit in digits {
      let (product, tooLarge) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, tooLargeNow) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
      if tooLarge || tooLargeNow { return nil }
      magnitude = sum
    }
    guard isNegative else { return T(exactly: magnitude) }
    guard magnitude <= UInt64(Int64.max) + 1 else { return nil }
    return T(exactly: 0 &- Int64(truncatingIfNeeded: magnitude))
  }

  /// The value `node` for a message: `"abc…"`, `5`, `an object`.
  func description(of node: Int) -> String {
    switch nodes[node].kind {
    case .null: "null"
    case .true: "true"
    case .false: "false"
    case .string, .escapedString: quoted(string(at: node))
    case .array: "an array"
    case .object: "an object"
    case .integer, .number:
      if nodes[node].byteRange.count > 64 {
        String(decoding: bytes[nodes[node].byteRange].prefix(64), as: UTF8.self) + "…"
      } else {
        source(of: node)
      }
    }
  }
}
