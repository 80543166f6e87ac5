internal import Glibc
internal import JSON
internal import LinuxKernel
public import OCIImage
public import RuntimeErrors

/// What a step of a build made, by all that it was made from.
struct BuildRecord: JSONObject {
  var layer = PackedLayer()
  /// Of the layer and those below it.
  var chain = Digest()

  mutating func members(_ json: inout JSONExchange) {
    json.member("layer", &layer)
    json.member("chain", &chain)
  }
}

/// The cache of builds: a file a step in `builds`, named by the digest of the step's inputs. A record is written once
/// its layer is in the store, and read only if the layer still is.
extension ImageStore {
  static let buildsName = "builds"

  private func builds() throws(RuntimeError) -> Descriptor {
    try ImageStore.directory(ImageStore.buildsName, at: root.number)
  }

  /// The layer that a step with these inputs made before.
  ///
  /// - Parameters:
  ///   - inputs: The digest of all that decides what the step makes.
  /// - Returns: nil if there is none.
  public func builtLayer(_ inputs: Digest) throws(RuntimeError) -> PackedLayer? {
    guard let record = try buildRecord(inputs.encoded) else { return nil }
    guard try blobSize(record.layer.blob.digest) == record.layer.blob.size else { return nil }
    let builds = try builds()
    let file = try Kernel.open(inputs.encoded, at: builds.number, flags: O_RDONLY | O_NOFOLLOW)
    // gc removes what was not used for long.
    try Kernel.changeTime(file.number, to: timespec(tv_sec: time(nil), tv_nsec: 0))
    return record.layer
  }

  /// Notes what a step made.
  ///
  /// - Parameters:
  ///   - chain: The ChainID of the layer and those below it.
  public func keep(_ layer: PackedLayer, chain: Digest, for inputs: Digest) throws(RuntimeError) {
    let file = try StagedFile(in: self)
    try file.write(JSONWriter().encode(BuildRecord(layer: layer, chain: chain)))
    let builds = try builds()
    try file.move(to: inputs.encoded, at: builds.number)
  }

  /// A record that can be read; one that is damaged counts as none.
  func buildRecord(_ name: String) throws(RuntimeError) -> BuildRecord? {
    guard
      let file = try Kernel.openIfPresent(
        "\(ImageStore.buildsName)/\(name)", at: root.number, flags: O_RDONLY | O_NOFOLLOW,
        resolve: ResolveFlags.beneath | ResolveFlags.noSymlinks)
    else { return nil }
    let bytes = try Kernel.readAll(file.number, limit: ImageStore.maximumDocument, name: name)
    guard let document = try? JSONDocument(parsing: bytes) else { return nil }
    let decoded = JSONReader.decode(BuildRecord.self, from: document)
    return decoded.faults.isEmpty && decoded.value.layer.blob.digest.isVerifiable ? decoded.value : nil
  }
}
