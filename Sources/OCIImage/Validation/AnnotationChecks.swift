internal import JSON

/// Spec: annotations.md
extension FaultList {
  /// Where annotations stand: some keys have a meaning only at one place.
  enum AnnotationPlace {
    case layoutIndexEntry, elsewhere
  }

  mutating func check(
    annotations: [String: String]?, at pointer: String, _ place: AnnotationPlace = .elsewhere
  ) {
    for (key, value) in (annotations ?? [:]).sorted(by: { $0.key < $1.key }) {
      let pointer = pointer + JSONPointer.step(key)
      checkKey(key, pointer)
      checkValue(of: key, value, pointer, place)
    }
  }

  private mutating func checkKey(_ key: String, _ pointer: String) {
    let rule = "annotations.md#rules"
    if key.hasPrefix("org.opencontainers.image."), !FaultList.knownKeys.contains(String(key.dropFirst(25))) {
      must(pointer, "is reserved for the image specification, which does not define it", rule)
    } else if key.hasPrefix("org.opencontainers."), !key.hasPrefix("org.opencontainers.image.") {
      should(pointer, "is reserved for specifications of the OCI", rule)
    }
    if !key.contains(".") || key.hasPrefix(".") || key.hasSuffix(".") {
      should(pointer, "is not named by a domain in reverse, such as com.example.key", rule)
    }
  }

  private mutating func checkValue(
    of key: String, _ value: String, _ pointer: String, _ place: AnnotationPlace
  ) {
    let rule = "annotations.md#pre-defined-annotation-keys"
    switch key {
    case "org.opencontainers.image.created" where !Formats.isDateTime(value):
      must(pointer, "found \(quoted(value)), expected a date and time of RFC 3339", rule)
    case "org.opencontainers.image.url", "org.opencontainers.image.documentation",
      "org.opencontainers.image.source":
      if !Formats.isAddress(value) { must(pointer, "found \(quoted(value)), expected a URL", rule) }
    case "org.opencontainers.image.base.digest" where !Digest(value).isWellFormed:
      must(pointer, "found \(quoted(value)), expected a digest", rule)
    case "org.opencontainers.image.base.name":
      if (try? Reference(value))?.registry == nil {
        should(pointer, "found \(quoted(value)), expected a full reference with its registry", rule)
      }
    case AnnotationKey.referenceName:
      if place != .layoutIndexEntry {
        should(pointer, "has a meaning only in the index.json of a layout", rule)
      }
      if !Formats.isReferenceName(value) {
        should(
          pointer,
          "found \(quoted(value)), expected components of letters and digits with - . _ : @ + between", rule)
      }
    default: break
    }
  }

  private static let knownKeys: Set<String> = [
    "created", "authors", "url", "documentation", "source", "version", "revision", "vendor", "licenses",
    "ref.name", "title", "description", "base.digest", "base.name",
    // Spec: conversion.md#annotation-fields
    "os", "architecture", "variant", "os.version", "os.features", "author", "stopSignal", "exposedPorts",
  ]
}
