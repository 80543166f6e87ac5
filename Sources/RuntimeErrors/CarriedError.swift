public import JSON
internal import SystemPackage

/// A `RuntimeError` as it travels between processes.
public struct CarriedError: JSONObject {
  private var code = ""
  private var message = ""
  private var context: [String] = []
  private var call: String?
  private var subject: String?
  private var errno: Int32?
  private var hint: String?

  /// See `JSONValue`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("code", &code)
    json.member("message", &message)
    json.member("context", &context)
    json.member("call", &call)
    json.member("subject", &subject)
    json.member("errno", &errno)
    json.member("hint", &hint)
  }

  /// Packs an error.
  public init(_ error: RuntimeError) {
    code = error.code.rawValue
    message = error.message
    context = error.context
    call = error.systemCall?.name
    subject = error.systemCall?.subject
    errno = error.systemCall?.errno.rawValue
    hint = error.hint
  }

  /// The bytes that travel.
  public var encoded: [UInt8] { JSONWriter().encode(self) }

  /// Unpacks an error; nil if the bytes are none.
  public static func error(in bytes: [UInt8]) -> RuntimeError? {
    guard let document = try? JSONDocument(parsing: bytes) else { return nil }
    let carried = JSONReader.decode(CarriedError.self, from: document).value
    guard let code = RuntimeError.Code(rawValue: carried.code) else { return nil }
    var error = RuntimeError(code, carried.message, hint: carried.hint)
    error.context = carried.context
    if let call = carried.call, let errno = carried.errno {
      error.systemCall = RuntimeError.SystemCall(
        name: call, subject: carried.subject, errno: Errno(rawValue: errno))
    }
    return error
  }
}
