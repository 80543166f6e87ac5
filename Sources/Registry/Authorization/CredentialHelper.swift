internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// A program that keeps passwords: `docker-credential-NAME`.
///
/// https://github.com/docker/docker-credential-helpers
struct CredentialHelper: Sendable {
  /// The name along the PATH.
  let program: String

  init(_ name: String) {
    program = "docker-credential-\(name)"
  }

  private struct Secret: JSONObject {
    var serverURL: String?
    var username = ""
    var secret = ""

    mutating func members(_ json: inout JSONExchange) {
      json.member("ServerURL", &serverURL)
      json.member("Username", &username)
      json.member("Secret", &secret)
    }
  }

  /// What it knows of a registry; nil if nothing.
  func credentials(for registry: String) throws(RuntimeError) -> Credentials? {
    let outcome = try run("get", input: Array(registry.utf8))
    let text = String(decoding: outcome.output, as: UTF8.self)
    guard outcome.status == 0 else {
      if text.contains("credentials not found") || text.contains("not found in native keychain") {
        return nil
      }
      throw failure("get", outcome)
    }
    guard let document = try? JSONDocument(parsing: outcome.output) else {
      throw RuntimeError(.invalidArgument, "\(program) get does not answer in JSON")
    }
    let decoded = JSONReader.decode(Secret.self, from: document)
    guard decoded.faults.isEmpty else {
      throw RuntimeError(.invalidArgument, "\(program) get answers without Username and Secret")
    }
    let secret = decoded.value
    return secret.username == "<token>"
      ? Credentials(user: secret.username, identityToken: secret.secret)
      : Credentials(user: secret.username, password: secret.secret)
  }

  /// Lets it keep a password.
  func store(_ credentials: Credentials, for registry: String) throws(RuntimeError) {
    let secret = Secret(serverURL: registry, username: credentials.user, secret: credentials.password)
    let outcome = try run("store", input: JSONWriter().encode(secret))
    guard outcome.status == 0 else { throw failure("store", outcome) }
  }

  /// Lets it forget a password.
  func erase(_ registry: String) throws(RuntimeError) {
    let outcome = try run("erase", input: Array(registry.utf8))
    guard outcome.status == 0 else { throw failure("erase", outcome) }
  }

  private func run(_ action: String, input: [UInt8]) throws(RuntimeError) -> Program.Outcome {
    var call = Program(program, [action])
    call.input = input
    return try call.run()
  }

  private func failure(_ action: String, _ outcome: Program.Outcome) -> RuntimeError {
    let said =
      outcome.errors.isEmpty ? String(decoding: outcome.output.prefix(300), as: UTF8.self) : outcome.errors
    return RuntimeError(
      .registryRefused, "\(program) \(action) failed with status \(outcome.status): \(printable(said))")
  }
}
