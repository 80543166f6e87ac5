internal import JSON
internal import RuntimeErrors

/// What registries say when they refuse.
///
/// Spec: distribution-spec/spec.md#error-codes
enum RegistryErrors {
  private struct Report: JSONObject {
    var errors: [Item] = []

    mutating func members(_ json: inout JSONExchange) {
      json.member("errors", &errors)
    }
  }

  private struct Item: JSONObject {
    var code: String?
    var message: String?

    mutating func members(_ json: inout JSONExchange) {
      json.member("code", &code)
      json.member("message", &message)
    }
  }

  /// The registry's own codes and messages; empty if there are none.
  static func text(of body: [UInt8]) -> String {
    guard let document = try? JSONDocument(parsing: body) else { return "" }
    let items = JSONReader.decode(Report.self, from: document).value.errors.prefix(4)
    let texts = items.map { item in
      [item.code, item.message].compactMap { $0 }.filter { !$0.isEmpty }.map {
        printable(String($0.prefix(300)))
      }
      .joined(separator: ": ")
    }
    return texts.filter { !$0.isEmpty }.joined(separator: "; ")
  }

  /// What a status means that was not hoped for. Reads the body.
  ///
  /// - Parameters:
  ///   - what: What was asked for: `the manifest of docker.io/library/alpine:latest`.
  static func failure(_ answer: WebAnswer, _ what: String) async -> WebFailure {
    let body = try? await BodyReader.collect(answer, limit: 64 << 10, what: "an error")
    let said = text(of: body ?? [])
    let details = said.isEmpty ? "" : ": \(said)"
    let pause = answer.header("retry-after").flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
    let place = answer.address.origin
    func failure(
      _ code: RuntimeError.Code, _ problem: String, isPassing: Bool = false, hint: String? = nil
    ) -> WebFailure {
      let text = "\(what): \(place) \(problem) (HTTP \(answer.status))\(details)"
      return WebFailure(RuntimeError(code, text, hint: hint), isPassing: isPassing, pause: pause)
    }
    switch answer.status {
    case 401:
      return failure(
        .registryRefused, "wants to know who asks", hint: "`swbox login \(answer.address.hostAndPort)`")
    case 403: return failure(.registryRefused, "does not allow it")
    case 404: return failure(.imageNotFound, "does not have it")
    case 405: return failure(.registryRefused, "does not offer this")
    case 408, 425: return failure(.registryUnreachable, "gave up waiting", isPassing: true)
    case 413:
      return failure(.registryRefused, "finds it too large", hint: "`--chunk-size` sends smaller pieces")
    case 416: return failure(.registryRefused, "does not have this range", isPassing: true)
    case 429: return failure(.registryRefused, "was asked too often", isPassing: true)
    case 300..<400: return failure(.invalidAnswer, "redirects without saying where")
    case 400..<500: return failure(.registryRefused, "refuses it")
    case 500..<600:
      return failure(.registryUnreachable, "has a problem of its own", isPassing: answer.status != 501)
    default: return failure(.invalidAnswer, "answers what is not expected")
    }
  }
}
