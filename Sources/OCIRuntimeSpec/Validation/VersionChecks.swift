internal import JSON

extension Config {
  /// Any 1.x.y is accepted: within a major version the specification stays compatible.
  ///
  /// Spec: config.md#specification-version
  func checkVersion(_ report: inout Report) {
    guard let version = SemanticVersion(ociVersion) else {
      return report.fault(
        "/ociVersion",
        "found \(quoted(ociVersion)), expected a SemVer 2.0.0 version such as \"1.3.0\""
      )
    }
    guard version.major == "1" else {
      return report.fault("/ociVersion", "version \(quoted(ociVersion)) is not supported, only 1.x.y is")
    }
    if version.minor.utf8.count > 1 || version.minor > "3" {
      report.warning(
        "/ociVersion",
        "version \(quoted(ociVersion)) is newer than \(SpecVersion.current); what it added is ignored"
      )
    }
  }
}

extension Resources {
  /// The same as it is meant by who wrote the version `ociVersion` of the specification.
  ///
  /// Before 1.3.0 a `pids.limit` of 0 was an unset one, and clients write it for no limit; since then it is a
  /// limit. Spec: config-linux.md#pids
  public func meant(by ociVersion: String) -> Resources {
    guard pids?.limit == 0, let version = SemanticVersion(ociVersion), version.isBefore(minor: 3) else {
      return self
    }
    var copy = self
    copy.pids = nil
    return copy
  }
}

/// A version number as SemVer 2.0.0 writes it. Its numbers have no upper bound, so they stay text.
struct SemanticVersion {
  var major: Substring
  var minor: Substring
  var patch: Substring

  /// nil if `text` does not follow the grammar exactly.
  init?(_ text: String) {
    let (rest, build) = SemanticVersion.cut(text.utf8[...], at: "+")
    let (core, prerelease) = SemanticVersion.cut(rest, at: "-")
    let numbers = SemanticVersion.parts(core)
    guard numbers.count == 3, numbers.allSatisfy(SemanticVersion.isNumber) else { return nil }
    if let prerelease {
      guard SemanticVersion.parts(prerelease).allSatisfy(SemanticVersion.isPrereleasePart) else { return nil }
    }
    if let build {
      guard SemanticVersion.parts(build).allSatisfy(SemanticVersion.isIdentifier) else { return nil }
    }
    (major, minor, patch) = (Substring(numbers[0]), Substring(numbers[1]), Substring(numbers[2]))
  }

  /// Whether it is older than 1.`minor`; what leads to a version is not it yet.
  func isBefore(minor limit: Int) -> Bool {
    major == "1" && (Int(minor).map { $0 < limit } ?? false)
  }

  // By bytes: the grammar knows ASCII alone, and characters cost a search in Unicode's tables each.
  private typealias Bytes = Substring.UTF8View

  private static func cut(_ text: Bytes, at separator: Unicode.Scalar) -> (Bytes, Bytes?) {
    guard let index = text.firstIndex(of: UInt8(ascii: separator)) else { return (text, nil) }
    return (text[..<index], text[index...].dropFirst())
  }

  private static func parts(_ text: Bytes) -> [Bytes] {
    text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  }

  private static func isDigits(_ text: Bytes) -> Bool {
    !text.isEmpty && text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  private static func isNumber(_ text: Bytes) -> Bool {
    isDigits(text) && (text.count == 1 || text.first != UInt8(ascii: "0"))
  }

  private static func isPrereleasePart(_ text: Bytes) -> Bool {
    isIdentifier(text) && (!isDigits(text) || isNumber(text))
  }

  private static func isIdentifier(_ text: Bytes) -> Bool {
    !text.isEmpty
      && text.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
