internal import NIOCore
internal import NIOHTTP1
public import RuntimeErrors

/// Fetching of files from web servers that are no registries: by HTTPS alone, without credentials.
///
/// Redirections are followed, but never to less than HTTPS.
public struct WebFetch: Sendable {
  private let certificates: String?
  private static let mostRedirections = 10

  /// What a server answers.
  public struct Answer: Sendable {
    /// HTTP's status.
    public var status: Int
    /// The body; nothing if it went to a sink.
    public var body: [UInt8]
  }

  /// - Parameters:
  ///   - certificates: A directory with certificates in place of the usual ones.
  public init(certificates: String?) {
    self.certificates = certificates
  }

  /// Fetches a small file.
  ///
  /// - Parameters:
  ///   - text: The address.
  ///   - limit: More bytes than this are an error.
  /// - Throws: Only if no answer came; whatever the status is, it is the caller's to judge.
  public func get(_ text: String, limit: Int) throws(RuntimeError) -> Answer {
    try fetch(text) { (answer, _) async throws(WebFailure) in
      Answer(
        status: answer.status, body: try await BodyReader.collect(answer, limit: limit, what: "the answer"))
    }
  }

  /// Fetches a file of any length up to a limit.
  ///
  /// - Parameters:
  ///   - write: Gets the parts in their order, on the caller's thread, if the status is 200.
  public func get(
    _ text: String, limit: Int64, write: @escaping @Sendable ([UInt8]) throws(RuntimeError) -> Void
  ) throws(RuntimeError) -> Answer {
    try fetch(text) { (answer, foreground) async throws(WebFailure) in
      guard answer.status == 200 else { return Answer(status: answer.status, body: []) }
      var reader = BodyReader(answer)
      var count: Int64 = 0
      while let part = try await reader.next() {
        count += Int64(part.readableBytes)
        guard count <= limit else {
          throw WebFailure(RuntimeError(.invalidAnswer, "\(text) is larger than \(limit) bytes"))
        }
        let bytes = Array(part.readableBytesView)
        do throws(RuntimeError) {
          try await foreground.perform { () throws(RuntimeError) in try write(bytes) }
        } catch {
          throw WebFailure(error)
        }
      }
      if let length = answer.length, length != count {
        throw WebFailure(RuntimeError(.registryUnreachable, "\(text) ended early"))
      }
      return Answer(status: 200, body: [])
    }
  }

  private func fetch(
    _ text: String,
    _ body: @escaping @Sendable (WebAnswer, Foreground) async throws(WebFailure) -> Answer
  ) throws(RuntimeError) -> Answer {
    let connections = Connections(certificates: Certificates(directory: certificates))
    return try Foreground.wait(closing: connections) { (foreground) async throws(RuntimeError) in
      do throws(WebFailure) {
        return try await body(try await WebFetch.follow(text, connections), foreground)
      } catch {
        throw error.error
      }
    }
  }

  private static func follow(
    _ text: String, _ connections: Connections
  ) async throws(WebFailure) -> WebAnswer {
    var address: WebAddress
    do throws(RuntimeError) {
      address = try WebFetch.address(text)
    } catch {
      throw WebFailure(error)
    }
    for _ in 0...mostRedirections {
      let answer = try await connections.send(WebRequest(.GET, address))
      guard [301, 302, 303, 307, 308].contains(answer.status), let location = answer.header("location") else {
        return answer
      }
      _ = try? await BodyReader.collect(answer, limit: 64 << 10, what: "a redirection")
      do throws(RuntimeError) {
        address = try address.following(location)
      } catch {
        throw WebFailure(error)
      }
      guard address.scheme == .https else {
        throw WebFailure(
          RuntimeError(.invalidAnswer, "\(text) leads to \(address.origin), which is no HTTPS"))
      }
    }
    throw WebFailure(RuntimeError(.invalidAnswer, "\(text) leads to more than \(mostRedirections) others"))
  }

  private static func address(_ text: String) throws(RuntimeError) -> WebAddress {
    let address = try WebAddress(text)
    guard address.scheme == .https else {
      throw RuntimeError(.invalidArgument, "\(text) is no address with https:")
    }
    return address
  }
}
