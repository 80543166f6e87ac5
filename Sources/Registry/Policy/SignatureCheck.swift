internal import ImageStore
internal import OCIImage
internal import RuntimeErrors
internal import Trust

/// Whether the person's policy lets an image in.
struct SignatureCheck: Sendable {
  private let requirements: [SignaturePolicy.Requirement]
  private let place: String
  private let image: Reference
  private let store: ImageStore
  private let session: RegistrySession
  private let lookaside: Lookaside?

  /// - Parameters:
  ///   - image: The full name that the person means.
  /// - Throws: `notTrusted` if the policy takes no image of this name.
  init(
    _ policy: SignaturePolicy, _ image: Reference, _ store: ImageStore, _ session: RegistrySession
  ) throws(RuntimeError) {
    (requirements, place) = policy.requirements(for: image)
    self.image = image
    self.store = store
    self.session = session
    guard !requirements.contains(.reject) else {
      throw RuntimeError(.notTrusted, "\(image) is rejected by \(place)")
    }
    lookaside = requirements.allSatisfy { $0 == .acceptAnything } ? nil : try Lookaside.load()
  }

  /// Checks the signatures of one of several manifests that lead to the image: an index vouches for all that it lists.
  ///
  /// - Throws: `notTrusted` if a requirement is fulfilled by none of them.
  func check(_ manifests: [Digest]) async throws(RuntimeError) {
    guard let lookaside else { return }
    var reasons: [String] = []
    for digest in manifests {
      let signatures = try await lookaside.signatures(of: image, digest: digest, session)
      if signatures.isEmpty {
        reasons.append(
          "\(digest) is not signed: \(lookaside.folder(of: image, digest: digest)) has no signature")
        continue
      }
      do throws(RuntimeError) {
        for requirement in requirements { try fulfil(requirement, digest, signatures) }
        return
      } catch let error where error.code == .notTrusted {
        reasons.append("\(digest): \(error)")
      }
    }
    throw RuntimeError(
      .notTrusted, "\(image) is not signed as \(place) wants it: " + reasons.joined(separator: "\n  "))
  }

  private func fulfil(
    _ requirement: SignaturePolicy.Requirement, _ digest: Digest, _ signatures: [[UInt8]]
  ) throws(RuntimeError) {
    guard case .signedBy(let keys, let identity) = requirement else { return }
    let keyring = try Keyring(in: store)
    for key in keys { try keyring.take(key) }
    var reasons: [String] = []
    for (place, signature) in signatures.enumerated() {
      do throws(RuntimeError) {
        let payload = try SignaturePayload(keyring.open(signature).content)
        guard payload.digest == digest else {
          throw RuntimeError(.notTrusted, "is for \(payload.digest)")
        }
        guard identity.matches(payload.name, image) else {
          throw RuntimeError(.notTrusted, "is for the name \(payload.name)")
        }
        return
      } catch let error where error.code == .notTrusted {
        reasons.append("signature-\(place + 1): \(error)")
      }
    }
    throw RuntimeError(.notTrusted, reasons.joined(separator: "; "))
  }
}
