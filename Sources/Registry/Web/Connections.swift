internal import AsyncHTTPClient
internal import JSON
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import RuntimeErrors
internal import Synchronization
internal import SystemPackage

/// Connections to hosts, made when they are needed and kept until `close`.
final class Connections: Sendable {
  /// How long is waited for, in seconds.
  enum Patience {
    /// Until a connection is made, with its TLS.
    static let connect: Int64 = 20
    /// Until the next byte comes, or goes.
    static let silence: Int64 = 60
    /// Until an answer begins.
    static let answer: Int64 = 180
  }

  private let certificates: Certificates
  /// Reading and TLS are its work; hashing and writing are done elsewhere. It is there from the first request on to
  /// the end of the process: what a library has begun may come back to it after its connection was given up.
  private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let clients = Mutex<[String: HTTPClient]>([:])

  /// - Parameters:
  ///   - certificates: Where the person keeps own ones.
  init(certificates: Certificates) {
    self.certificates = certificates
  }

  /// Ends all connections.
  func close() async {
    let all = clients.withLock { clients in
      defer { clients = [:] }
      return Array(clients.values)
    }
    for client in all { try? await client.shutdown() }
  }

  /// Sends a request. Redirections are answers like others.
  ///
  /// - Parameters:
  ///   - isVerified: Whether the server has to prove who it is.
  func send(_ request: WebRequest, isVerified: Bool = true) async throws(WebFailure) -> WebAnswer {
    let client: HTTPClient
    do throws(RuntimeError) {
      client = try self.client(for: request.address, isVerified: isVerified)
    } catch {
      throw WebFailure(error)
    }
    var message = HTTPClientRequest(url: request.address.description)
    message.method = request.method
    message.headers = request.headers
    message.headers.replaceOrAdd(name: "user-agent", value: "swbox")
    switch request.body {
    case .none:
      // POST, PUT and PATCH have a length also if they have nothing else. RFC 9110, section 8.6
      if ![.GET, .HEAD, .DELETE].contains(request.method) { message.body = .bytes([]) }
    case .bytes(let bytes): message.body = .bytes(bytes)
    case .file(let part):
      message.body = .stream(part, length: .known(Int64(part.range.upperBound - part.range.lowerBound)))
    }
    do {
      let answer = try await client.execute(message, deadline: deadline(for: request))
      return WebAnswer(
        status: Int(answer.status.code), headers: answer.headers, address: request.address, body: answer.body)
    } catch {
      var failure = WebFailure(explaining: error, request.address)
      if let proxy = try? Proxy.forAddress(request.address) {
        failure.error.message +=
          " (by way of the proxy \(proxy.host):\(proxy.port), which the environment names)"
      }
      throw failure
    }
  }

  /// A large file takes its time; silence ends it earlier.
  private func deadline(for request: WebRequest) -> NIODeadline {
    guard case .file(let part) = request.body else { return .now() + .seconds(Patience.answer) }
    let slowest: Int64 = 16 << 10
    let seconds = Patience.answer + (part.range.upperBound - part.range.lowerBound) / slowest
    return .now() + .seconds(seconds)
  }

  private func client(for address: WebAddress, isVerified: Bool) throws(RuntimeError) -> HTTPClient {
    let key = "\(address.origin) \(isVerified)"
    if let known = clients.withLock({ $0[key] }) { return known }
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout = .init(
      connect: .seconds(Patience.connect), read: .seconds(Patience.silence), write: .seconds(Patience.silence)
    )
    // One stream a connection: a large layer is not held up by windows that others share.
    configuration.httpVersion = .http1Only
    configuration.decompression = .disabled
    configuration.proxy = try Proxy.forAddress(address)
    configuration.connectionPool.retryConnectionEstablishment = false
    if address.scheme == .https {
      configuration.tlsConfiguration = try certificates.configuration(
        host: address.host, port: address.port, isVerified: isVerified)
    }
    let new = HTTPClient(eventLoopGroupProvider: .shared(Connections.group), configuration: configuration)
    let (client, isSurplus) = clients.withLock { clients in
      if let known = clients[key] { return (known, true) }
      clients[key] = new
      return (new, false)
    }
    if isSurplus { new.shutdown().whenComplete { _ in } }
    return client
  }
}

extension WebFailure {
  /// What a failure of a connection means.
  init(explaining error: any Error, _ address: WebAddress) {
    if let failure = error as? WebFailure {
      self = failure
      return
    }
    if let own = error as? RuntimeError {
      self.init(own)
      return
    }
    let (problem, isPassing) = WebFailure.explanation(of: error)
    let code: RuntimeError.Code = WebFailure.isTimeout(error) ? .timedOut : .registryUnreachable
    var explained = RuntimeError(code, "\(address.origin): \(problem)")
    if problem.hasPrefix("its certificate") {
      explained = explained.hinting(
        "put the CA's certificate into /etc/containers/certs.d/\(address.hostAndPort)/ca.crt, or use --tls-verify=false"
      )
    } else if problem.hasPrefix("it does not speak TLS") {
      explained = explained.hinting("--tls-verify=false allows a connection without TLS")
    }
    self.init(explained, isPassing: isPassing)
  }

  private static func isTimeout(_ error: any Error) -> Bool {
    switch error as? HTTPClientError {
    case .readTimeout?, .writeTimeout?, .connectTimeout?, .deadlineExceeded?, .tlsHandshakeTimeout?: true
    default: false
    }
  }

  private static func explanation(of error: any Error) -> (text: String, isPassing: Bool) {
    switch error {
    case let error as HTTPClientError: explanation(of: error)
    case let error as NIOConnectionError: explanation(of: error)
    case let error as NIOSSLError: explanation(of: error)
    case let error as BoringSSLError: explanation(ofTLS: "\(error)")
    case let error as IOError: explanation(of: error)
    case is CancellationError: ("interrupted", false)
    case HTTPParserError.invalidEOFState: ("it closed the connection in the middle of an answer", true)
    case is HTTPParserError: ("it does not answer in HTTP", false)
    default: ("\(error)", !(error is NIOSSLExtraError))
    }
  }

  private static func explanation(of error: HTTPClientError) -> (text: String, isPassing: Bool) {
    switch error {
    case .readTimeout: ("it sent nothing for \(Connections.Patience.silence) seconds", true)
    case .writeTimeout: ("it took nothing for \(Connections.Patience.silence) seconds", true)
    case .connectTimeout: ("no connection within \(Connections.Patience.connect) seconds", true)
    case .tlsHandshakeTimeout: ("no TLS connection within \(Connections.Patience.connect) seconds", true)
    case .deadlineExceeded: ("no answer within \(Connections.Patience.answer) seconds", true)
    case .remoteConnectionClosed: ("it closed the connection", true)
    case .cancelled: ("interrupted", false)
    default: (error.shortDescription, false)
    }
  }

  private static func explanation(of error: NIOConnectionError) -> (text: String, isPassing: Bool) {
    guard let cause = error.connectionErrors.first else {
      return ("no address is known for this name", error.dnsAError == nil)
    }
    return explanation(of: cause.error)
  }

  private static func explanation(of error: IOError) -> (text: String, isPassing: Bool) {
    let text = Errno(rawValue: error.errnoCode).text
    return switch error.errnoCode {
    case ECONNREFUSED: ("nobody listens there: \(text)", false)
    case EHOSTUNREACH, ENETUNREACH: ("there is no way to this address: \(text)", false)
    default: (text, true)
    }
  }

  private static func explanation(of error: NIOSSLError) -> (text: String, isPassing: Bool) {
    guard case .handshakeFailed(let cause) = error else { return ("TLS: \(error)", true) }
    return explanation(ofTLS: "\(cause)")
  }

  private static func explanation(ofTLS text: String) -> (text: String, isPassing: Bool) {
    if text.contains("CERTIFICATE_REQUIRED") || text.contains("ALERT_BAD_CERTIFICATE") {
      return (
        "it wants a client's certificate: NAME.cert and NAME.key in its certs.d", false
      )
    }
    if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("certificate") {
      return ("its certificate is not one to be trusted: \(WebFailure.reason(text))", false)
    }
    if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
      return ("it does not speak TLS", false)
    }
    return ("TLS failed: \(WebFailure.reason(text))", false)
  }

  /// BoringSSL's word for it, such as `CERTIFICATE_VERIFY_FAILED`.
  private static func reason(_ text: String) -> String {
    let parts = text.split(separator: ":")
    guard let place = parts.firstIndex(of: "OPENSSL_internal"), place + 1 < parts.count else {
      return printable(String(text.prefix(200)))
    }
    return String(parts[place + 1].prefix { $0 != " " })
  }
}
