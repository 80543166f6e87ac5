internal import AppContainerImage
internal import Glibc
internal import ImageLayers
internal import ImageStore
internal import LinuxKernel
internal import Registry
internal import RuntimeErrors
internal import Trust

/// An archive of an App Container Image in a place of its own, where nobody changes it between a check and its use.
final class StagedAppImage {
  private let directory: StagedDirectory
  private let file: Descriptor

  init(in store: ImageStore) throws(RuntimeError) {
    directory = try StagedDirectory(in: store)
    file = try Kernel.open(
      "image.aci", at: directory.number, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
  }

  /// Adds to its end.
  func append(_ bytes: [UInt8]) throws(RuntimeError) {
    try Kernel.writeAll(file.number, bytes, name: "staging")
  }

  /// Takes all of a stream.
  func take(_ source: any ByteSource) throws(RuntimeError) {
    try source.pass(to: FileSink(try Kernel.duplicate(file.number), name: "staging"))
  }

  /// The archive from its beginning.
  func content() throws(RuntimeError) -> FileSource {
    try Kernel.seek(file.number, to: 0)
    return FileSource(try Kernel.duplicate(file.number), name: "the image")
  }

  /// Checks a detached signature by the keys that may sign for a name.
  ///
  /// - Throws: `notTrusted`.
  func verify(_ signature: [UInt8], name: String, in store: ImageStore) throws(RuntimeError) {
    guard let keyring = try TrustStore(in: store).keyring(for: name) else {
      throw RuntimeError(
        .notTrusted, "no key is trusted to sign for \(name)",
        hint: "`swbox trust add --prefix \(name) FILE` trusts a key that you have checked")
    }
    _ = try keyring.verify(signature, of: file.number)
  }
}

/// Fetches an image by its name, as web pages say where it is.
///
/// Spec: discovery.md
struct AppImageFetch {
  let fetch: WebFetch
  /// The largest archive, in bytes.
  let limit: Int64
  private static let largestPage = 1 << 20

  /// Finds the places that have an image.
  ///
  /// - Throws: `imageNotFound` if no page names one, with the reasons.
  func endpoints(_ query: AppImageQuery) throws(RuntimeError) -> [Discovery.Endpoint] {
    let discovery = Discovery(query)
    var reasons: [String] = []
    for page in discovery.pages {
      do throws(RuntimeError) {
        let answer = try fetch.get(page, limit: AppImageFetch.largestPage)
        let found = answer.status == 200 ? discovery.endpoints(in: answer.body) : []
        if !found.isEmpty { return found }
        reasons.append("\(page): " + (answer.status == 200 ? "names no place" : "status \(answer.status)"))
        // Spec: discovery.md#discovery-url: only these send to the page above.
        guard answer.status == 200 || (400..<500).contains(answer.status) else { break }
      } catch {
        reasons.append("\(page): \(error)")
        break
      }
    }
    if let usual = discovery.usualEndpoint, (try? fetch.get(usual.signature, limit: 1 << 20).status) == 200 {
      return [usual]
    }
    throw RuntimeError(
      .imageNotFound, "nothing says where \(query) is: " + reasons.joined(separator: "\n  "))
  }

  /// Fetches an archive and its signature.
  ///
  /// - Parameters:
  ///   - isSigned: Whether there has to be a signature.
  /// - Returns: The archive, and the signature.
  func archive(
    _ endpoint: Discovery.Endpoint, to store: ImageStore, isSigned: Bool
  ) throws(RuntimeError) -> (image: StagedAppImage, signature: [UInt8]) {
    var signature: [UInt8] = []
    if isSigned {
      let answer = try fetch.get(endpoint.signature, limit: Keyring.maximumSignature)
      guard answer.status == 200 else {
        throw RuntimeError(
          .notTrusted, "there is no signature at \(endpoint.signature): status \(answer.status)")
      }
      signature = answer.body
    }
    let image = try StagedAppImage(in: store)
    nonisolated(unsafe) let target = image
    let answer = try fetch.get(endpoint.image, limit: limit) { (bytes) throws(RuntimeError) in
      try target.append(bytes)
    }
    guard answer.status == 200 else {
      throw RuntimeError(.imageNotFound, "there is no image at \(endpoint.image): status \(answer.status)")
    }
    return (image, signature)
  }
}
