internal import Glibc
internal import JSON
internal import OCIImage
internal import RuntimeErrors

/// What the person says of registries, in the files that other tools for containers read.
///
/// containers-registries.conf(5), containers-registries.conf.d(5)
struct RegistriesConf: Sendable {
  /// One `[[registry]]`.
  struct Registry: Sendable, Equatable {
    var prefix = ""
    var location: String?
    var isInsecure = false
    var isBlocked = false
    var mirrorsByDigestOnly = false
    var mirrors: [Mirror] = []
  }

  /// One `[[registry.mirror]]`.
  struct Mirror: Sendable, Equatable {
    var location = ""
    var isInsecure = false
    var pulls = Pulls.all
  }

  /// `pull-from-mirror`
  enum Pulls: String, Sendable {
    case all
    case byDigest = "digest-only"
    case byTag = "tag-only"
  }

  /// Where short names are looked for; nil if no file says anything.
  var searched: [String]?
  /// Whether a short name may not be looked for in several.
  var isEnforcing = false
  /// Full names by short ones.
  var aliases: [String: String] = [:]
  /// Programs that know passwords.
  var credentialHelpers: [String] = []
  var registries: [Registry] = []

  /// Nothing is said.
  init() {}

  /// Reads the main file and those beside it.
  static func load() throws(RuntimeError) -> RegistriesConf {
    var result = RegistriesConf()
    let own = Variables.configuration.map { $0 + "/containers/registries.conf" }
    let named = Variables.value("CONTAINERS_REGISTRIES_CONF")
    for path in [named, own, "/etc/containers/registries.conf"].compactMap({ $0 }) {
      guard let bytes = try ConfigurationFile.read(path) else {
        guard path != named else {
          throw RuntimeError(.invalidArgument, "CONTAINERS_REGISTRIES_CONF names \(path), which is not there")
        }
        continue
      }
      try result.add(bytes, name: path)
      break
    }
    let folders =
      Variables.value("CONTAINERS_REGISTRIES_CONF_DIR").map { [$0] }
      ?? ["/etc/containers/registries.conf.d"] + (own.map { [$0 + ".d"] } ?? [])
    for folder in folders {
      for name in try ConfigurationFile.names(in: folder, suffix: ".conf") {
        if let bytes = try ConfigurationFile.read("\(folder)/\(name)") {
          try result.add(bytes, name: "\(folder)/\(name)")
        }
      }
    }
    return result
  }

  /// Adds a file, whose settings count more than those before.
  mutating func add(_ bytes: [UInt8], name: String) throws(RuntimeError) {
    do throws(RuntimeError) {
      for (key, value) in try TOMLReader.read(bytes, name: name).sorted(by: { $0.key < $1.key }) {
        switch key {
        case "unqualified-search-registries": searched = try value.strings(key)
        case "short-name-mode": isEnforcing = try RegistriesConf.isEnforcing(value.string(key))
        case "credential-helpers": credentialHelpers = try value.strings(key)
        case "aliases": try addAliases(value.table(key))
        case "registry": try addRegistries(value.array(key))
        case "registries":
          throw RuntimeError(
            .unsupported, "[registries.…] is of version 1 of this file",
            hint: "version 2 has [[registry]] and unqualified-search-registries")
        default: throw RuntimeError(.unsupported, "the key \(quoted(key)) is not known")
        }
      }
    } catch {
      throw error.message.hasPrefix(name) ? error : error.adding(context: name)
    }
  }

  private static func isEnforcing(_ mode: String) throws(RuntimeError) -> Bool {
    guard ["", "enforcing", "permissive", "disabled"].contains(mode) else {
      throw RuntimeError(.invalidArgument, "short-name-mode: found \(quoted(mode))")
    }
    return mode == "enforcing"
  }

  private mutating func addAliases(_ table: [String: TOMLValue]) throws(RuntimeError) {
    for (name, value) in table { aliases[name] = try value.string("aliases") }
  }

  private mutating func addRegistries(_ list: [TOMLValue]) throws(RuntimeError) {
    for item in list {
      let registry = try Registry(item.table("registry"))
      registries.removeAll { $0.prefix == registry.prefix }
      registries.append(registry)
    }
  }
}

extension RegistriesConf.Registry {
  init(_ table: [String: TOMLValue]) throws(RuntimeError) {
    var givenPrefix: String?
    for (key, value) in table {
      switch key {
      case "prefix": givenPrefix = try value.string(key)
      case "location": location = try value.string(key)
      case "insecure": isInsecure = try value.boolean(key)
      case "blocked": isBlocked = try value.boolean(key)
      case "mirror-by-digest-only": mirrorsByDigestOnly = try value.boolean(key)
      case "mirror":
        for item in try value.array(key) { mirrors.append(try RegistriesConf.Mirror(item.table(key))) }
      default: throw RuntimeError(.unsupported, "registry: the key \(quoted(key)) is not known")
      }
    }
    prefix = [givenPrefix, location].compactMap { $0 }.first { !$0.isEmpty } ?? ""
    guard !prefix.isEmpty else {
      throw RuntimeError(.invalidArgument, "registry: has no prefix and no location")
    }
    if location?.isEmpty == true { location = nil }
    guard location != nil || prefix.hasPrefix("*.") || givenPrefix != nil else {
      throw RuntimeError(.invalidArgument, "registry \(prefix): has no location")
    }
  }

  /// Whether it is of a name.
  func covers(_ name: Reference) -> Bool {
    let text = name.description
    if prefix.hasPrefix("*.") { return name.registry?.hasSuffix(prefix.dropFirst()) == true }
    guard text.hasPrefix(prefix) else { return false }
    let next = text.dropFirst(prefix.count).first
    return next == nil || next == "/" || next == ":" || next == "@"
  }
}

extension RegistriesConf.Mirror {
  init(_ table: [String: TOMLValue]) throws(RuntimeError) {
    for (key, value) in table {
      switch key {
      case "location": location = try value.string(key)
      case "insecure": isInsecure = try value.boolean(key)
      case "pull-from-mirror":
        let text = try value.string(key)
        guard let known = RegistriesConf.Pulls(rawValue: text.isEmpty ? "all" : text) else {
          throw RuntimeError(.invalidArgument, "mirror: pull-from-mirror: found \(quoted(text))")
        }
        pulls = known
      default: throw RuntimeError(.unsupported, "mirror: the key \(quoted(key)) is not known")
      }
    }
    guard !location.isEmpty else { throw RuntimeError(.invalidArgument, "mirror: has no location") }
  }
}

/// A place where a repository really is.
struct Source: Sendable, Equatable, CustomStringConvertible {
  /// The registry there, and the repository in it.
  var name: Reference
  /// Whether plain HTTP, and TLS that proves nothing, will do.
  var isInsecure: Bool

  var description: String { name.description }
}

extension RegistriesConf {
  /// The full names that a name may stand for, in the order in which they are to be tried.
  ///
  /// - Throws: `invalidArgument` if it is ambiguous, and that is not allowed.
  func fullNames(of name: Reference) throws(RuntimeError) -> [Reference] {
    guard name.registry == nil else { return [name.tagged] }
    if let alias = aliases[name.repository], !alias.isEmpty {
      let suffix = name.description.dropFirst(name.name.count)
      return [try Reference(alias + suffix).tagged]
    }
    // Without any file a short name is what it is to docker.
    let hosts = searched ?? ["docker.io"]
    guard !hosts.isEmpty else {
      throw RuntimeError(
        .invalidArgument, "\(quoted(name.description)) names no registry",
        hint: "unqualified-search-registries in /etc/containers/registries.conf is empty")
    }
    guard hosts.count == 1 || !isEnforcing else {
      let places = hosts.map { "\($0)/\(name)" }.joined(separator: ", ")
      throw RuntimeError(
        .invalidArgument, "\(quoted(name.description)) may stand for \(places)", hint: "write the whole name")
    }
    return hosts.map { name.tagged.inRegistry($0, below: $0 == "docker.io" ? "library/" : "") }
  }

  /// Where an image is to be had, in the order in which the places are to be tried.
  ///
  /// - Parameters:
  ///   - name: A full name.
  /// - Throws: `registryRefused` if the person has blocked it.
  func sources(of name: Reference) throws(RuntimeError) -> [Source] {
    let found = registries.filter { $0.covers(name) }.max { $0.prefix.utf8.count < $1.prefix.utf8.count }
    guard let registry = found else { return [Source(name: name, isInsecure: false)] }
    guard !registry.isBlocked else {
      throw RuntimeError(.registryRefused, "\(registry.prefix) is blocked in registries.conf")
    }
    let byDigest = name.digest != nil
    var sources: [Source] = []
    for mirror in registry.mirrors {
      guard byDigest || !registry.mirrorsByDigestOnly && mirror.pulls != .byDigest,
        !byDigest || mirror.pulls != .byTag
      else { continue }
      let place = try RegistriesConf.moved(name, from: registry.prefix, to: mirror.location)
      sources.append(Source(name: place, isInsecure: mirror.isInsecure))
    }
    let own = try registry.location.map { (location) throws(RuntimeError) in
      try RegistriesConf.moved(name, from: registry.prefix, to: location)
    }
    sources.append(Source(name: own ?? name, isInsecure: registry.isInsecure))
    return sources
  }

  private static func moved(
    _ name: Reference, from prefix: String, to location: String
  ) throws(RuntimeError) -> Reference {
    // A wildcard stands for the whole host.
    let length = prefix.hasPrefix("*.") ? name.registry?.count ?? 0 : prefix.count
    do throws(RuntimeError) {
      return try Reference(location + name.description.dropFirst(length))
    } catch {
      throw error.adding(context: "registries.conf: location \(quoted(location))")
    }
  }
}

extension TOMLValue {
  private func mismatch(_ key: String, _ expected: String) -> RuntimeError {
    RuntimeError(.invalidArgument, "\(key): expected \(expected)")
  }

  fileprivate func string(_ key: String) throws(RuntimeError) -> String {
    guard case .string(let value) = self else { throw mismatch(key, "a string") }
    return value
  }

  fileprivate func boolean(_ key: String) throws(RuntimeError) -> Bool {
    guard case .boolean(let value) = self else { throw mismatch(key, "true or false") }
    return value
  }

  fileprivate func array(_ key: String) throws(RuntimeError) -> [TOMLValue] {
    guard case .array(let value) = self else { throw mismatch(key, "an array") }
    return value
  }

  fileprivate func table(_ key: String) throws(RuntimeError) -> [String: TOMLValue] {
    guard case .table(let value) = self else { throw mismatch(key, "a table") }
    return value
  }

  fileprivate func strings(_ key: String) throws(RuntimeError) -> [String] {
    var result: [String] = []
    for item in try array(key) { result.append(try item.string(key)) }
    return result
  }
}

extension Source {
  /// A registry as a whole.
  init(registry: String, _ conf: RegistriesConf) throws(RuntimeError) {
    // No repository is meant; a name has to have one.
    guard let name = try? Reference("\(registry)/all"), name.registry == registry else {
      throw RuntimeError(
        .invalidArgument, "\(quoted(registry)) is no registry", hint: "such as registry.example:5000")
    }
    self.init(name: name, isInsecure: try conf.sources(of: name).last?.isInsecure == true)
  }
}
