internal import JSON
internal import NIOHTTP1
internal import OCIImage
internal import RuntimeErrors

/// One repository of a registry.
///
/// Spec: distribution-spec/spec.md#endpoints
final class Repository: Sendable {
  /// Where it is, with the tag or digest that is meant.
  let source: Source
  let address: WebAddress
  let retrying: Retrying
  private let connections: Connections
  private let authorizer: Authorizer
  private let isVerified: Bool
  private static let mostRedirections = 5

  init(
    source: Source, address: WebAddress, connections: Connections, authorizer: Authorizer, isVerified: Bool,
    retrying: Retrying
  ) {
    self.source = source
    self.address = address
    self.connections = connections
    self.authorizer = authorizer
    self.isVerified = isVerified
    self.retrying = retrying
  }

  /// The repository's name in its registry.
  var path: String { source.name.repository }

  /// `/v2/NAME/…`
  func place(_ rest: String) -> WebAddress {
    var place = address
    place.target = "/v2/\(path)/\(rest)"
    return place
  }

  /// Sends a request, as whoever the registry wants to know, and follows redirections of reading ones.
  ///
  /// - Parameters:
  ///   - scopes: What it is about; what is known for them goes only to the registry itself.
  func send(_ request: WebRequest, _ scopes: [AccessScope]) async throws(WebFailure) -> WebAnswer {
    var request = request
    for _ in 0...Repository.mostRedirections {
      let answer =
        request.address.origin == address.origin
        ? try await sendAuthorized(request, scopes)
        : try await connections.send(request, isVerified: verifies(request))
      guard [301, 302, 303, 307, 308].contains(answer.status), [.GET, .HEAD].contains(request.method),
        let location = answer.header("location")
      else { return answer }
      _ = try? await BodyReader.collect(answer, limit: 64 << 10, what: "a redirection")
      do throws(RuntimeError) {
        request.address = try request.address.following(location)
      } catch {
        throw WebFailure(error)
      }
    }
    throw WebFailure(
      RuntimeError(
        .invalidAnswer, "\(address.origin) redirects more than \(Repository.mostRedirections) times"))
  }

  /// What the person allows for the registry is not allowed for whomever it names.
  private func verifies(_ request: WebRequest) -> Bool {
    isVerified || request.address.host != address.host
  }

  private func sendAuthorized(
    _ request: WebRequest, _ scopes: [AccessScope]
  ) async throws(WebFailure) -> WebAnswer {
    var request = request
    let known = await authorizer.header(for: scopes)
    if let known { request.headers.replaceOrAdd(name: "authorization", value: known) }
    let answer = try await connections.send(request, isVerified: isVerified)
    guard answer.status == 401 else { return answer }
    let challenges = Challenge.all(in: answer.headers["www-authenticate"])
    guard !challenges.isEmpty else { return answer }
    _ = try? await BodyReader.collect(answer, limit: 64 << 10, what: "an error")
    let value = try await authorizer.answer(challenges, from: address, for: scopes, refused: known)
    request.headers.replaceOrAdd(name: "authorization", value: value)
    let second = try await connections.send(request, isVerified: isVerified)
    guard second.status == 401 else { return second }
    var failure = await RegistryErrors.failure(second, source.description)
    let denial = Authorizer.denied(address, hasUser: authorizer.hasUser)
    failure.error.message = denial.error.message + " (\(failure.error.message))"
    throw failure
  }

  /// What reading needs.
  var reading: [AccessScope] { [AccessScope(repository: path, actions: "pull")] }

  /// What writing needs.
  var writing: [AccessScope] { [AccessScope(repository: path, actions: "pull,push")] }
}

/// Whether a registry lets a person in.
extension Repository {
  /// Spec: distribution-spec/spec.md#determining-support
  func knock() async throws(RuntimeError) {
    try await retrying.run { () async throws(WebFailure) in
      var request = WebRequest(.GET, address)
      request.address.target = "/v2/"
      let answer = try await send(request, [])
      guard answer.status == 200 else { throw await RegistryErrors.failure(answer, address.hostAndPort) }
      _ = try? await BodyReader.collect(answer, limit: 64 << 10, what: "an answer")
    }
  }
}

/// A manifest or an index as a registry has it.
struct FetchedManifest: Sendable {
  var bytes: [UInt8]
  var descriptor: ContentDescriptor
}

/// Manifests.
extension Repository {
  /// The largest manifest that is taken, in bytes. Spec: distribution-spec/spec.md#pushing-manifests
  static let maximumManifest = 4 << 20

  private static let accepted: [MediaType] = [.index, .manifest, .dockerIndex, .dockerManifest]

  /// Fetches a manifest or an index.
  ///
  /// Spec: distribution-spec/spec.md#pulling-manifests
  /// - Parameters:
  ///   - reference: A tag or a digest.
  ///   - expected: What an index says of it.
  func manifest(
    _ reference: String, expected: ContentDescriptor? = nil
  ) async throws(RuntimeError) -> FetchedManifest {
    try await retrying.run { () async throws(WebFailure) in
      var request = WebRequest(.GET, place("manifests/\(reference)"))
      for type in Repository.accepted { request.headers.add(name: "accept", value: type.text) }
      let what = "the manifest \(reference) of \(source.name.name)"
      let answer = try await send(request, reading)
      guard answer.status == 200 else { throw await RegistryErrors.failure(answer, what) }
      let bytes = try await BodyReader.collect(answer, limit: Repository.maximumManifest, what: what)
      do throws(RuntimeError) {
        return try Repository.checked(bytes, answer, reference: reference, expected: expected, what)
      } catch {
        throw WebFailure(error)
      }
    }
  }

  /// The only members that tell what kind of document it is.
  private struct Outline: JSONObject {
    var schemaVersion: Int?
    var mediaType: MediaType?
    var config: JSONText?
    var manifests: JSONText?
    var fsLayers: JSONText?

    mutating func members(_ json: inout JSONExchange) {
      json.member("schemaVersion", &schemaVersion)
      json.member("mediaType", &mediaType)
      json.member("config", &config)
      json.member("manifests", &manifests)
      json.member("fsLayers", &fsLayers)
    }
  }

  private static func checked(
    _ bytes: [UInt8], _ answer: WebAnswer, reference: String, expected: ContentDescriptor?, _ what: String
  ) throws(RuntimeError) -> FetchedManifest {
    func fault(_ problem: String) -> RuntimeError { RuntimeError(.invalidAnswer, "\(what) \(problem)") }
    let claimed = answer.header("docker-content-digest").map { Digest($0) }
    let wanted = expected?.digest ?? (reference.contains(":") ? Digest(reference) : nil)
    // One who names another digest than the one that was asked for has made a mistake, or worse.
    for digest in [wanted, claimed].compactMap({ $0 }) where digest.isVerifiable {
      var calculation = DigestCalculation(algorithm: digest.algorithm)
      bytes.withUnsafeBytes { calculation.update($0) }
      let found = calculation.digest()
      guard found == digest else { throw fault("has the digest \(found), not \(digest)") }
    }
    if let expected, expected.size != bytes.count {
      throw fault("has \(bytes.count) bytes, the index says \(expected.size)")
    }
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: bytes)
    } catch {
      throw fault("is no JSON (line \(error.line), column \(error.column): \(error.problem))")
    }
    let outline = JSONReader.decode(Outline.self, from: document).value
    if outline.schemaVersion == 1 || outline.fsLayers != nil {
      throw RuntimeError(.unsupported, "\(what) is of Docker's schema 1, which nobody writes since 2017")
    }
    let said = answer.header("content-type").map { MediaType(String($0.prefix { $0 != ";" && $0 != " " })) }
    let type = try mediaType(outline, said, fault)
    let digest = wanted.flatMap { $0.isVerifiable ? $0 : nil } ?? Digest(of: bytes)
    return FetchedManifest(
      bytes: bytes, descriptor: ContentDescriptor(mediaType: type, digest: digest, size: Int64(bytes.count)))
  }

  /// A document that can be read as a manifest and as an index is neither: two programs would see two images.
  private static func mediaType(
    _ outline: Outline, _ said: MediaType?, _ fault: (String) -> RuntimeError
  ) throws(RuntimeError) -> MediaType {
    guard (outline.config == nil) != (outline.manifests == nil) else {
      throw fault("is neither an image manifest nor an index, or both")
    }
    let isIndex = outline.manifests != nil
    let known = accepted.filter { $0.isIndex == isIndex }
    if let own = outline.mediaType {
      guard known.contains(own) else { throw fault("says of itself that it is \(quoted(own.text))") }
      if let said, accepted.contains(said), said != own {
        throw fault("is \(quoted(own.text)), the registry says \(quoted(said.text))")
      }
      return own
    }
    guard let said, known.contains(said) else { return isIndex ? .index : .manifest }
    return said
  }
}
