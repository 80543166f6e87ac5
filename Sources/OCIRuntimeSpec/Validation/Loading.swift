internal import JSON
public import RuntimeErrors

extension Config {
  /// The largest configuration file that is read, in bytes; check the file's size before reading it.
  public static let maximumSize = 16 << 20

  /// Parses, decodes and validates the contents of a `config.json`.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - fileName: What messages call the file.
  ///   - warnings: Gets what is suspicious or deprecated, but no error.
  /// - Throws: One `invalidConfig` whose message lists all that is wrong, one fault a line.
  public static func load(
    from bytes: [UInt8],
    fileName: String = "config.json",
    warnings: (Diagnostic) -> Void = { _ in }
  ) throws(RuntimeError) -> Config {
    try loadConfiguration(Config.self, at: "", from: bytes, fileName: fileName, warnings) { $0.check(&$1) }
  }
}

extension Process {
  /// Parses, decodes and validates a process on its own, as `exec --process` reads it.
  ///
  /// - Parameters:
  ///   - bytes: The whole file, not larger than `Config.maximumSize`.
  ///   - fileName: What messages call the file.
  ///   - warnings: Gets what is suspicious or deprecated, but no error.
  /// - Throws: One `invalidConfig` whose message lists all that is wrong, one fault a line.
  public static func load(
    from bytes: [UInt8],
    fileName: String,
    warnings: (Diagnostic) -> Void = { _ in }
  ) throws(RuntimeError) -> Process {
    try loadConfiguration(Process.self, at: "/process", from: bytes, fileName: fileName, warnings) {
      $0.check(&$1)
    }
  }
}

extension Process {
  /// Validates a process that did not come from one file as a whole.
  ///
  /// - Parameters:
  ///   - fileName: What messages call its source.
  /// - Throws: One `invalidConfig` whose message lists all that is wrong, one fault a line.
  public func validate(fileName: String) throws(RuntimeError) {
    var report = Report(file: fileName, base: "/process")
    check(&report)
    for text in (args ?? []) + (env ?? []) + [cwd] where text.utf8.contains(0) {
      report.fault("/process", "contains the character U+0000, which no name or argument can hold")
      break
    }
    if !report.faults.isEmpty { throw RuntimeError(.invalidConfig, summary(of: report)) }
  }
}

extension Resources {
  /// Parses, decodes and validates resources on their own, as `update --resources` reads them.
  ///
  /// - Parameters:
  ///   - bytes: The whole file, not larger than `Config.maximumSize`.
  ///   - fileName: What messages call the file.
  ///   - warnings: Gets what is suspicious or deprecated, but no error.
  /// - Throws: One `invalidConfig` whose message lists all that is wrong, one fault a line.
  public static func load(
    from bytes: [UInt8],
    fileName: String,
    warnings: (Diagnostic) -> Void = { _ in }
  ) throws(RuntimeError) -> Resources {
    try loadConfiguration(Resources.self, at: "/linux/resources", from: bytes, fileName: fileName, warnings) {
      $0.check(&$1)
    }
  }
}

extension Mount {
  /// Parses, decodes and validates mounts on their own, as `mounts add` reads them: an array, or an object that
  /// has it under `mounts`.
  ///
  /// - Parameters:
  ///   - bytes: The whole file, not larger than `Config.maximumSize`.
  ///   - fileName: What messages call the file.
  ///   - hasUserNamespace: Whether the container has one.
  ///   - warnings: Gets what is suspicious or deprecated, but no error.
  /// - Returns: The mounts, and where their array is in the file: "", or `/mounts`.
  /// - Throws: One `invalidConfig` whose message lists all that is wrong, one fault a line.
  public static func load(
    from bytes: [UInt8], fileName: String, hasUserNamespace: Bool, warnings: (Diagnostic) -> Void = { _ in }
  ) throws(RuntimeError) -> (mounts: [Mount], pointer: String) {
    let first = bytes.first { ![9, 10, 13, 32].contains($0) }
    if first == UInt8(ascii: "[") {
      let mounts = try loadConfiguration(
        [Mount].self, at: "/mounts", from: bytes, fileName: fileName, warnings
      ) { $0.check(&$1, hasUserNamespace: hasUserNamespace) }
      return (mounts, "")
    }
    let part = try loadConfiguration(MountsPart.self, at: "", from: bytes, fileName: fileName, warnings) {
      $0.mounts.check(&$1, hasUserNamespace: hasUserNamespace)
    }
    return (part.mounts, "/mounts")
  }
}

/// The part of a configuration that `mounts` reads.
private struct MountsPart: JSONObject {
  var mounts: [Mount] = []

  mutating func members(_ json: inout JSONExchange) {
    json.member("mounts", &mounts)
  }
}

private func loadConfiguration<T: JSONValue>(
  _ type: T.Type,
  at base: String,
  from bytes: [UInt8],
  fileName: String,
  _ warnings: (Diagnostic) -> Void,
  check: (T, inout Report) -> Void
) throws(RuntimeError) -> T {
  let document = try parse(bytes, fileName: fileName)
  var report = Report(file: fileName, base: base)
  let decoded = JSONReader.decode(type, from: document)
  report.add(decoded.faults, further: decoded.furtherFaults)
  check(decoded.value, &report)
  for pointer in document.pointersOfNULStrings(limit: Report.maximumDiagnostics) {
    report.fault(base + pointer, "contains the character U+0000, which no name or argument can hold")
  }
  report.warnings.forEach(warnings)
  guard report.faults.isEmpty else { throw RuntimeError(.invalidConfig, summary(of: report)) }
  return decoded.value
}

private func parse(_ bytes: [UInt8], fileName: String) throws(RuntimeError) -> JSONDocument {
  guard bytes.count <= Config.maximumSize else {
    throw RuntimeError(
      .invalidConfig,
      "\(printable(fileName)): \(bytes.count) bytes are more than a configuration may have (\(Config.maximumSize))"
    )
  }
  do {
    return try JSONDocument(parsing: bytes)
  } catch {
    throw RuntimeError(.invalidConfig, "\(printable(fileName)):\(error)")
  }
}

private func summary(of report: Report) -> String {
  var lines = report.faults.map(\.description)
  if report.furtherFaults > 0 { lines.append("and \(report.furtherFaults) more") }
  return lines.joined(separator: "\n")
}
