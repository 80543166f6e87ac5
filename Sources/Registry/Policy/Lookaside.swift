internal import Glibc
internal import JSON
internal import LinuxKernel
internal import NIOHTTP1
internal import OCIImage
internal import RuntimeErrors

/// Where signatures lie beside the registries, as the person says it in a directory that other tools for containers
/// read, too.
///
/// containers-registries.d(5)
struct Lookaside: Sendable {
  private var base: String?
  private var byScope: [String: String] = [:]
  private static let keys = ["lookaside", "sigstore"]
  /// Where signatures are written, and how others are made, which is not what matters to one who reads.
  private static let ignored = ["lookaside-staging", "sigstore-staging", "use-sigstore-attachments"]
  private static let mostSignatures = 64

  /// Reads the directory.
  static func load() throws(RuntimeError) -> Lookaside {
    var result = Lookaside()
    let own = Variables.configuration.map { $0 + "/containers/registries.d" }
    let system = "/etc/containers/registries.d"
    let folder = own.flatMap { (try? Kernel.list($0)) == nil ? nil : $0 } ?? system
    for name in try ConfigurationFile.names(in: folder, suffix: ".yaml") {
      let path = "\(folder)/\(name)"
      if let bytes = try ConfigurationFile.read(path) { try result.add(bytes, name: path) }
    }
    return result
  }

  /// Adds a file.
  mutating func add(_ bytes: [UInt8], name: String) throws(RuntimeError) {
    for (key, value) in try NestedMapping.read(bytes, name: name) {
      switch (key, value) {
      case ("default-docker", .mapping(let values)): base = try place(values, name) ?? base
      case ("docker", .mapping(let scopes)):
        for (scope, value) in scopes {
          guard case .mapping(let values) = value else {
            throw RuntimeError(.notTrusted, "\(name): docker: \(scope): expected a mapping")
          }
          byScope[scope] = try place(values, name)
        }
      default: throw RuntimeError(.notTrusted, "\(name): the key \(quoted(key)) is not known")
      }
    }
  }

  private func place(_ values: [String: NestedMapping], _ name: String) throws(RuntimeError) -> String? {
    var result: String?
    for (key, value) in values {
      guard case .text(let text) = value, Lookaside.keys.contains(key) || Lookaside.ignored.contains(key)
      else {
        throw RuntimeError(.notTrusted, "\(name): the key \(quoted(key)) is not known")
      }
      // The newer word counts more.
      if key == "lookaside" || key == "sigstore" && result == nil { result = text }
    }
    return result
  }

  /// Where the signatures of a manifest lie.
  func folder(of image: Reference, digest: Digest) -> String {
    let home = Variables.home ?? ""
    let usual =
      (Caller.person ?? geteuid()) == 0
      ? "file:///var/lib/containers/sigstore" : "file://\(home)/.local/share/containers/sigstore"
    let place = SignaturePolicy.scopes(of: image).compactMap { byScope[$0] }.first ?? base ?? usual
    let start = place.hasSuffix("/") ? String(place.dropLast()) : place
    return "\(start)/\(image.repository)@\(digest.algorithm)=\(digest.encoded)"
  }

  /// All signatures of a manifest: `signature-1` and so on, until one is missing.
  func signatures(
    of image: Reference, digest: Digest, _ session: RegistrySession
  ) async throws(RuntimeError) -> [[UInt8]] {
    let folder = folder(of: image, digest: digest)
    var result: [[UInt8]] = []
    while result.count < Lookaside.mostSignatures {
      guard let bytes = try await read("\(folder)/signature-\(result.count + 1)", session) else { break }
      result.append(bytes)
    }
    return result
  }

  private func read(_ place: String, _ session: RegistrySession) async throws(RuntimeError) -> [UInt8]? {
    if place.hasPrefix("file://") { return try ConfigurationFile.read(String(place.dropFirst(7))) }
    let address = try WebAddress(place)
    return try await Retrying(most: session.options.retries).run { () async throws(WebFailure) in
      let answer = try await session.connections.send(WebRequest(.GET, address))
      if answer.status == 404 { return nil }
      guard answer.status == 200 else { throw await RegistryErrors.failure(answer, "a signature") }
      return try await BodyReader.collect(answer, limit: 1 << 20, what: "a signature")
    }
  }
}

/// A mapping of texts and of further mappings, in as much of YAML as these files have: keys and values by indentation.
/// All else is an error.
enum NestedMapping: Sendable, Equatable {
  case text(String)
  case mapping([String: NestedMapping])

  private struct Line {
    var number: Int
    var indentation: Int
    var key: String
    var value: String
  }

  /// Reads a whole document.
  static func read(_ bytes: [UInt8], name: String) throws(RuntimeError) -> [String: NestedMapping] {
    var lines: [Line] = []
    for (place, text) in String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).enumerated() {
      if let line = try line(text, place + 1, name) { lines.append(line) }
    }
    var rest = lines[...]
    let result = try mapping(&rest, indentation: lines.first?.indentation ?? 0, name)
    if let left = rest.first { throw fault(name, left.number, "is not indented like those before") }
    return result
  }

  private static func fault(_ name: String, _ line: Int, _ problem: String) -> RuntimeError {
    RuntimeError(.notTrusted, "\(name):\(line): \(problem)")
  }

  private static func line(_ text: Substring, _ number: Int, _ name: String) throws(RuntimeError) -> Line? {
    let content = text.drop { $0 == " " }
    let indentation = text.count - content.count
    let uncommented = withoutComment(content)
    guard !uncommented.isEmpty, uncommented != "---" else { return nil }
    guard let colon = keyEnd(uncommented), !uncommented.hasPrefix("- "), !uncommented.hasPrefix("\t") else {
      throw fault(name, number, "expected `key: value` or `key:`")
    }
    let value = uncommented[uncommented.index(after: colon)...].drop { $0 == " " }
    let special = "&*!|>{[%@`"
    guard
      !special.contains(where: { value.first == $0 || uncommented.first == $0 }) || uncommented.first == "*"
    else {
      throw fault(name, number, "is of a form that is not known here")
    }
    return Line(
      number: number, indentation: indentation, key: unquoted(uncommented[..<colon]), value: unquoted(value))
  }

  /// The colon behind the key: one that a space or the end follows, as hosts have ports.
  private static func keyEnd(_ text: Substring) -> Substring.Index? {
    text.indices.first { place in
      let next = text.index(after: place)
      return text[place] == ":" && (next == text.endIndex || text[next] == " ")
    }
  }

  private static func withoutComment(_ text: Substring) -> Substring {
    var result = text
    if text.first == "#" { return "" }
    if let start = text.indices.dropFirst().first(where: {
      text[$0] == "#" && text[text.index(before: $0)] == " "
    }) {
      result = text[..<start]
    }
    while let last = result.last, last == " " || last == "\r" { result.removeLast() }
    return result
  }

  private static func unquoted(_ text: Substring) -> String {
    guard text.count >= 2, let quote = text.first, quote == "\"" || quote == "'", text.last == quote else {
      return String(text)
    }
    return String(text.dropFirst().dropLast())
  }

  private static func mapping(
    _ lines: inout ArraySlice<Line>, indentation: Int, _ name: String
  ) throws(RuntimeError) -> [String: NestedMapping] {
    var result: [String: NestedMapping] = [:]
    while let line = lines.first, line.indentation == indentation {
      lines.removeFirst()
      guard result[line.key] == nil else {
        throw fault(name, line.number, "\(quoted(line.key)) is there already")
      }
      if !line.value.isEmpty {
        result[line.key] = .text(line.value)
      } else if let next = lines.first, next.indentation > indentation, next.indentation <= 64 {
        result[line.key] = .mapping(try mapping(&lines, indentation: next.indentation, name))
      } else {
        result[line.key] = .mapping([:])
      }
    }
    return result
  }
}
