public import JSON

/// A rule of the specification that an image breaks, and where.
public struct ImageFault: JSONObject, Sendable, Equatable, CustomStringConvertible {
  /// How binding the rule is.
  public enum Rank: String, JSONValue, Sendable, CaseIterable {
    /// MUST and REQUIRED.
    case violation
    /// SHOULD.
    case advice
  }

  /// How binding the rule is.
  public var rank: Rank
  /// The file of the layout, or the blob's digest.
  public var subject: String
  /// Where in a JSON document; in a layer, the entry's path; else empty.
  public var place: String
  /// What was found, and what was expected.
  public var problem: String
  /// Where the specification says so: `descriptor.md#digests`.
  public var rule: String

  /// `index.json: /manifests/0/size: found -1, expected no negative number (descriptor.md#properties)`
  public var description: String {
    let parts = [subject, place, problem].filter { !$0.isEmpty }
    return printable(parts.joined(separator: ": ")) + " (\(rule))"
  }

  init(rank: Rank, subject: String, place: String, problem: String, rule: String) {
    self.rank = rank
    self.subject = subject
    self.place = place
    self.problem = problem
    self.rule = rule
  }

  /// See `JSONValue`.
  public init() {
    self.init(rank: .violation, subject: "", place: "", problem: "", rule: "")
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("rank", &rank)
    json.member("subject", &subject)
    json.member("place", &place)
    json.member("problem", &problem)
    json.member("rule", &rule)
  }
}

/// Collects the faults of one image.
public struct FaultList: Sendable {
  /// The file or blob that is looked at.
  public var subject: String
  /// All so far.
  public private(set) var faults: [ImageFault] = []

  /// Whether something is wrong at a place of what is looked at.
  public func has(_ place: String) -> Bool { faults.contains { $0.subject == subject && $0.place == place } }

  /// None yet.
  public init(subject: String = "") {
    self.subject = subject
  }

  /// Adds what breaks a MUST.
  public mutating func must(_ place: String, _ problem: String, _ rule: String) {
    add(.violation, place, problem, rule)
  }

  /// Adds what goes against a SHOULD.
  public mutating func should(_ place: String, _ problem: String, _ rule: String) {
    add(.advice, place, problem, rule)
  }

  private mutating func add(_ rank: ImageFault.Rank, _ place: String, _ problem: String, _ rule: String) {
    let fault = ImageFault(rank: rank, subject: subject, place: place, problem: problem, rule: rule)
    // An index may lead to the same blob twice.
    if !faults.contains(fault) { faults.append(fault) }
  }

  /// Parses and decodes a document, and adds all that does not fit.
  ///
  /// - Returns: The document, with replacements for what does not fit; nil if it is no JSON.
  public mutating func document<Document: ImageDocument>(
    _ type: Document.Type, _ bytes: [UInt8], _ rule: String
  ) -> Document? {
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: bytes)
    } catch {
      // Also UTF-8, and names that occur twice. Spec: considerations.md#json
      must("\(error.line):\(error.column)", error.problem, "considerations.md#json")
      return nil
    }
    let decoded = JSONReader.decode(type, from: document)
    for fault in decoded.faults { must(fault.pointer, fault.problem, rule) }
    return decoded.value
  }
}
