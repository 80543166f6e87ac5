internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// Files with credentials, as podman and docker keep them.
///
/// containers-auth.json(5)
struct AuthFile: Sendable {
  /// One entry of `auths`.
  struct Entry: JSONObject, Sendable {
    var auth: String?
    var identityToken: String?

    mutating func members(_ json: inout JSONExchange) {
      json.member("auth", &auth)
      json.member("identitytoken", &identityToken)
    }
  }

  private struct Document: JSONObject {
    var auths: [String: Entry]?
    var credHelpers: [String: String]?
    var credsStore: String?

    mutating func members(_ json: inout JSONExchange) {
      json.member("auths", &auths)
      json.member("credHelpers", &credHelpers)
      json.member("credsStore", &credsStore)
    }
  }

  let path: String
  private let document: Document

  /// Reads a file; one that is missing holds nothing.
  init(_ path: String) throws(RuntimeError) {
    self.path = path
    guard let bytes = try ConfigurationFile.read(path), !bytes.isEmpty else {
      document = Document()
      return
    }
    do {
      let decoded = JSONReader.decode(Document.self, from: try JSONDocument(parsing: bytes))
      guard decoded.faults.isEmpty else {
        // Values may be secret: none is shown.
        let places = decoded.faults.map(\.pointer).joined(separator: ", ")
        throw RuntimeError(.invalidArgument, "\(path): what stands at \(places) is of the wrong kind")
      }
      document = decoded.value
    } catch let error as RuntimeError {
      throw error
    } catch let error as JSONSyntaxError {
      throw RuntimeError(.invalidArgument, "\(path):\(error.line):\(error.column): no JSON")
    } catch {
      throw RuntimeError(.invalidArgument, "\(path): no JSON")
    }
  }

  /// Credentials for a repository.
  ///
  /// - Parameters:
  ///   - keys: From `AuthFile.keys`, the most particular first.
  func credentials(_ keys: [String]) throws(RuntimeError) -> Credentials? {
    for key in keys {
      if let helper = document.credHelpers?[key] {
        return try CredentialHelper(helper).credentials(for: key)
      }
    }
    if let store = document.credsStore, !store.isEmpty {
      for key in keys {
        if let found = try CredentialHelper(store).credentials(for: key) { return found }
      }
    }
    for key in keys {
      if let entry = document.auths?[key] { return try credentials(entry, key) }
    }
    return nil
  }

  /// The program that is to keep the password of a registry, if there is one.
  func helper(for registry: String) -> CredentialHelper? {
    let name = document.credHelpers?[registry] ?? document.credsStore
    return name.flatMap { $0.isEmpty ? nil : CredentialHelper($0) }
  }

  /// The names in `auths`.
  var registries: [String] { (document.auths ?? [:]).keys.sorted() }

  private func credentials(_ entry: Entry, _ key: String) throws(RuntimeError) -> Credentials? {
    guard let auth = entry.auth, !auth.isEmpty else { return nil }
    let text = Base64.decode(auth).flatMap { String(validating: $0, as: UTF8.self) }
    guard let text, let colon = text.firstIndex(of: ":") else {
      throw RuntimeError(
        .invalidArgument, "\(path): what is kept for \(key) is no user and password in Base 64")
    }
    let user = String(text[..<colon])
    if let token = entry.identityToken, !token.isEmpty {
      return Credentials(user: user, identityToken: token)
    }
    // docker pads passwords with NUL.
    let password = text[text.index(after: colon)...].prefix { $0 != "\0" }
    return Credentials(user: user, password: String(password))
  }
}

/// Which files there are, and which entries of them.
extension AuthFile {
  /// Where credentials are written.
  static func primaryPath(_ given: String?) -> String {
    if let given { return given }
    if let named = Variables.value("REGISTRY_AUTH_FILE") { return named }
    if let runtime = Variables.value("XDG_RUNTIME_DIR") { return runtime + "/containers/auth.json" }
    return "/run/containers/\(Caller.person ?? getuid())/auth.json"
  }

  /// All files in the order in which they count.
  private static func paths(_ given: String?) -> [String] {
    let primary = primaryPath(given)
    // Who names a file means that one alone.
    if given != nil || Variables.value("REGISTRY_AUTH_FILE") != nil { return [primary] }
    let docker = Variables.value("DOCKER_CONFIG") ?? Variables.home.map { $0 + "/.docker" }
    return [
      primary, Variables.configuration.map { $0 + "/containers/auth.json" },
      docker.map { $0 + "/config.json" },
    ].compactMap { $0 }
  }

  /// Credentials for a repository.
  ///
  /// - Parameters:
  ///   - given: A file that counts in place of the usual ones.
  ///   - helpers: Programs that are asked, too, from registries.conf.
  static func credentials(
    registry: String, repository: String, file given: String?, helpers: [String]
  ) throws(RuntimeError) -> Credentials? {
    if let given {
      guard try ConfigurationFile.read(given) != nil else {
        throw RuntimeError(.invalidArgument, "--authfile: \(given) is not there")
      }
    }
    let keys = keys(registry: registry, repository: repository)
    for helper in helpers where helper != "containers-auth.json" {
      if let found = try CredentialHelper(helper).credentials(for: registry) { return found }
    }
    for path in paths(given) {
      if let found = try AuthFile(path).credentials(keys) { return found }
    }
    return nil
  }

  /// Under which names credentials may be kept, the most particular first.
  static func keys(registry: String, repository: String) -> [String] {
    var result: [String] = []
    var components = repository.split(separator: "/")
    while !components.isEmpty {
      result.append(([registry] + components.map(String.init)).joined(separator: "/"))
      components.removeLast()
    }
    result.append(registry)
    if registry == "docker.io" { result += ["https://index.docker.io/v1/", "index.docker.io"] }
    return result + [
      "https://\(registry)", "http://\(registry)", "https://\(registry)/v1/", "https://\(registry)/v2/",
    ]
  }
}

/// Changes of a file, which keep what they do not know.
extension AuthFile {
  /// Replaces what is kept for a registry.
  ///
  /// - Parameters:
  ///   - entry: nil to keep nothing any more.
  /// - Returns: Whether there was something.
  static func change(_ path: String, registry: String, to entry: Entry?) throws(RuntimeError) -> Bool {
    try edit(path) { auths in
      auths.updateValue(entry.map { JSONText($0) }, at: registry)
    }
  }

  /// Keeps nothing for any registry any more.
  static func clear(_ path: String) throws(RuntimeError) {
    _ = try edit(path) { auths in
      auths = [:]
      return true
    }
  }

  private static func edit(
    _ path: String, _ change: (inout [String: JSONText]) -> Bool
  ) throws(RuntimeError) -> Bool {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    if !folder.isEmpty { try Kernel.makeDirectories(folder, mode: 0o700) }
    let lock = try Kernel.open(folder.isEmpty ? "." : folder, flags: O_RDONLY | O_DIRECTORY)
    try Kernel.lock(lock.number, LOCK_EX)
    // A damaged file is not replaced.
    _ = try AuthFile(path)
    var members: [String: JSONText] = [:]
    if let bytes = try ConfigurationFile.read(path), let document = try? JSONDocument(parsing: bytes) {
      members = JSONReader.decode([String: JSONText].self, from: document).value
    }
    var auths: [String: JSONText] = [:]
    if let kept = members["auths"], let document = try? JSONDocument(parsing: kept.bytes) {
      auths = JSONReader.decode([String: JSONText].self, from: document).value
    }
    let wasThere = change(&auths)
    members["auths"] = JSONText(auths)
    try replace(path, by: JSONWriter().encode(members) + [UInt8(ascii: "\n")])
    return wasThere
  }

  private static func replace(_ path: String, by bytes: [UInt8]) throws(RuntimeError) {
    let temporary = "\(path).\(getpid())"
    _ = try? Kernel.remove(temporary, at: Directory.working)
    do throws(RuntimeError) {
      let file = try Kernel.open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      try Kernel.writeAll(file.number, bytes, name: path)
      try Kernel.synchronize(file.number)
      try Kernel.rename(temporary, at: Directory.working, to: path, at: Directory.working)
    } catch {
      _ = try? Kernel.remove(temporary, at: Directory.working)
      throw error
    }
  }
}

extension Dictionary {
  /// Sets or removes a value.
  ///
  /// - Returns: Whether there was one.
  fileprivate mutating func updateValue(_ value: Value?, at key: Key) -> Bool {
    defer { self[key] = value }
    return self[key] != nil
  }
}
