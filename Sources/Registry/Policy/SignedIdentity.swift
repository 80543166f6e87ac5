internal import JSON
internal import OCIImage
internal import RuntimeErrors

/// Which name a signature has to bear, given that of the image.
///
/// containers-policy.json(5), signedIdentity
struct SignedIdentity: JSONObject, Sendable, Equatable {
  private var type = "matchRepoDigestOrExact"
  private var dockerReference: String?
  private var dockerRepository: String?
  private var prefix: String?
  private var signedPrefix: String?

  /// What counts if a policy says nothing.
  init() {}

  mutating func members(_ json: inout JSONExchange) {
    json.member("type", &type)
    json.member("dockerReference", &dockerReference)
    json.member("dockerRepository", &dockerRepository)
    json.member("prefix", &prefix)
    json.member("signedPrefix", &signedPrefix)
  }

  /// - Throws: `notTrusted` if it is not known what is meant.
  func check() throws(RuntimeError) {
    func fault(_ problem: String) -> RuntimeError { RuntimeError(.notTrusted, "/signedIdentity: \(problem)") }
    switch type {
    case "matchExact", "matchRepoDigestOrExact", "matchRepository": break
    case "exactReference":
      guard let dockerReference, (try? Reference(dockerReference))?.registry != nil else {
        throw fault("dockerReference has to be a full name")
      }
    case "exactRepository":
      guard let dockerRepository, (try? Reference(dockerRepository))?.registry != nil else {
        throw fault("dockerRepository has to be a full name")
      }
    case "remapIdentity":
      guard prefix?.isEmpty == false, signedPrefix?.isEmpty == false else {
        throw fault("prefix and signedPrefix have to be there")
      }
    default: throw fault("the type \(quoted(type)) is not known")
    }
  }

  /// Whether a signature is for an image.
  ///
  /// - Parameters:
  ///   - signed: The name in the signature.
  ///   - image: The full name that the person meant.
  func matches(_ signed: String, _ image: Reference) -> Bool {
    guard let signed = try? Reference(signed), signed.registry != nil else { return false }
    switch type {
    case "matchExact": return image.tag != nil && signed.tag != nil && same(signed, image)
    case "matchRepoDigestOrExact": return matchesByDefault(signed, image)
    case "matchRepository": return signed.name == image.name
    case "exactReference":
      return dockerReference.flatMap { try? Reference($0) }.map { same(signed, $0) } == true
    case "exactRepository":
      return dockerRepository.flatMap { try? Reference($0) }.map { $0.name == signed.name } == true
    case "remapIdentity": return remapped(image).map { matchesByDefault(signed, $0) } == true
    default: return false
    }
  }

  /// An image that is asked for by digest has no tag to compare.
  private func matchesByDefault(_ signed: Reference, _ image: Reference) -> Bool {
    if image.tag != nil { return signed.tag != nil && same(signed, image) }
    return image.digest != nil && signed.name == image.name
  }

  private func same(_ one: Reference, _ other: Reference) -> Bool {
    one.name == other.name && one.tag == other.tag
  }

  private func remapped(_ image: Reference) -> Reference? {
    guard let prefix, let signedPrefix, image.name == prefix || image.name.hasPrefix(prefix + "/") else {
      return image
    }
    return try? Reference(signedPrefix + image.description.dropFirst(prefix.count))
  }
}
