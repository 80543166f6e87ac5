internal import JSON

/// Spec: descriptor.md
extension FaultList {
  mutating func check(
    _ descriptor: ContentDescriptor, at pointer: String, _ place: AnnotationPlace = .elsewhere
  ) {
    let rule = "descriptor.md#properties"
    check(mediaType: descriptor.mediaType, at: pointer + "/mediaType", rule)
    if let type = descriptor.artifactType { check(mediaType: type, at: pointer + "/artifactType", rule) }
    if !descriptor.digest.isWellFormed {
      must(
        pointer + "/digest", "\(quoted(descriptor.digest.text, limit: 200)) is no digest",
        "descriptor.md#digests")
    } else if descriptor.digest.algorithm != "sha256" {
      should(
        pointer + "/digest", "is of \(descriptor.digest.algorithm), not of sha256",
        "descriptor.md#registered-algorithms")
    }
    if descriptor.size < 0 {
      must(pointer + "/size", "found \(descriptor.size), expected no negative number", rule)
    }
    if descriptor.size > 1 << 53 {
      should(pointer + "/size", "is more than a double can hold exactly", "considerations.md#json")
    }
    for (index, url) in (descriptor.urls ?? []).enumerated() {
      check(url: url, at: "\(pointer)/urls/\(index)")
    }
    check(annotations: descriptor.annotations, at: pointer + "/annotations", place)
    checkData(descriptor, at: pointer + "/data")
    if let platform = descriptor.platform { check(platform, at: pointer + "/platform") }
  }

  mutating func check(mediaType: MediaType, at pointer: String, _ rule: String) {
    if !mediaType.isWellFormed {
      must(pointer, "found \(quoted(mediaType.text)), expected a media type as RFC 6838 names them", rule)
    }
  }

  private mutating func check(url: String, at pointer: String) {
    let rule = "descriptor.md#properties"
    guard Formats.isAddress(url) else {
      return must(pointer, "found \(quoted(url)), expected a URI of RFC 3986", rule)
    }
    if !["http", "https"].contains(Formats.scheme(of: url)) {
      should(pointer, "found \(quoted(url)), expected the scheme http or https", rule)
    }
  }

  private mutating func checkData(_ descriptor: ContentDescriptor, at pointer: String) {
    guard let data = descriptor.data else { return }
    guard let bytes = Formats.base64(data) else {
      return must(pointer, "is not encoded in Base 64", "descriptor.md#properties")
    }
    var calculation = DigestCalculation(algorithm: descriptor.digest.algorithm)
    bytes.withUnsafeBytes { calculation.update($0) }
    let isChecked = descriptor.digest.isVerifiable
    if Int64(bytes.count) != descriptor.size || isChecked && calculation.digest() != descriptor.digest {
      must(pointer, "is not the content that digest and size tell of", "descriptor.md#embedded-content")
    }
  }

  /// Spec: image-index.md#image-index-property-descriptions
  mutating func check(_ platform: Platform, at pointer: String) {
    check(
      architecture: platform.architecture, os: platform.os, variant: platform.variant,
      osFeatures: platform.osFeatures, at: pointer, "image-index.md#image-index-property-descriptions")
  }

  /// What index and configuration say of a platform in the same words.
  mutating func check(
    architecture: String, os: String, variant: String?, osFeatures: [String]?, at pointer: String,
    _ rule: String
  ) {
    if !FaultList.architectures.contains(architecture) {
      should(pointer + "/architecture", "found \(quoted(architecture)), which is none of Go's GOARCH", rule)
    }
    if !FaultList.systems.contains(os) {
      should(pointer + "/os", "found \(quoted(os)), which is none of Go's GOOS", rule)
    }
    if let variant, let known = FaultList.variants[architecture], !known(variant) {
      should(
        pointer + "/variant", "found \(quoted(variant)), which is no variant of \(architecture)",
        "image-index.md#platform-variants")
    }
    if os == "windows" {
      for (index, feature) in (osFeatures ?? []).enumerated() where feature != "win32k" {
        should("\(pointer)/os.features/\(index)", "found \(quoted(feature)), expected \"win32k\"", rule)
      }
    }
  }

  private static let architectures: Set<String> = [
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le",
    "riscv64", "s390x", "wasm",
  ]
  private static let systems: Set<String> = [
    "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd", "openbsd",
    "plan9", "solaris", "wasip1", "windows",
  ]
  private static let variants: [String: @Sendable (String) -> Bool] = [
    "arm": { ["v6", "v7", "v8"].contains($0) },
    "arm64": { $0.hasPrefix("v8") || $0.hasPrefix("v9") },
    "ppc64le": { $0.hasPrefix("power") },
    "riscv64": { $0.hasPrefix("rva") },
    "amd64": { ["v1", "v2", "v3", "v4"].contains($0) },
  ]
}
