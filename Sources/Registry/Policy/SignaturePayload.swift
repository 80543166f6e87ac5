internal import JSON
internal import OCIImage
internal import RuntimeErrors

/// What a simple signature says: this manifest has that name.
///
/// containers-signature(5)
struct SignaturePayload: Sendable, Equatable {
  /// The manifest's digest.
  let digest: Digest
  /// The image's name.
  let name: String

  private struct Document: JSONObject {
    var critical = Critical()

    mutating func members(_ json: inout JSONExchange) { json.member("critical", &critical) }
  }

  private struct Critical: JSONObject {
    var type = ""
    var image = Image()
    var identity = Identity()

    mutating func members(_ json: inout JSONExchange) {
      json.member("type", &type)
      json.member("image", &image)
      json.member("identity", &identity)
    }
  }

  private struct Image: JSONObject {
    var digest = Digest()

    mutating func members(_ json: inout JSONExchange) { json.member("docker-manifest-digest", &digest) }
  }

  private struct Identity: JSONObject {
    var name = ""

    mutating func members(_ json: inout JSONExchange) { json.member("docker-reference", &name) }
  }

  /// Reads what was signed.
  ///
  /// - Throws: `notTrusted` if it says anything that is not understood: a later form may mean less than it seems to.
  init(_ bytes: [UInt8]) throws(RuntimeError) {
    func fault(_ problem: String) -> RuntimeError { RuntimeError(.notTrusted, "the signed text \(problem)") }
    guard let document = try? JSONDocument(parsing: bytes) else { throw fault("is no JSON") }
    let decoded = JSONReader.decode(Document.self, from: document)
    guard decoded.faults.isEmpty else {
      throw fault(decoded.faults.map { "\($0.pointer): \($0.problem)" }.joined(separator: "; "))
    }
    let all = JSONReader.decode([String: [String: JSONText]].self, from: document)
    guard all.faults.isEmpty, Set(all.value.keys).isSubset(of: ["critical", "optional"]),
      Set(all.value["critical"]?.keys.map { $0 } ?? []) == ["type", "image", "identity"]
    else { throw fault("has members that are not known") }
    let critical = decoded.value.critical
    guard critical.type == "atomic container signature" else {
      throw fault("is of the type \(quoted(critical.type))")
    }
    digest = critical.image.digest
    name = critical.identity.name
  }
}
