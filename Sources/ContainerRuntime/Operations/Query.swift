public import ContainerStore
internal import LinuxKernel
public import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

/// What `state` and `list` tell of a container: the spec's state, and what runc adds.
///
/// Spec: runtime.md#state
public struct ContainerSummary: Codable, Sendable, Equatable {
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

  /// All containers, by ID. One that disappears meanwhile is left out; a damaged one is listed as stopped.
  public static func list(store: Store) throws(RuntimeError) -> [ContainerSummary] {
    let users = UserNames()
    var result: [ContainerSummary] = []
    for id in try store.list() {
      do throws(RuntimeError) {
        result.append(try summary(of: try store.open(id), user: users))
      } catch let error where error.code == .containerNotFound {
      } catch let error where error.errno == .notDirectory {
        // Somebody's file, not a container.
      } catch let error where error.code == .damagedState {
        result.append(
          ContainerSummary(
            ociVersion: SpecVersion.current, id: id.text, pid: 0, status: .stopped, bundle: "", rootfs: "",
            created: "", annotations: nil, owner: ""))
      }
    }
    return result
  }

  private static func summary(
    of directory: ContainerDirectory, user: UserNames
  ) throws(RuntimeError) -> ContainerSummary {
    let record = try directory.read()
    let status = try ContainerStatus.of(directory, record)
    return ContainerSummary(
      ociVersion: record?.ociVersion ?? SpecVersion.current, id: directory.id.text,
      pid: status == .stopped ? 0 : record?.initProcess?.pid ?? 0, status: status,
      bundle: record?.bundle ?? "", rootfs: record?.rootfs ?? "", created: record?.created ?? "",
      annotations: record?.annotations, owner: record.map { user.name(of: $0.ownerUserID) } ?? "")
  }
}
