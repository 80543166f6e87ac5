internal import Glibc
public import ImageStore
internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// A key whose signatures are believed, for names that begin with some components.
public struct TrustedKey: Sendable, Equatable {
  /// The first components of the names: `example.com/team`; nil for all names.
  public var prefix: String?
  /// Of the primary key, in capital hexadecimal digits.
  public var fingerprint: String
  /// Whose key it says it is.
  public var users: [String]
}

/// The keys that the person trusts, below the store's `trust/`: `root.d/FINGERPRINT` for all names, and
/// `prefix.d/PREFIX/FINGERPRINT`, where the prefix's slashes are `%2F`. A file is an OpenPGP key in binary form.
public struct TrustStore {
  private let store: ImageStore
  private static let everything = "root.d"
  private static let byPrefix = "prefix.d"

  /// The keys of a store.
  public init(in store: ImageStore) {
    self.store = store
  }

  /// Trusts keys.
  ///
  /// - Parameters:
  ///   - file: One key or several, as text or binary.
  ///   - prefix: The first components of the names that they may sign; nil for all names.
  /// - Returns: What was added.
  /// - Throws: `invalidArgument` if there is no public key in it.
  public func add(_ file: [UInt8], prefix: String?) throws(RuntimeError) -> [TrustedKey] {
    let prefix = try prefix.map { (text) throws(RuntimeError) in try TrustStore.checked(text) }
    let keyring = try Keyring(in: store)
    let fingerprints = try keyring.take(file)
    let folder = try self.folder(prefix)
    var added: [TrustedKey] = []
    for fingerprint in fingerprints {
      let staged = try StagedFile(in: store)
      try staged.write(keyring.export(fingerprint))
      try staged.move(to: fingerprint, at: folder.number)
      added.append(
        TrustedKey(prefix: prefix, fingerprint: fingerprint, users: try keyring.users(of: fingerprint)))
    }
    return added
  }

  /// Trusts a key no longer.
  ///
  /// - Parameters:
  ///   - fingerprint: All of it, or its last 16 digits or more.
  ///   - prefix: With which it was added.
  /// - Returns: The whole fingerprint.
  /// - Throws: `invalidArgument` if no such key is trusted, or several end so.
  public func remove(_ fingerprint: String, prefix: String?) throws(RuntimeError) -> String {
    let prefix = try prefix.map { (text) throws(RuntimeError) in try TrustStore.checked(text) }
    let wanted = fingerprint.uppercased().filter { $0 != " " }
    guard wanted.utf8.count >= 16 else {
      throw RuntimeError(.invalidArgument, "\(fingerprint): fewer than 16 digits of a fingerprint")
    }
    let folder = try self.folder(prefix)
    let found = try Kernel.list(".", at: folder.number).filter { $0.hasSuffix(wanted) }
    guard found.count == 1 else {
      let place = prefix.map { "the prefix \($0)" } ?? "all names"
      throw RuntimeError(
        .invalidArgument,
        found.isEmpty
          ? "no key \(fingerprint) is trusted for \(place)" : "\(found.count) keys end with \(fingerprint)",
        hint: "`swbox trust list` lists the keys")
    }
    try Kernel.remove(found[0], at: folder.number)
    try Kernel.synchronize(folder.number)
    return found[0]
  }

  /// All keys, those for all names first.
  public func keys() throws(RuntimeError) -> [TrustedKey] {
    var result = try keys(prefix: nil)
    for name in try prefixes() { result += try keys(prefix: name) }
    return result
  }

  /// A keyring of the keys that may sign for a name.
  ///
  /// - Parameters:
  ///   - name: Such as `example.com/team/web`. A prefix stands for itself and for what follows it after a slash.
  /// - Returns: nil if there is no such key: nothing of that name is to be believed.
  public func keyring(for name: String) throws(RuntimeError) -> Keyring? {
    var files = try contents(prefix: nil)
    for prefix in try prefixes() where name == prefix || name.hasPrefix(prefix + "/") {
      files += try contents(prefix: prefix)
    }
    guard !files.isEmpty else { return nil }
    let keyring = try Keyring(in: store)
    for file in files { _ = try keyring.take(file) }
    return keyring
  }
}

extension TrustStore {
  private func keys(prefix: String?) throws(RuntimeError) -> [TrustedKey] {
    let keyring = try Keyring(in: store)
    var result: [TrustedKey] = []
    for file in try contents(prefix: prefix) {
      for fingerprint in try keyring.take(file) {
        let users = try keyring.users(of: fingerprint)
        result.append(TrustedKey(prefix: prefix, fingerprint: fingerprint, users: users))
      }
    }
    return result
  }

  private func contents(prefix: String?) throws(RuntimeError) -> [[UInt8]] {
    let folder = try self.folder(prefix)
    var result: [[UInt8]] = []
    for name in try Kernel.list(".", at: folder.number).sorted() {
      let file = try Kernel.open(name, at: folder.number, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      result.append(try Kernel.readAll(file.number, limit: Keyring.maximumKey, name: "key \(name)"))
    }
    return result
  }

  private func prefixes() throws(RuntimeError) -> [String] {
    let trust = try store.folder("trust")
    let folder = try ImageStore.directory(TrustStore.byPrefix, at: trust.number)
    return try Kernel.list(".", at: folder.number).map(TrustStore.decoded).sorted()
  }

  private func folder(_ prefix: String?) throws(RuntimeError) -> Descriptor {
    let trust = try store.folder("trust")
    guard let prefix else { return try ImageStore.directory(TrustStore.everything, at: trust.number) }
    let all = try ImageStore.directory(TrustStore.byPrefix, at: trust.number)
    return try ImageStore.directory(TrustStore.encoded(prefix), at: all.number)
  }

  /// A prefix is components of a name; a slash at its end says nothing more.
  private static func checked(_ prefix: String) throws(RuntimeError) -> String {
    let text = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
    let isName = text.utf8.allSatisfy { byte in
      switch Unicode.Scalar(byte) {
      case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-", ":", "/": true
      default: false
      }
    }
    let components = text.split(separator: "/", omittingEmptySubsequences: false)
    guard isName, components.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), text.utf8.count <= 200
    else {
      throw RuntimeError(.invalidArgument, "--prefix: found \"\(prefix)\", expected such as example.com/team")
    }
    return text
  }

  private static func encoded(_ prefix: String) -> String {
    prefix.split(separator: "/").map(String.init).joined(separator: "%2F")
  }

  private static func decoded(_ name: String) -> String {
    var result = ""
    var rest = Substring(name)
    while let character = rest.popFirst() {
      if character == "%", rest.hasPrefix("2F") {
        rest = rest.dropFirst(2)
        result.append("/")
      } else {
        result.append(character)
      }
    }
    return result
  }
}
