internal import OCIImage

/// Forms of texts in manifests.
///
/// Spec: types.md
enum AppFormats {
  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDigit(byte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// Letters and digits, with single separators between them.
  private static func isSeparated(_ text: String, by separators: String) -> Bool {
    let words = text.utf8.split(omittingEmptySubsequences: false) { separators.utf8.contains($0) }
    return words.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAlphanumeric) }
  }

  /// Spec: types.md#ac-identifier-type
  static func isIdentifier(_ text: String) -> Bool { isSeparated(text, by: "-._~/") }

  /// Spec: types.md#ac-name-type
  static func isName(_ text: String) -> Bool { isSeparated(text, by: "-") }

  /// Spec: types.md#image-id-type
  static func isImageID(_ text: String) -> Bool {
    text.hasPrefix("sha512-") && Digest("sha512:" + text.dropFirst(7)).isWellFormed
  }

  /// SemVer 2.0.0
  static func version(_ text: String) -> (major: Int, minor: Int, patch: Int)? {
    let core = text.prefix { $0 != "-" && $0 != "+" }
    let numbers = core.split(separator: ".", omittingEmptySubsequences: false).map { part -> Int? in
      guard part.utf8.allSatisfy(isDigit), part == "0" || !part.hasPrefix("0") else { return nil }
      return Int(part)
    }
    let rest = text.dropFirst(core.count)
    let isPlain = rest.utf8.allSatisfy { byte in
      isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || "-+.".utf8.contains(byte)
    }
    guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2], isPlain,
      rest.count != 1
    else { return nil }
    return (major, minor, patch)
  }

  /// An absolute path that stays below the root.
  static func isAbsolute(_ path: String) -> Bool {
    path.hasPrefix("/") && !path.split(separator: "/").contains("..") && !path.utf8.contains(0)
  }

  static func isVariable(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy {
        isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || "_.-".utf8.contains($0)
      }
  }

  static func isWebAddress(_ text: String) -> Bool {
    ["http://", "https://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
      && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
  }

  /// A number with a unit of decimal or binary thousands: `500m`, `1G`, `64Mi`.
  static func isQuantity(_ text: String) -> Bool {
    let digits = text.utf8.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
    let unit = String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self)
    let units = ["", "m", "k", "K", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
    return digits.contains(where: isDigit) && digits.count { $0 == UInt8(ascii: ".") } <= 1
      && units.contains(unit)
  }
}

/// Systems and machines as the specification names them, and as OCI does.
enum AppPlatform {
  /// Spec: aci.md#image-manifest-schema, with what implementations have added.
  static let machines: [String: [String]] = [
    "linux": [
      "amd64", "i386", "aarch64", "aarch64_be", "armv6l", "armv7l", "armv7b", "ppc64", "ppc64le", "s390x",
      "riscv64",
    ],
    "freebsd": ["amd64", "i386", "arm"],
    "darwin": ["x86_64", "i386"],
  ]

  private static let names: [String: (architecture: String, variant: String?)] = [
    "i386": ("386", nil), "x86_64": ("amd64", nil), "aarch64": ("arm64", nil), "armv6l": ("arm", "v6"),
    "armv7l": ("arm", "v7"),
  ]

  /// This machine.
  static var hostMachine: String {
    switch Platform.host.architecture {
    case "386": "i386"
    case "arm64": "aarch64"
    case let name: name
    }
  }

  /// Without labels, an image is for any system: it becomes one for this one.
  static func platform(of manifest: AppImageManifest) -> Platform {
    let host = Platform.host
    guard let system = manifest.label("os") else { return host }
    guard let machine = manifest.label("arch") else {
      return Platform(architecture: host.architecture, os: system)
    }
    let name = names[machine] ?? (machine, nil)
    return Platform(architecture: name.architecture, os: system, variant: name.variant)
  }
}
