public import JSON
internal import LinuxKernel
public import OCIRuntimeSpec
public import RuntimeErrors

/// What must be known to find and remove a container's cgroups: written before the first is created.
///
/// All values are plain text, so that a record can be read by people and by later versions.
public struct CgroupRecord: JSONObject, Sendable, Equatable {
  /// The container's cgroup in one hierarchy.
  public struct Directory: JSONObject, Sendable, Equatable {
    /// `Hierarchy.Identity.text`: `cpu,cpuacct`, `name=systemd` or `cgroup2`.
    public var hierarchy: String
    /// Absolute path on the host.
    public var mountPoint: String
    /// Below the mount point, starting with a slash.
    public var path: String
    /// The longest part of `path` that was there when the container was planned, empty if nothing was.
    /// Equal to `path` if the container was put into an existing cgroup, which is then never removed.
    public var existing: String

    /// A cgroup `path` of which `existing` is not this container's to remove.
    public init(hierarchy: String, mountPoint: String, path: String, existing: String) {
      self.hierarchy = hierarchy
      self.mountPoint = mountPoint
      self.path = path
      self.existing = existing
    }

    /// Absolute path of the cgroup on the host.
    public var hostPath: String { mountPoint + path }
    /// Whether the cgroup was there before the container, perhaps with processes of others in it.
    public var isShared: Bool { existing == path }

    /// See `JSONObject`.
    public init() {
      hierarchy = ""
      mountPoint = ""
      path = ""
      existing = ""
    }

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("hierarchy", &hierarchy)
      json.member("mountPoint", &mountPoint)
      json.member("path", &path)
      json.member("existing", &existing)
    }
  }

  /// `CgroupManagerKind`'s raw value.
  public var manager: String
  /// One for each hierarchy that the container joins.
  public var directories: [Directory]
  /// The unit that systemd makes, if it does.
  public var unit: SystemdUnit?
  /// The unit's description, which no other unit has: by it a scope of another container is told, one that
  /// had the name before or took it afterwards.
  public var unitDescription: String?
  /// Properties of that unit in text, from annotations.
  public var unitProperties: [String: String]?
  /// The bus where the systemd of a user is asked; the system's if absent.
  public var bus: String?
  /// Whether rules on devices, and cgroups for the container's own users, may be left out: only root of the
  /// host can make them.
  public var isRootless: Bool?
  /// The device rules of the last update; those of the configuration if absent.
  public var devices: [DeviceRule]?

  /// A record of cgroups that `manager` makes.
  public init(manager: CgroupManagerKind, directories: [Directory]) {
    self.manager = manager.rawValue
    self.directories = directories
  }

  /// Whether any of the cgroups was there before the container.
  public var isShared: Bool { directories.contains { $0.isShared } }

  /// The manager of these cgroups. Makes no system call; the cgroups need not exist.
  ///
  /// - Throws: damagedState for a record that no version wrote, unsupported for another version's.
  public func makeManager() throws(RuntimeError) -> any CgroupManager {
    switch CgroupManagerKind(rawValue: manager) {
    case .v1: return try V1Manager(record: self)
    case .v2: return try V2Manager(record: self)
    case .systemd: return try SystemdManager(record: self)
    case nil:
      throw RuntimeError(.damagedState, "unknown cgroup manager \(manager)")
    }
  }

  /// The file that tells whether the processes in these cgroups are stopped: `cgroup.freeze` or `freezer.state`.
  public var freezerFile: String? {
    for directory in directories {
      if directory.hierarchy == "cgroup2", manager != CgroupManagerKind.v1.rawValue {
        return directory.hostPath + "/cgroup.freeze"
      }
      // Never mounted with another one, but then it would still be this hierarchy.
      if directory.hierarchy.utf8.split(separator: UInt8(ascii: ",")).contains(where: {
        $0.elementsEqual("freezer".utf8)
      }) {
        return directory.hostPath + "/freezer.state"
      }
    }
    return nil
  }

  /// See `JSONObject`.
  public init() {
    manager = ""
    directories = []
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("manager", &manager)
    json.member("directories", &directories)
    json.member("unit", &unit)
    json.member("unitDescription", &unitDescription)
    json.member("unitProperties", &unitProperties)
    json.member("bus", &bus)
    json.member("isRootless", &isRootless)
    json.member("devices", &devices)
  }
}
