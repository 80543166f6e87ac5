internal import ArgumentParser
internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors
internal import Trust

/// `trust`
struct TrustCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "Say whose signatures are believed.",
    subcommands: [AddTrustCommand.self, ListTrustCommand.self, RemoveTrustCommand.self])
}

/// `trust add`
struct AddTrustCommand: PerformedCommand {
  static let configuration = CommandConfiguration(commandName: "add", abstract: "Trust the keys of a file.")
  static let title = "trust add"

  @Option(help: ArgumentHelp("Only for names that begin so (default: all names).", valueName: "prefix"))
  var prefix: String?

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(
    help: ArgumentHelp("OpenPGP public keys; `-` is standard input.", valueName: "file"), completion: .file())
  var files: [String]

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let trust = TrustStore(in: try session.store())
    var added: [TrustedKey] = []
    for name in files {
      do throws(RuntimeError) {
        let file = try name == "-" ? Kernel.duplicate(0) : Kernel.open(name, flags: O_RDONLY)
        let bytes = try Kernel.readAll(file.number, limit: Keyring.maximumKey, name: name)
        let keys = try trust.add(bytes, prefix: prefix)
        if format == .table { try Output.write(keys.map(\.line).joined()) }
        added += keys
      } catch {
        throw error.adding(context: name)
      }
    }
    if format == .json { try Output.write(json: added.map(TrustReport.init)) }
    return 0
  }
}

/// `trust list`
struct ListTrustCommand: PerformedCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the trusted keys.")
  static let title = "trust list"

  @Option(help: ArgumentHelp("How the list is printed.", valueName: "format"))
  var format: OutputFormat = .table

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let keys = try TrustStore(in: session.store()).keys()
    if format == .json {
      try Output.write(json: keys.map(TrustReport.init))
    } else {
      let rows = keys.map { [$0.prefix ?? "(all)", $0.fingerprint, $0.users.joined(separator: ", ")] }
      try Output.write(table: ["PREFIX", "FINGERPRINT", "USERS"], rows)
    }
    return 0
  }
}

/// `trust rm`
struct RemoveTrustCommand: PerformedCommand {
  static let configuration = CommandConfiguration(commandName: "rm", abstract: "Trust keys no longer.")
  static let title = "trust rm"

  @Option(
    help: ArgumentHelp("The prefix with which they were added (default: all names).", valueName: "prefix"))
  var prefix: String?

  @Option(help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: OutputFormat = .table

  @Argument(help: ArgumentHelp("A key's fingerprint, or its last 16 digits.", valueName: "fingerprint"))
  var fingerprints: [String]

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    let trust = TrustStore(in: try session.store())
    var removed: [TrustReport] = []
    for fingerprint in fingerprints {
      let full = try trust.remove(fingerprint, prefix: prefix)
      if format == .table { try Output.write("\(full)\n") }
      removed.append(TrustReport(prefix: prefix, fingerprint: full))
    }
    if format == .json { try Output.write(json: removed) }
    return 0
  }
}

/// A key as JSON.
private struct TrustReport: JSONObject {
  private var prefix: String?
  private var fingerprint = ""
  private var users: [String]?

  init() {}

  init(_ key: TrustedKey) {
    prefix = key.prefix
    fingerprint = key.fingerprint
    users = key.users
  }

  /// One that was removed.
  init(prefix: String?, fingerprint: String) {
    self.prefix = prefix
    self.fingerprint = fingerprint
  }

  mutating func members(_ json: inout JSONExchange) {
    json.member("prefix", &prefix)
    json.member("fingerprint", &fingerprint)
    json.member("users", &users)
  }
}

extension TrustedKey {
  /// `6A…F2 Alice <alice@example.com>, for example.com/team`
  fileprivate var line: String {
    let place = prefix.map { "names below \($0)" } ?? "all names"
    return "\(fingerprint) \(printable(users.joined(separator: ", "))), for \(place)\n"
  }
}
