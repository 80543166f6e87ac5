public import JSON
public import Testing

/// A container of a test.
public final class Container {
  /// Its name, which has the runtime's tag in it.
  public let id: String
  /// Its bundle.
  public let bundle: TestBundle
  /// The runtime that knows it.
  public unowned let runtime: Runtime

  init(id: String, bundle: TestBundle, runtime: Runtime) {
    self.id = id
    self.bundle = bundle
    self.runtime = runtime
  }

  /// A command with the bundle and the ID, to be changed before it is started.
  public func command(_ name: String, _ options: [String] = [], global: [String] = []) -> Command {
    let bundleOption = ["create", "run"].contains(name) ? ["--bundle", bundle.path] : []
    return runtime.command([name] + bundleOption + options + [id], global: global)
  }

  /// `create`
  public func create(_ options: String...) throws -> Outcome { try command("create", options).run() }

  /// `start`
  public func start() throws -> Outcome { try command("start").run() }

  /// `run`
  public func run(_ options: String..., timeout: Duration = .seconds(60)) throws -> Outcome {
    try command("run", options).run(timeout: timeout)
  }

  /// A command that runs a program in the container, to be changed before it is started.
  ///
  /// - Parameters:
  ///   - options: Of `exec`, before the ID.
  ///   - words: The program and its arguments.
  public func execCommand(_ options: [String] = [], _ words: [String], global: [String] = []) -> Command {
    runtime.command(["exec"] + options + [id] + words, global: global)
  }

  /// `exec`
  public func exec(_ words: String..., options: [String] = []) throws -> Outcome {
    try execCommand(options, words).run()
  }

  /// `exec` of a line of shell.
  public func execShell(_ line: String, options: [String] = []) throws -> Outcome {
    try exec("sh", "-c", line, options: options)
  }

  /// `state`
  public func state() throws -> Outcome { try command("state").run() }

  /// `kill`
  public func kill(_ signal: String = "KILL", _ options: String...) throws -> Outcome {
    try runtime.command(["kill"] + options + [id, signal]).run()
  }

  /// `delete`
  public func delete(_ options: String...) throws -> Outcome { try command("delete", options).run() }

  /// What `state` prints.
  public func report() throws -> StateReport {
    let outcome = try state().succeeds()
    return try decode(StateReport.self, from: outcome.output)
  }

  /// The status that `state` tells; `gone` if there is no such container.
  public func status() throws -> String {
    try state().status == 0 ? report().status : "gone"
  }

  /// Waits for a status.
  public func expect(
    _ status: String,
    within time: Duration = .seconds(20),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var last = ""
    let isSo = try eventually(within: time) {
      last = try self.status()
      return last == status
    }
    #expect(isSo, "\(id) is \(last), expected was \(status)", sourceLocation: sourceLocation)
  }

  /// Creates and starts it.
  ///
  /// - Returns: The outcome of `create`, whose output is also the container's.
  @discardableResult
  public func createAndStart(sourceLocation: SourceLocation = #_sourceLocation) throws -> Outcome {
    let outcome = try create().succeeds(sourceLocation: sourceLocation)
    try start().succeeds(sourceLocation: sourceLocation)
    return outcome
  }

  /// Kills and deletes it.
  public func remove(sourceLocation: SourceLocation = #_sourceLocation) throws {
    try delete("--force").succeeds(sourceLocation: sourceLocation)
  }
}

/// The JSON that `state` prints.
public struct StateReport: JSONObject, Equatable {
  /// The version of the specification.
  public var ociVersion = ""
  /// The container.
  public var id = ""
  /// creating, created, running, paused or stopped.
  public var status = ""
  /// 0 if it is stopped.
  public var pid: Int32 = 0
  /// Absolute path.
  public var bundle = ""
  /// Absolute path.
  public var rootfs: String?
  /// RFC 3339.
  public var created: String?
  /// Those of the configuration.
  public var annotations: [String: String]?
  /// The user who created it.
  public var owner: String?

  /// See `JSONObject`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("ociVersion", &ociVersion)
    json.member("id", &id)
    json.member("status", &status)
    json.member("pid", &pid)
    json.member("bundle", &bundle)
    json.member("rootfs", &rootfs)
    json.member("created", &created)
    json.member("annotations", &annotations)
    json.member("owner", &owner)
  }
}

/// A JSON text that is not what it should be.
private struct Misfit: Error {
  let faults: [JSONFault]
}

/// What a JSON text says.
public func decode<Value: JSONValue>(_ type: Value.Type, from text: String) throws -> Value {
  let decoded = JSONReader.decode(type, from: try JSONDocument(parsing: Array(text.utf8)))
  guard decoded.faults.isEmpty else { throw Misfit(faults: decoded.faults) }
  return decoded.value
}
