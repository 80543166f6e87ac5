internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import RuntimeErrors

/// A request to be sent; it can be sent again.
struct WebRequest: Sendable {
  /// What goes with it.
  enum Body: Sendable {
    case none
    case bytes([UInt8])
    /// Some bytes of a file.
    case file(FilePart)
  }

  var method: HTTPMethod
  var address: WebAddress
  var headers = HTTPHeaders()
  var body = Body.none

  init(_ method: HTTPMethod, _ address: WebAddress) {
    self.method = method
    self.address = address
  }
}

/// An answer, whose body is yet to be read.
struct WebAnswer: Sendable {
  var status: Int
  var headers: HTTPHeaders
  /// Who answered.
  var address: WebAddress
  var body: HTTPClientResponse.Body

  /// The only value of a header.
  func header(_ name: String) -> String? { headers.first(name: name) }

  /// What the server says the body's length is.
  var length: Int64? { header("content-length").flatMap { Int64($0) } }
}

/// Why a request did not lead to an answer that is of use.
struct WebFailure: Error {
  var error: RuntimeError
  /// Whether it may well work if it is tried again.
  var isPassing = false
  /// How long the server asks to wait, in seconds.
  var pause: Int64?

  init(_ error: RuntimeError, isPassing: Bool = false, pause: Int64? = nil) {
    self.error = error
    self.isPassing = isPassing
    self.pause = pause
  }
}

/// The reading of an answer's body, with limits in size and time.
struct BodyReader {
  private var iterator: HTTPClientResponse.Body.AsyncIterator
  private let address: WebAddress
  private var stall = StallGuard()

  init(_ answer: WebAnswer) {
    iterator = answer.body.makeAsyncIterator()
    address = answer.address
  }

  /// The next part; nil at the end.
  mutating func next() async throws(WebFailure) -> ByteBuffer? {
    let part: ByteBuffer?
    do {
      part = try await iterator.next()
    } catch {
      throw WebFailure(explaining: error, address)
    }
    guard stall.isAlive(after: part?.readableBytes ?? 0) || part == nil else {
      throw WebFailure(
        RuntimeError(
          .timedOut,
          "\(address.origin) sent less than \(StallGuard.least) bytes in \(StallGuard.period) seconds"),
        isPassing: true)
    }
    return part
  }

  /// All of it.
  ///
  /// - Parameters:
  ///   - limit: More bytes than this are an error.
  static func collect(
    _ answer: WebAnswer, limit: Int, what: @autoclosure () -> String
  ) async throws(WebFailure) -> [UInt8] {
    func tooLarge() -> WebFailure {
      WebFailure(
        RuntimeError(.invalidAnswer, "\(answer.address.origin): \(what()) is larger than \(limit) bytes"))
    }
    if let length = answer.length, length > limit { throw tooLarge() }
    var reader = BodyReader(answer)
    var bytes: [UInt8] = []
    while let part = try await reader.next() {
      guard bytes.count + part.readableBytes <= limit else { throw tooLarge() }
      bytes.append(contentsOf: part.readableBytesView)
    }
    if let length = answer.length, length != bytes.count {
      throw WebFailure(
        RuntimeError(.registryUnreachable, "\(answer.address.origin): \(what()) ended early"), isPassing: true
      )
    }
    return bytes
  }
}

/// Notices a server that sends next to nothing, but often enough not to be silent.
private struct StallGuard {
  /// In seconds.
  static let period = 60
  /// In bytes.
  static let least = 1024

  private var start = NIODeadline.now()
  private var count = 0

  /// Notes that bytes came.
  ///
  /// - Returns: Whether they are enough for the time.
  mutating func isAlive(after bytes: Int) -> Bool {
    count += bytes
    guard NIODeadline.now() - start > .seconds(Int64(StallGuard.period)) else { return true }
    let wasEnough = count >= StallGuard.least
    start = .now()
    count = 0
    return wasEnough
  }
}
