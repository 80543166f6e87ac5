internal import JSON

/// Spec: manifest.md, image-index.md, image-layout.md
extension FaultList {
  /// Adds what is wrong with an image manifest.
  ///
  /// - Parameters:
  ///   - type: What the descriptor says that it is: Docker's has rules of its own.
  public mutating func check(_ manifest: ImageManifest, as type: MediaType) {
    let rule = "manifest.md#image-manifest-property-descriptions"
    checkHead(manifest.schemaVersion, manifest.mediaType, as: type, rule)
    if let artifact = manifest.artifactType { check(mediaType: artifact, at: "/artifactType", rule) }
    check(manifest.config, at: "/config")
    if manifest.config.mediaType == .empty, manifest.artifactType == nil {
      must("/artifactType", "is missing, although /config/mediaType is the empty one", rule)
    }
    if type == .manifest, manifest.artifactType == nil, manifest.config.mediaType != .config {
      should(
        "/config/mediaType", "found \(quoted(manifest.config.mediaType.text)), which is not portable", rule)
    }
    if manifest.layers.isEmpty { should("/layers", "has no entry, which is not portable", rule) }
    for (index, layer) in manifest.layers.enumerated() {
      check(layer, at: "/layers/\(index)")
      if type == .manifest, manifest.config.mediaType == .config {
        check(layerType: layer.mediaType, at: "/layers/\(index)/mediaType")
      }
    }
    if let subject = manifest.subject { check(subject, at: "/subject") }
    check(annotations: manifest.annotations, at: "/annotations")
  }

  private mutating func check(layerType: MediaType, at pointer: String) {
    if layerType.isNonDistributable {
      should(pointer, "is deprecated", "layer.md#non-distributable-layers")
    } else if ![.layer, .layerGzip, .layerZstd].contains(layerType) {
      should(
        pointer, "found \(quoted(layerType.text)), which is not portable",
        "manifest.md#image-manifest-property-descriptions")
    }
  }

  private mutating func checkHead(
    _ version: Int, _ own: MediaType?, as type: MediaType, _ rule: String
  ) {
    if version != 2 { must("/schemaVersion", "found \(version), expected 2", rule) }
    if let own {
      if own != type { must("/mediaType", "found \(quoted(own.text)), expected \(quoted(type.text))", rule) }
    } else {
      should("/mediaType", "is missing", rule)
    }
  }

  /// Adds what is wrong with an image index.
  ///
  /// - Parameters:
  ///   - isLayout: Whether it is the index.json of a layout.
  public mutating func check(_ index: ImageIndex, as type: MediaType, isLayout: Bool) {
    let rule = "image-index.md#image-index-property-descriptions"
    checkHead(index.schemaVersion, index.mediaType, as: type, rule)
    if let artifact = index.artifactType { check(mediaType: artifact, at: "/artifactType", rule) }
    for (number, entry) in index.manifests.enumerated() {
      let pointer = "/manifests/\(number)"
      check(entry, at: pointer, isLayout ? .layoutIndexEntry : .elsewhere)
      if !isLayout, type == .index, entry.mediaType != .manifest, entry.mediaType != .index {
        should(pointer + "/mediaType", "found \(quoted(entry.mediaType.text)), which is not portable", rule)
      }
      if entry.mediaType == .manifest, entry.platform == nil {
        should(pointer + "/platform", "is missing", "descriptor.md#properties")
      }
    }
    if let subject = index.subject { check(subject, at: "/subject") }
    check(annotations: index.annotations, at: "/annotations")
  }

  /// Adds what is wrong with the file `oci-layout`.
  public mutating func check(_ header: LayoutHeader) {
    if header.imageLayoutVersion != LayoutHeader.current.imageLayoutVersion {
      must(
        "/imageLayoutVersion", "found \(quoted(header.imageLayoutVersion)), expected \"1.0.0\"",
        "image-layout.md#oci-layout-file")
    }
  }
}
