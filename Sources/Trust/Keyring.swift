internal import Glibc
public import ImageStore
internal import LinuxKernel
public import RuntimeErrors

/// Keys for one check, in a home directory of gpg's that goes with this object. No other keys count.
///
/// What a signature is worth is gpg's to say, by its status lines.
/// https://github.com/gpg/gnupg/blob/master/doc/DETAILS
public final class Keyring {
  /// The largest file of keys, in bytes.
  public static let maximumKey = 1 << 20
  /// The largest signature, and the largest text that one holds, in bytes.
  public static let maximumSignature = 1 << 20

  private let home: StagedDirectory
  private let store: ImageStore

  /// One without keys.
  ///
  /// - Parameters:
  ///   - store: Where the home directory is made.
  public init(in store: ImageStore) throws(RuntimeError) {
    self.store = store
    home = try StagedDirectory(in: store)
  }

  /// Adds keys.
  ///
  /// - Parameters:
  ///   - file: One key or several, as text or binary.
  /// - Returns: Their fingerprints.
  /// - Throws: `invalidArgument` if there is no public key in it.
  @discardableResult
  public func take(_ file: [UInt8]) throws(RuntimeError) -> [String] {
    guard file.count <= Keyring.maximumKey else {
      throw RuntimeError(.invalidArgument, "the keys are larger than \(Keyring.maximumKey) bytes")
    }
    let outcome = try gpg(["--status-fd", "1", "--import"], input: file)
    var fingerprints: [String] = []
    for fields in Keyring.statusLines(outcome.output) where fields.count == 3 && fields[0] == "IMPORT_OK" {
      if !fingerprints.contains(fields[2]) { fingerprints.append(fields[2]) }
    }
    guard !fingerprints.isEmpty else {
      throw RuntimeError(.invalidArgument, "there is no OpenPGP public key in it: \(outcome.errors)")
    }
    return fingerprints
  }

  /// A key in binary form.
  func export(_ fingerprint: String) throws(RuntimeError) -> [UInt8] {
    let outcome = try gpg(["--export", fingerprint])
    guard outcome.status == 0, !outcome.output.isEmpty else {
      throw RuntimeError(.invalidArgument, "gpg did not export the key \(fingerprint): \(outcome.errors)")
    }
    return outcome.output
  }

  /// Whose a key says it is.
  func users(of fingerprint: String) throws(RuntimeError) -> [String] {
    let outcome = try gpg(["--with-colons", "--list-keys", fingerprint])
    return Keyring.lines(outcome.output).compactMap { line in
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      return fields.count > 9 && fields[0] == "uid" ? String(fields[9]) : nil
    }
  }

  /// Checks a signature that lies beside what is signed.
  ///
  /// - Parameters:
  ///   - signature: As text or binary.
  ///   - content: An open file, read from its beginning.
  /// - Returns: The fingerprint of the primary key that signed.
  /// - Throws: `notTrusted` unless there is exactly one signature, and it is good and by a key of this keyring.
  public func verify(_ signature: [UInt8], of content: CInt) throws(RuntimeError) -> String {
    try place(signature)
    try Kernel.rewind(content)
    let outcome = try gpg(
      ["--status-fd", "1", "--verify", home.path + "/signature", "-"], file: content)
    return try Keyring.signer(outcome)
  }

  /// Checks a message that holds what is signed, as `gpg --sign` makes it.
  ///
  /// - Returns: What is signed, and the fingerprint of the primary key that signed.
  /// - Throws: `notTrusted` unless there is exactly one signature, and it is good and by a key of this keyring.
  public func open(_ message: [UInt8]) throws(RuntimeError) -> (content: [UInt8], signer: String) {
    try place(message)
    let text = home.path + "/content"
    _ = try? Kernel.remove("content", at: home.number)
    let outcome = try gpg(
      [
        "--status-fd", "1", "--max-output", "\(Keyring.maximumSignature)", "--output", text, "--decrypt",
        home.path + "/signature",
      ])
    let signer = try Keyring.signer(outcome)
    let file = try Kernel.open("content", at: home.number, flags: O_RDONLY | O_NOFOLLOW)
    return (
      try Kernel.readAll(file.number, limit: Keyring.maximumSignature, name: "signed text"), signer
    )
  }
}

extension Keyring {
  private func place(_ signature: [UInt8]) throws(RuntimeError) {
    guard signature.count <= Keyring.maximumSignature else {
      throw RuntimeError(.notTrusted, "the signature is larger than \(Keyring.maximumSignature) bytes")
    }
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
    let file = try Kernel.open("signature", at: home.number, flags: flags, mode: 0o600)
    try Kernel.writeAll(file.number, signature, name: "signature")
  }

  /// No agent, no options of the person's, no network: what counts is in the home directory.
  private func gpg(
    _ arguments: [String], input: [UInt8] = [], file: CInt? = nil
  ) throws(RuntimeError) -> Program.Outcome {
    var program = Program(
      "gpg",
      [
        "--homedir", home.path, "--no-options", "--batch", "--no-tty", "--no-autostart", "--trust-model",
        "always", "--no-auto-key-retrieve", "--no-auto-check-trustdb", "--quiet",
      ] + arguments)
    program.environment = ["LC_ALL": "C.UTF-8"]
    program.input = input
    program.inputFile = file
    // A whole image may have to be hashed.
    program.patience = file == nil ? 60_000 : 1_800_000
    program.outputLimit = 4 << 20
    do throws(RuntimeError) {
      return try program.run()
    } catch let error where error.code == .unsupported {
      throw error.hinting("signatures are checked by GnuPG: install gpg")
    }
  }

  /// The signer, if all that gpg says is good.
  private static func signer(_ outcome: Program.Outcome) throws(RuntimeError) -> String {
    let status = statusLines(outcome.output)
    func count(_ word: String) -> Int { status.count { $0.first == word } }
    let complaints = [
      "BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "NODATA", "UNEXPECTED", "FAILURE", "ERROR",
    ]
    if let complaint = status.first(where: { complaints.contains($0.first ?? "") }) {
      throw RuntimeError(.notTrusted, explanation(of: complaint))
    }
    guard outcome.status == 0, count("NEWSIG") <= 1, count("GOODSIG") == 1, count("VALIDSIG") == 1,
      let valid = status.first(where: { $0.first == "VALIDSIG" }), valid.count >= 11
    else {
      throw RuntimeError(.notTrusted, "gpg found no single good signature: \(outcome.errors)")
    }
    return valid[10]
  }

  private static func explanation(of status: [String]) -> String {
    let key = status.count > 1 ? status[1] : "?"
    return switch status[0] {
    case "BADSIG": "the signature by the key \(key) is bad: what is signed was changed"
    case "EXPSIG": "the signature by the key \(key) has expired"
    case "EXPKEYSIG": "the key \(key) of the signature has expired"
    case "REVKEYSIG": "the key \(key) of the signature was revoked"
    case "ERRSIG": "it is signed by the key \(key), which is not trusted for this name"
    case "NODATA": "it is no OpenPGP signature"
    default: "gpg says \(status.joined(separator: " "))"
    }
  }

  private static func lines(_ output: [UInt8]) -> [Substring] {
    String(decoding: output, as: UTF8.self).split(separator: "\n")
  }

  /// What follows `[GNUPG:]`, split into words.
  private static func statusLines(_ output: [UInt8]) -> [[String]] {
    lines(output).filter { $0.hasPrefix("[GNUPG:] ") }.map { line in
      line.dropFirst(9).split(separator: " ").map(String.init)
    }
  }
}
