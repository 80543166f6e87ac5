public import ContainerStore
public import JSON
internal import LinuxKernel
public import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

/// What `state` and `list` tell of a container: the spec's state, and what runc adds.
///
/// Spec: runtime.md#state
public struct ContainerSummary: JSONObject, Sendable, Equatable {
  /// The version of the specification that the configuration names.
  public var ociVersion: String
  /// The container's name.
  public var id: String
  /// 0 for a stopped container.
  public var pid: Int32
  /// What it is doing.
  public var status: State.Status
  /// Absolute path.
  public var bundle: String
  /// Absolute path.
  public var rootfs: String
  /// RFC 3339, UTC.
  public var created: String
  /// The configuration's.
  public var annotations: [String: String]?
  /// The user who created it.
  public var owner: String
}

extension ContainerSummary {
  /// See `JSONObject`.
  public init() {
    self.init(
      ociVersion: "", id: "", pid: 0, status: .init(), bundle: "", rootfs: "", created: "", annotations: nil,
      owner: "")
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("ociVersion", &ociVersion)
    json.member("id", &id)
    json.member("pid", &pid)
    json.member("status", &status)
    json.member("bundle", &bundle)
    json.member("rootfs", &rootfs)
    json.member("created", &created)
    json.member("annotations", &annotations)
    json.member("owner", &owner)
  }
}

/// Spec: runtime.md#query-state
public enum Query {
  /// The state of one container. Waits for nobody.
  ///
  /// - Throws: `containerNotFound`.
  public static func state(
    of id: ContainerID, store: Store, log: EventLog
  ) throws(RuntimeError) -> ContainerSummary {
    let summary = try summary(of: store.open(id), user: UserNames())
    log.debug { "status: \(summary.status.rawValue), pid \(summary.pid)" }
    return summary
  }

  /// All containers, by ID. One that disappears meanwhile is left out, and so are directories and files of
  /// others.
  ///
  /// - Parameters:
  ///   - warn: Gets what is known of a container whose state is damaged; it is left out, too.
  public static func list(store: Store, warn: (String) -> Void) throws(RuntimeError) -> [ContainerSummary] {
    let users = UserNames()
    var result: [ContainerSummary] = []
    try store.forEach { (directory) throws(RuntimeError) in
      do throws(RuntimeError) {
        result.append(try summary(of: directory, user: users))
      } catch let error where error.code == .containerNotFound {
      } catch let error where error.code == .damagedState {
        warn("\(error)")
      }
    }
    return result
  }

  /// The IDs of all containers, sorted; also of damaged ones.
  public static func identifiers(store: Store) throws(RuntimeError) -> [ContainerID] {
    var result: [ContainerID] = []
    try store.forEach { (directory) throws(RuntimeError) in
      if directory.hasRecord || directory.isLockedByAnother { result.append(directory.id) }
    }
    return result
  }

  private static func summary(
    of directory: ContainerDirectory, user: UserNames
  ) throws(RuntimeError) -> ContainerSummary {
    var found = try directory.readOutline()
    if found == nil { found = try atWork(on: directory) }
    guard let outline = found else {
      throw RuntimeError(.containerNotFound, "container \(directory.id) does not exist")
    }
    let status = try ContainerStatus.of(directory, outline)
    return ContainerSummary(
      ociVersion: outline.ociVersion, id: directory.id.text,
      pid: status == .stopped ? 0 : outline.initProcess?.pid ?? 0, status: status,
      bundle: outline.bundle, rootfs: outline.rootfs, created: outline.created,
      annotations: outline.annotations, owner: user.name(of: outline.ownerUserID))
  }

  /// `create` has the directory, and will have written its record in a moment.
  private static func atWork(on directory: ContainerDirectory) throws(RuntimeError) -> ContainerOutline? {
    var patience = Patience(microseconds: 1_000_000)
    while directory.isLockedByAnother {
      if let outline = try directory.readOutline() { return outline }
      if !patience.wait() { break }
    }
    return try directory.readOutline()
  }
}
