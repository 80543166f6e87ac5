internal import JSON
internal import OCIImage
internal import RuntimeErrors

/// Whose signatures an image has to have, as the person says it in a file that other tools for containers read, too.
///
/// All that is not understood is an error, and so is it if no file is there: an image is never taken by mistake.
///
/// containers-policy.json(5)
struct SignaturePolicy: Sendable {
  /// What an image has to fulfil.
  enum Requirement: Sendable, Equatable {
    case acceptAnything
    case reject
    case signedBy(keys: [[UInt8]], identity: SignedIdentity)
  }

  private let defaults: [Requirement]
  /// By the scope within the transport `docker`.
  private let scopes: [String: [Requirement]]
  /// What messages call it.
  private let name: String

  /// Anything goes, because the person said so for this one time.
  static let acceptAnything = SignaturePolicy(
    defaults: [.acceptAnything], scopes: [:], name: "--insecure-policy")

  private init(defaults: [Requirement], scopes: [String: [Requirement]], name: String) {
    self.defaults = defaults
    self.scopes = scopes
    self.name = name
  }

  /// Reads the file that counts.
  ///
  /// - Parameters:
  ///   - given: A file in place of the usual ones.
  /// - Throws: `notTrusted` if there is none, or it is not understood.
  static func load(_ given: String?) throws(RuntimeError) -> SignaturePolicy {
    let own = Variables.configuration.map { $0 + "/containers/policy.json" }
    let paths = given.map { [$0] } ?? [own, "/etc/containers/policy.json"].compactMap { $0 }
    for path in paths {
      if let bytes = try ConfigurationFile.read(path) { return try SignaturePolicy(bytes, name: path) }
    }
    throw RuntimeError(
      .notTrusted,
      "nothing says whose images are to be trusted: there is no \(paths.joined(separator: " and no "))",
      hint:
        "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]} in it takes images that nobody has signed")
  }

  /// Reads a policy.
  init(_ bytes: [UInt8], name: String) throws(RuntimeError) {
    self.name = name
    func fault(_ problem: String) -> RuntimeError { RuntimeError(.notTrusted, "\(name): \(problem)") }
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: bytes)
    } catch {
      throw fault("line \(error.line), column \(error.column): \(error.problem)")
    }
    let decoded = JSONReader.decode(PolicyDocument.self, from: document)
    let unknown = JSONReader.decode([String: JSONText].self, from: document).value.keys
      .filter { $0 != "default" && $0 != "transports" }.sorted()
    guard unknown.isEmpty else { throw fault("/\(unknown[0]): is not known") }
    guard decoded.faults.isEmpty else {
      throw fault(decoded.faults.map { "\($0.pointer): \($0.problem)" }.joined(separator: "\n  "))
    }
    do throws(RuntimeError) {
      defaults = try SignaturePolicy.requirements(decoded.value.defaults, at: "/default")
      var scopes: [String: [Requirement]] = [:]
      for (scope, list) in decoded.value.transports?["docker"] ?? [:] {
        scopes[scope] = try SignaturePolicy.requirements(list, at: "/transports/docker/\(scope)")
      }
      self.scopes = scopes
    } catch {
      throw error.adding(context: name)
    }
  }

  private static func requirements(
    _ list: [PolicyDocument.Requirement], at pointer: String
  ) throws(RuntimeError) -> [Requirement] {
    guard !list.isEmpty else { throw RuntimeError(.notTrusted, "\(pointer): is empty, which says nothing") }
    var result: [Requirement] = []
    for (place, item) in list.enumerated() {
      do throws(RuntimeError) {
        result.append(try item.understood())
      } catch {
        throw error.adding(context: "\(pointer)/\(place)")
      }
    }
    return result
  }

  /// What an image has to fulfil, all of it.
  ///
  /// - Parameters:
  ///   - image: Its full name.
  func requirements(for image: Reference) -> (list: [Requirement], place: String) {
    for scope in SignaturePolicy.scopes(of: image) {
      if let list = scopes[scope] { return (list, "\(name): /transports/docker/\(scope)") }
    }
    return (defaults, "\(name): /default")
  }

  /// The scopes that an image is in, the most particular first.
  static func scopes(of image: Reference) -> [String] {
    var result = [image.description]
    var name = image.name
    result.append(name)
    while let slash = name.lastIndex(of: "/") {
      name = String(name[..<slash])
      result.append(name)
    }
    // Wildcards stand for hosts only.
    var host = Substring((image.registry ?? "").prefix { $0 != ":" })
    while let dot = host.firstIndex(of: ".") {
      host = host[host.index(after: dot)...]
      result.append("*.\(host)")
    }
    return result + [""]
  }
}

/// What stands in the file.
private struct PolicyDocument: JSONObject {
  var defaults: [Requirement] = []
  var transports: [String: [String: [Requirement]]]?

  mutating func members(_ json: inout JSONExchange) {
    json.member("default", &defaults)
    json.member("transports", &transports)
  }

  /// One requirement: its members by name, so that none is passed over.
  struct Requirement: JSONValue {
    var text = JSONText()

    init() {}

    init(reading json: inout JSONExchange, at node: Int) { text = JSONText(reading: &json, at: node) }

    func write(to json: inout JSONExchange) { text.write(to: &json) }
  }

  fileprivate struct Members: JSONObject {
    var type = ""
    var keyType: String?
    var keyPath: String?
    var keyPaths: [String]?
    var keyData: String?
    var signedIdentity: SignedIdentity?

    mutating func members(_ json: inout JSONExchange) {
      json.member("type", &type)
      json.member("keyType", &keyType)
      json.member("keyPath", &keyPath)
      json.member("keyPaths", &keyPaths)
      json.member("keyData", &keyData)
      json.member("signedIdentity", &signedIdentity)
    }
  }
}

extension PolicyDocument.Requirement {
  func understood() throws(RuntimeError) -> SignaturePolicy.Requirement {
    func fault(_ problem: String) -> RuntimeError { RuntimeError(.notTrusted, problem) }
    guard let document = try? JSONDocument(parsing: text.bytes) else { throw fault("no JSON") }
    let decoded = JSONReader.decode(PolicyDocument.Members.self, from: document)
    let names = Set(JSONReader.decode([String: JSONText].self, from: document).value.keys)
    let members = decoded.value
    // First what is not offered, so that this is what the message says.
    if members.type == "sigstoreSigned" {
      throw RuntimeError(
        .notTrusted, "signatures of sigstore cannot be checked by swbox, so that nothing is taken for signed",
        hint: "signedBy with GPG keys can be checked")
    }
    guard decoded.faults.isEmpty else {
      throw fault(decoded.faults.map { "\($0.pointer): \($0.problem)" }.joined(separator: "; "))
    }
    func allow(_ allowed: Set<String>) throws(RuntimeError) {
      if let other = names.subtracting(allowed).min() { throw fault("/\(other): is not known here") }
    }
    switch members.type {
    case "insecureAcceptAnything":
      try allow(["type"])
      return .acceptAnything
    case "reject":
      try allow(["type"])
      return .reject
    case "signedBy":
      try allow(["type", "keyType", "keyPath", "keyPaths", "keyData", "signedIdentity"])
      guard members.keyType == "GPGKeys" else {
        throw fault("/keyType: found \(quoted(members.keyType ?? "")), expected \"GPGKeys\"")
      }
      let identity = members.signedIdentity ?? SignedIdentity()
      try identity.check()
      return .signedBy(keys: try PolicyDocument.keys(members), identity: identity)
    default: throw fault("/type: \(quoted(members.type)) is not known")
    }
  }
}

extension PolicyDocument {
  fileprivate static func keys(_ members: Members) throws(RuntimeError) -> [[UInt8]] {
    let given = [members.keyPath != nil, members.keyPaths != nil, members.keyData != nil].count { $0 }
    guard given == 1 else {
      throw RuntimeError(.notTrusted, "exactly one of keyPath, keyPaths and keyData has to be there")
    }
    if let data = members.keyData {
      guard let bytes = Base64.decode(data) else {
        throw RuntimeError(.notTrusted, "/keyData: is not Base 64")
      }
      return [bytes]
    }
    var result: [[UInt8]] = []
    for path in members.keyPaths ?? [members.keyPath].compactMap({ $0 }) {
      guard let bytes = try ConfigurationFile.read(path) else {
        throw RuntimeError(.notTrusted, "the key \(path) is not there")
      }
      result.append(bytes)
    }
    guard !result.isEmpty else { throw RuntimeError(.notTrusted, "/keyPaths: is empty") }
    return result
  }
}
