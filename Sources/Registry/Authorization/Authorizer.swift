internal import JSON
internal import NIOHTTP1
internal import RuntimeErrors

/// What a request wants to do with a repository.
struct AccessScope: Hashable, Sendable, CustomStringConvertible {
  var repository: String
  /// `pull` or `pull,push`
  var actions: String

  var description: String { "repository:\(repository):\(actions)" }
}

/// Answers the challenges of one registry. What it gives is for that registry's origin alone.
actor Authorizer {
  private let connections: Connections
  private let credentials: Credentials?
  private let isVerified: Bool
  private var known: [[AccessScope]: String] = [:]
  /// What gets a token now: others that need the same wait for it.
  private var underway: [[AccessScope]: Task<Result<String, WebFailure>, Never>] = [:]

  /// - Parameters:
  ///   - isVerified: Whether the registry has to prove who it is.
  init(_ connections: Connections, credentials: Credentials?, isVerified: Bool) {
    self.connections = connections
    self.credentials = credentials
    self.isVerified = isVerified
  }

  /// Whether a user is known.
  nonisolated var hasUser: Bool { credentials != nil }

  /// What a request may be sent with, from an earlier answer.
  func header(for scopes: [AccessScope]) -> String? { known[scopes] }

  /// What a request is to be sent with.
  ///
  /// - Parameters:
  ///   - refused: With what it was sent, and refused.
  func answer(
    _ challenges: [Challenge], from registry: WebAddress, for scopes: [AccessScope], refused: String?
  ) async throws(WebFailure) -> String {
    // Another request was faster.
    if let value = known[scopes], value != refused { return value }
    known[scopes] = nil
    if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
      let work =
        underway[scopes]
        ?? Task {
          do throws(WebFailure) {
            return .success(try await self.token(bearer, from: registry, for: scopes))
          } catch {
            return .failure(error)
          }
        }
      underway[scopes] = work
      let outcome = await work.value
      underway[scopes] = nil
      let value = "Bearer " + (try outcome.get())
      known[scopes] = value
      return value
    }
    guard challenges.contains(where: { $0.scheme == "basic" }) else {
      throw WebFailure(
        RuntimeError(
          .unsupported, "\(registry.origin) wants a way of authorization that is neither Basic nor Bearer"))
    }
    guard let credentials, credentials.identityToken == nil, credentials.basic != refused else {
      throw Authorizer.denied(registry, hasUser: credentials != nil)
    }
    known[scopes] = credentials.basic
    return credentials.basic
  }

  static func denied(_ registry: WebAddress, hasUser: Bool) -> WebFailure {
    let problem = hasUser ? "does not accept the user or the password" : "wants to know who asks"
    return WebFailure(
      RuntimeError(
        .registryRefused, "\(registry.origin) \(problem)", hint: "`swbox login \(registry.hostAndPort)`"))
  }
}

/// Tokens, as Docker's registry has them.
///
/// https://distribution.github.io/distribution/spec/auth/token/, /oauth/
extension Authorizer {
  private struct Answer: JSONObject {
    var token: String?
    var accessToken: String?

    mutating func members(_ json: inout JSONExchange) {
      json.member("token", &token)
      json.member("access_token", &accessToken)
    }
  }

  private func token(
    _ challenge: Challenge, from registry: WebAddress, for scopes: [AccessScope]
  ) async throws(WebFailure) -> String {
    let realm = try realm(of: challenge, registry)
    let service = challenge.parameters["service"]
    let texts = scopes.isEmpty ? [challenge.parameters["scope"]].compactMap { $0 } : scopes.map(\.description)
    var request: WebRequest
    if let identity = credentials?.identityToken {
      var form = "grant_type=refresh_token&client_id=swbox&refresh_token=\(percentEncoded(identity))"
      if let service { form += "&service=\(percentEncoded(service))" }
      if !texts.isEmpty { form += "&scope=\(percentEncoded(texts.joined(separator: " ")))" }
      request = WebRequest(.POST, realm)
      request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
      request.body = .bytes(Array(form.utf8))
    } else {
      var address = realm
      if let credentials { address = address.adding("account", credentials.user) }
      if let service { address = address.adding("service", service) }
      for text in texts { address = address.adding("scope", text) }
      request = WebRequest(.GET, address)
      if let credentials { request.headers.add(name: "authorization", value: credentials.basic) }
    }
    return try await fetch(request, registry)
  }

  private func fetch(_ request: WebRequest, _ registry: WebAddress) async throws(WebFailure) -> String {
    // What the person allows for the registry is not allowed for whomever it names.
    let answer = try await connections.send(
      request, isVerified: isVerified || request.address.host != registry.host)
    guard answer.status == 200 else {
      if answer.status == 401 || answer.status == 403 {
        let body = try? await BodyReader.collect(answer, limit: 64 << 10, what: "an error")
        var failure = Authorizer.denied(registry, hasUser: credentials != nil)
        let said = RegistryErrors.text(of: body ?? [])
        if !said.isEmpty { failure.error.message += " (\(said))" }
        throw failure
      }
      throw await RegistryErrors.failure(answer, "the token service \(request.address.origin)")
    }
    let body = try await BodyReader.collect(answer, limit: 1 << 20, what: "the token")
    guard let document = try? JSONDocument(parsing: body) else {
      throw WebFailure(
        RuntimeError(.invalidAnswer, "the token service \(request.address.origin) does not answer in JSON"))
    }
    let decoded = JSONReader.decode(Answer.self, from: document)
    let token = [decoded.value.token, decoded.value.accessToken].compactMap { $0 }.first { !$0.isEmpty }
    guard decoded.faults.isEmpty, let token, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw WebFailure(
        RuntimeError(.invalidAnswer, "the token service \(request.address.origin) answers without a token"))
    }
    return token
  }

  /// Where tokens come from: never over a connection that is less protected than that to the registry.
  private func realm(of challenge: Challenge, _ registry: WebAddress) throws(WebFailure) -> WebAddress {
    do throws(RuntimeError) {
      guard let text = challenge.parameters["realm"] else {
        throw RuntimeError(.invalidAnswer, "\(registry.origin) does not say where its tokens come from")
      }
      return try registry.following(text)
    } catch {
      throw WebFailure(error)
    }
  }
}
