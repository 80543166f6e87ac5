public import JSON

/// What `state` and `list` need to know of a container: the record's first line.
public struct ContainerOutline: JSONObject, Sendable, Equatable {
  /// `ociVersion` of the configuration.
  public var ociVersion = ""
  /// Absolute path.
  public var bundle = ""
  /// Absolute path.
  public var rootfs = ""
  /// RFC 3339, UTC.
  public var created = ""
  /// Who created it.
  public var ownerUserID: UInt32 = 0
  /// Absent until the init process exists.
  public var initProcess: InitIdentity?
  /// Whether `create` came to its end.
  public var isComplete = false
  /// The cgroup file that tells whether its processes are stopped. Follows the record's cgroups.
  public internal(set) var freezer: String?
  /// The configuration's.
  public var annotations: [String: String]?

  /// A container that is not there yet.
  public init(ociVersion: String, bundle: String, rootfs: String, created: String, ownerUserID: UInt32) {
    self.ociVersion = ociVersion
    self.bundle = bundle
    self.rootfs = rootfs
    self.created = created
    self.ownerUserID = ownerUserID
  }

  /// See `JSONObject`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("ociVersion", &ociVersion)
    json.member("bundle", &bundle)
    json.member("rootfs", &rootfs)
    json.member("created", &created)
    json.member("ownerUserID", &ownerUserID)
    json.member("initProcess", &initProcess)
    json.member("isComplete", &isComplete)
    json.member("freezer", &freezer)
    json.member("annotations", &annotations)
  }
}
