public import JSON

/// Linux-specific configuration. Spec: config-linux.md
public struct LinuxConfig: JSONObject, Sendable, Equatable {
  /// Spec: config-linux.md#namespaces
  public var namespaces: [Namespace]?
  /// Spec: config-linux.md#user-namespace-mappings
  public var uidMappings: [IDMapping]?
  /// Spec: config-linux.md#user-namespace-mappings
  public var gidMappings: [IDMapping]?
  /// Keyed by clock. Spec: config-linux.md#offset-for-time-namespace
  public var timeOffsets: [String: TimeOffset]?
  /// Spec: config-linux.md#devices
  public var devices: [Device]?
  /// Keyed by the device's name on the host. Spec: config-linux.md#network-devices
  public var netDevices: [String: NetDevice]?
  /// Spec: config-linux.md#cgroups-path
  public var cgroupsPath: String?
  /// Spec: config-linux.md#control-groups
  public var resources: Resources?
  /// Spec: config-linux.md#intelrdt
  public var intelRdt: IntelRdt?
  /// Spec: config-linux.md#memory-policy
  public var memoryPolicy: MemoryPolicy?
  /// Spec: config-linux.md#sysctl
  public var sysctl: [String: String]?
  /// Spec: config-linux.md#seccomp
  public var seccomp: Seccomp?
  /// Spec: config-linux.md#rootfs-mount-propagation
  public var rootfsPropagation: RootfsPropagation?
  /// Spec: config-linux.md#masked-paths
  public var maskedPaths: [String]?
  /// Spec: config-linux.md#readonly-paths
  public var readonlyPaths: [String]?
  /// Spec: config-linux.md#mount-label
  public var mountLabel: String?
  /// Spec: config-linux.md#personality
  public var personality: Personality?

  /// Nothing configured.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("namespaces", &namespaces)
    json.member("uidMappings", &uidMappings)
    json.member("gidMappings", &gidMappings)
    json.member("timeOffsets", &timeOffsets)
    json.member("devices", &devices)
    json.member("netDevices", &netDevices)
    json.member("cgroupsPath", &cgroupsPath)
    json.member("resources", &resources)
    json.member("intelRdt", &intelRdt)
    json.member("memoryPolicy", &memoryPolicy)
    json.member("sysctl", &sysctl)
    json.member("seccomp", &seccomp)
    json.member("rootfsPropagation", &rootfsPropagation)
    json.member("maskedPaths", &maskedPaths)
    json.member("readonlyPaths", &readonlyPaths)
    json.member("mountLabel", &mountLabel)
    json.member("personality", &personality)
  }
}

/// A namespace to create, or to join by path. Spec: config-linux.md#namespaces
public struct Namespace: JSONObject, Sendable, Equatable {
  /// What kind it is.
  public var type: NamespaceType
  /// Absolute path of a namespace file to join; a new namespace when unset or empty.
  public var path: String?

  /// A namespace of `type`.
  public init(type: NamespaceType, path: String? = nil) {
    self.type = type
    self.path = path
  }

  /// See `JSONObject`.
  public init() {
    type = .init()
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("type", &type)
    json.member("path", &path)
  }
}

/// namespaces(7). Spec: config-linux.md#namespaces
public enum NamespaceType: String, JSONValue, Sendable, CaseIterable {
  case pid, network, mount, ipc, uts, user, cgroup, time
}

/// Offset of a clock. Spec: config-linux.md#offset-for-time-namespace
public struct TimeOffset: JSONObject, Sendable, Equatable {
  /// Seconds, may be negative.
  public var secs: Int64?
  /// Less than 1000000000.
  public var nanosecs: UInt32?

  /// An offset of `secs` seconds and `nanosecs` nanoseconds.
  public init(secs: Int64? = nil, nanosecs: UInt32? = nil) {
    self.secs = secs
    self.nanosecs = nanosecs
  }

  /// See `JSONObject`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("secs", &secs)
    json.member("nanosecs", &nanosecs)
  }
}

/// A device node of the container. Spec: config-linux.md#devices
public struct Device: JSONObject, Sendable, Equatable {
  /// What kind it is.
  public var type: DeviceType
  /// Absolute path inside the container.
  public var path: String
  /// 0 to 4095; unset only for a fifo.
  public var major: Int64?
  /// 0 to 1048575; unset only for a fifo.
  public var minor: Int64?
  /// Permission bits.
  public var fileMode: UInt32?
  /// Owner inside the container.
  public var uid: UInt32?
  /// Group inside the container.
  public var gid: UInt32?

  /// A device of `type` at `path`.
  public init(type: DeviceType, path: String, major: Int64? = nil, minor: Int64? = nil) {
    self.type = type
    self.path = path
    self.major = major
    self.minor = minor
  }

  /// See `JSONObject`.
  public init() {
    type = .init()
    path = ""
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("type", &type)
    json.member("path", &path)
    json.member("major", &major)
    json.member("minor", &minor)
    json.member("fileMode", &fileMode)
    json.member("uid", &uid)
    json.member("gid", &gid)
  }
}

/// mknod(1)
public enum DeviceType: String, JSONValue, Sendable, CaseIterable {
  case character = "c"
  case block = "b"
  case unbufferedCharacter = "u"
  case fifo = "p"
}

/// A network device to move into the container. Spec: config-linux.md#network-devices
public struct NetDevice: JSONObject, Sendable, Equatable {
  /// Name inside the container; the host's when unset.
  public var name: String?

  /// A device that is called `name` inside.
  public init(name: String? = nil) {
    self.name = name
  }

  /// See `JSONObject`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("name", &name)
  }
}

/// Intel Resource Director Technology. Spec: config-linux.md#intelrdt
public struct IntelRdt: JSONObject, Sendable, Equatable {
  /// Class of service, a directory of resctrl; `/` is its root.
  public var closID: String?
  /// `L3:` line for schemata.
  public var l3CacheSchema: String?
  /// `MB:` line for schemata.
  public var memBwSchema: String?
  /// Lines for schemata, written last.
  public var schemata: [String]?
  /// Whether the container gets a monitoring group.
  public var enableMonitoring: Bool?

  /// Nothing configured.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("closID", &closID)
    json.member("l3CacheSchema", &l3CacheSchema)
    json.member("memBwSchema", &memBwSchema)
    json.member("schemata", &schemata)
    json.member("enableMonitoring", &enableMonitoring)
  }
}

/// set_mempolicy(2). Spec: config-linux.md#memory-policy
public struct MemoryPolicy: JSONObject, Sendable, Equatable {
  /// How memory is allocated.
  public var mode: MemoryPolicyMode
  /// Node list, such as `0-3,7`.
  public var nodes: String?
  /// For set_mempolicy(2).
  public var flags: [MemoryPolicyFlag]?

  /// A policy of `mode`.
  public init(mode: MemoryPolicyMode) {
    self.mode = mode
  }

  /// See `JSONObject`.
  public init() {
    mode = .init()
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("mode", &mode)
    json.member("nodes", &nodes)
    json.member("flags", &flags)
  }
}

/// set_mempolicy(2)
public enum MemoryPolicyMode: String, JSONValue, Sendable, CaseIterable {
  case `default` = "MPOL_DEFAULT"
  case bind = "MPOL_BIND"
  case interleave = "MPOL_INTERLEAVE"
  case weightedInterleave = "MPOL_WEIGHTED_INTERLEAVE"
  case preferred = "MPOL_PREFERRED"
  case preferredMany = "MPOL_PREFERRED_MANY"
  case local = "MPOL_LOCAL"
}

/// set_mempolicy(2)
public enum MemoryPolicyFlag: String, JSONValue, Sendable, CaseIterable {
  case numaBalancing = "MPOL_F_NUMA_BALANCING"
  case relativeNodes = "MPOL_F_RELATIVE_NODES"
  case staticNodes = "MPOL_F_STATIC_NODES"
}

/// Clients also send the recursive forms, which the specification does not list.
///
/// Spec: config-linux.md#rootfs-mount-propagation
public enum RootfsPropagation: String, JSONValue, Sendable, CaseIterable {
  case shared, slave, `private`, unbindable
  case rshared, rslave, rprivate, runbindable
}

/// personality(2). Spec: config-linux.md#personality
public struct Personality: JSONObject, Sendable, Equatable {
  /// Execution domain.
  public var domain: PersonalityDomain
  /// No flag is defined yet; any value is an error.
  public var flags: [String]?

  /// The personality of `domain`.
  public init(domain: PersonalityDomain) {
    self.domain = domain
  }

  /// See `JSONObject`.
  public init() {
    domain = .init()
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("domain", &domain)
    json.member("flags", &flags)
  }
}

/// personality(2)
public enum PersonalityDomain: String, JSONValue, Sendable, CaseIterable {
  case linux = "LINUX"
  case linux32 = "LINUX32"
}
