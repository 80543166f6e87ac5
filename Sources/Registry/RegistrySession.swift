internal import NIOHTTP1
internal import OCIImage
internal import RuntimeErrors

/// What one command shares among all that it asks registries for.
final class RegistrySession: Sendable {
  let options: RegistryOptions
  let conf: RegistriesConf
  let connections: Connections

  /// Starts a thread, which `Foreground` ends: whatever else may fail is done before.
  init(_ options: RegistryOptions, _ conf: RegistriesConf) {
    self.options = options
    self.conf = conf
    connections = Connections(certificates: Certificates(directory: options.certificates))
  }

  /// A repository at the place where it really is.
  ///
  /// - Parameters:
  ///   - name: What the person means. The credentials that come with the options are for its registry, and for no
  ///     mirror and no other place of it.
  func repository(_ source: Source, of name: Reference) async throws(RuntimeError) -> Repository {
    let host = source.name.registry ?? "docker.io"
    var credentials = source.name.registry == name.registry ? options.credentials : nil
    if credentials == nil {
      credentials = try AuthFile.credentials(
        registry: host, repository: source.name.repository, file: options.authFile,
        helpers: conf.credentialHelpers)
    }
    let isInsecure = options.verifiesTLS.map { !$0 } ?? source.isInsecure
    let address = try await address(of: host, isInsecure: isInsecure)
    return Repository(
      source: source, address: address, connections: connections,
      authorizer: Authorizer(connections, credentials: credentials, isVerified: !isInsecure),
      isVerified: !isInsecure, retrying: Retrying(most: options.retries))
  }

  /// Where the registry with a name listens.
  private func address(of host: String, isInsecure: Bool) async throws(RuntimeError) -> WebAddress {
    // The name that people know is not the one that answers.
    let address = try WebAddress("https://\(host == "docker.io" ? "registry-1.docker.io" : host)/")
    guard isInsecure else { return address }
    var ping = WebRequest(.GET, address)
    ping.address.target = "/v2/"
    do throws(WebFailure) {
      let answer = try await connections.send(ping, isVerified: false)
      _ = try? await BodyReader.collect(answer, limit: 64 << 10, what: "an answer")
      return address
    } catch {
      // Who speaks no TLS there may speak HTTP.
      guard error.error.code == .registryUnreachable else { throw error.error }
      var plain = address
      plain.scheme = .http
      return plain
    }
  }
}
