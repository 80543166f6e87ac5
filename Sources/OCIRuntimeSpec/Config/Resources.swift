public import JSON

/// Limits of the container's cgroup. Spec: config-linux.md#control-groups
public struct Resources: JSONObject, Sendable, Equatable {
  /// Applied in this order. Spec: config-linux.md#allowed-device-list
  public var devices: [DeviceRule]?
  /// Spec: config-linux.md#memory
  public var memory: MemoryResources?
  /// Spec: config-linux.md#cpu
  public var cpu: CPUResources?
  /// Spec: config-linux.md#block-io
  public var blockIO: BlockIOResources?
  /// Spec: config-linux.md#huge-page-limits
  public var hugepageLimits: [HugepageLimit]?
  /// Spec: config-linux.md#network
  public var network: NetworkResources?
  /// Spec: config-linux.md#pids
  public var pids: PidsResources?
  /// Keyed by device. Spec: config-linux.md#rdma
  public var rdma: [String: RdmaLimit]?
  /// cgroup v2 files and their contents. Spec: config-linux.md#unified
  public var unified: [String: String]?

  /// No limits.
  public init() {}

  /// Whether nothing is asked for: no property, or only empty ones.
  public var isEmpty: Bool {
    (devices ?? []).isEmpty && memory ?? .init() == .init() && cpu ?? .init() == .init()
      && blockIO ?? .init() == .init() && (hugepageLimits ?? []).isEmpty && network ?? .init() == .init()
      && pids == nil && (rdma ?? [:]).isEmpty && (unified ?? [:]).isEmpty
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("devices", &devices)
    json.member("memory", &memory)
    json.member("cpu", &cpu)
    json.member("blockIO", &blockIO)
    json.member("hugepageLimits", &hugepageLimits)
    json.member("network", &network)
    json.member("pids", &pids)
    json.member("rdma", &rdma)
    json.member("unified", &unified)
  }
}

/// One rule on device access. Spec: config-linux.md#allowed-device-list
public struct DeviceRule: JSONObject, Sendable, Equatable {
  /// Whether the rule allows or denies.
  public var allow: Bool
  /// `a`, `c` or `b`; all when unset.
  public var type: DeviceRuleType?
  /// All when unset.
  public var major: Int64?
  /// All when unset.
  public var minor: Int64?
  /// Some of `r`, `w` and `m`.
  public var access: String?

  /// A rule for all devices.
  public init(allow: Bool, access: String? = nil) {
    self.allow = allow
    self.access = access
  }

  /// See `JSONObject`.
  public init() {
    allow = false
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("allow", &allow)
    json.member("type", &type)
    json.member("major", &major)
    json.member("minor", &minor)
    json.member("access", &access)
  }
}

/// Spec: config-linux.md#allowed-device-list
public enum DeviceRuleType: String, JSONValue, Sendable, CaseIterable {
  case all = "a"
  case character = "c"
  case block = "b"
}

/// Memory limits in bytes; -1 is unlimited. Spec: config-linux.md#memory
public struct MemoryResources: JSONObject, Sendable, Equatable {
  /// Bytes of memory.
  public var limit: Int64?
  /// Bytes of memory that are kept under pressure.
  public var reservation: Int64?
  /// Memory and swap together.
  public var swap: Int64?
  /// Bytes of kernel memory. Not recommended.
  public var kernel: Int64?
  /// Bytes of TCP buffers. Not recommended.
  public var kernelTCP: Int64?
  /// 0 to 100.
  public var swappiness: UInt64?
  /// Whether tasks above the limit wait instead of being killed.
  public var disableOOMKiller: Bool?
  /// Whether children count towards the limits.
  public var useHierarchy: Bool?
  /// Whether a limit below the current usage is refused.
  public var checkBeforeUpdate: Bool?

  /// No limits.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("limit", &limit)
    json.member("reservation", &reservation)
    json.member("swap", &swap)
    json.member("kernel", &kernel)
    json.member("kernelTCP", &kernelTCP)
    json.member("swappiness", &swappiness)
    json.member("disableOOMKiller", &disableOOMKiller)
    json.member("useHierarchy", &useHierarchy)
    json.member("checkBeforeUpdate", &checkBeforeUpdate)
  }
}

/// CPU limits; times in microseconds. Spec: config-linux.md#cpu
public struct CPUResources: JSONObject, Sendable, Equatable {
  /// Relative share of CPU time.
  public var shares: UInt64?
  /// CPU time in each period; -1 is unlimited.
  public var quota: Int64?
  /// Unused quota that may be added to a later period.
  public var burst: UInt64?
  /// Length of a period.
  public var period: UInt64?
  /// Longest time in realtime scheduling.
  public var realtimeRuntime: Int64?
  /// Period of realtime scheduling.
  public var realtimePeriod: UInt64?
  /// CPU list, such as `0-3,7`.
  public var cpus: String?
  /// Memory node list, such as `0-3,7`.
  public var mems: String?
  /// 1 for SCHED_IDLE.
  public var idle: Int64?

  /// No limits.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("shares", &shares)
    json.member("quota", &quota)
    json.member("burst", &burst)
    json.member("period", &period)
    json.member("realtimeRuntime", &realtimeRuntime)
    json.member("realtimePeriod", &realtimePeriod)
    json.member("cpus", &cpus)
    json.member("mems", &mems)
    json.member("idle", &idle)
  }
}

/// Block I/O weights and limits. Spec: config-linux.md#block-io
public struct BlockIOResources: JSONObject, Sendable, Equatable {
  /// 10 to 1000.
  public var weight: UInt16?
  /// 10 to 1000, against child cgroups.
  public var leafWeight: UInt16?
  /// Weights of single devices.
  public var weightDevice: [WeightDevice]?
  /// Bytes a second that may be read.
  public var throttleReadBpsDevice: [ThrottleDevice]?
  /// Bytes a second that may be written.
  public var throttleWriteBpsDevice: [ThrottleDevice]?
  /// Reads a second.
  public var throttleReadIOPSDevice: [ThrottleDevice]?
  /// Writes a second.
  public var throttleWriteIOPSDevice: [ThrottleDevice]?

  /// No limits.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("weight", &weight)
    json.member("leafWeight", &leafWeight)
    json.member("weightDevice", &weightDevice)
    json.member("throttleReadBpsDevice", &throttleReadBpsDevice)
    json.member("throttleWriteBpsDevice", &throttleWriteBpsDevice)
    json.member("throttleReadIOPSDevice", &throttleReadIOPSDevice)
    json.member("throttleWriteIOPSDevice", &throttleWriteIOPSDevice)
  }
}

/// Weight of one device. Spec: config-linux.md#block-io
public struct WeightDevice: JSONObject, Sendable, Equatable {
  /// Major number of the device.
  public var major: Int64
  /// Minor number of the device.
  public var minor: Int64
  /// 10 to 1000.
  public var weight: UInt16?
  /// 10 to 1000, against child cgroups.
  public var leafWeight: UInt16?

  /// A weight for the device `major`:`minor`.
  public init(major: Int64, minor: Int64, weight: UInt16? = nil, leafWeight: UInt16? = nil) {
    self.major = major
    self.minor = minor
    self.weight = weight
    self.leafWeight = leafWeight
  }

  /// See `JSONObject`.
  public init() {
    major = 0
    minor = 0
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("major", &major)
    json.member("minor", &minor)
    json.member("weight", &weight)
    json.member("leafWeight", &leafWeight)
  }
}

/// Rate limit of one device, bytes or operations a second. Spec: config-linux.md#block-io
public struct ThrottleDevice: JSONObject, Sendable, Equatable {
  /// Major number of the device.
  public var major: Int64
  /// Minor number of the device.
  public var minor: Int64
  /// Bytes or operations a second.
  public var rate: UInt64

  /// A rate for the device `major`:`minor`.
  public init(major: Int64, minor: Int64, rate: UInt64) {
    self.major = major
    self.minor = minor
    self.rate = rate
  }

  /// See `JSONObject`.
  public init() {
    major = 0
    minor = 0
    rate = 0
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("major", &major)
    json.member("minor", &minor)
    json.member("rate", &rate)
  }
}

/// Limit of one huge page size. Spec: config-linux.md#huge-page-limits
public struct HugepageLimit: JSONObject, Sendable, Equatable {
  /// `<size><unit-prefix>B`, such as `2MB`.
  public var pageSize: String
  /// Bytes.
  public var limit: UInt64

  /// A limit for pages of `pageSize`.
  public init(pageSize: String, limit: UInt64) {
    self.pageSize = pageSize
    self.limit = limit
  }

  /// See `JSONObject`.
  public init() {
    pageSize = ""
    limit = 0
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("pageSize", &pageSize)
    json.member("limit", &limit)
  }
}

/// Tagging and priorities of network traffic. Spec: config-linux.md#network
public struct NetworkResources: JSONObject, Sendable, Equatable {
  /// Class that packets are tagged with.
  public var classID: UInt32?
  /// Priorities by interface.
  public var priorities: [InterfacePriority]?

  /// Nothing configured.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("classID", &classID)
    json.member("priorities", &priorities)
  }
}

/// Priority of traffic over one interface. Spec: config-linux.md#network
public struct InterfacePriority: JSONObject, Sendable, Equatable {
  /// Interface in the runtime's network namespace.
  public var name: String
  /// Priority of its traffic.
  public var priority: UInt32

  /// A priority for the interface `name`.
  public init(name: String, priority: UInt32) {
    self.name = name
    self.priority = priority
  }

  /// See `JSONObject`.
  public init() {
    name = ""
    priority = 0
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("name", &name)
    json.member("priority", &priority)
  }
}

/// Number of tasks. Spec: config-linux.md#pids
public struct PidsResources: JSONObject, Sendable, Equatable {
  /// -1 is unlimited; 0 is a limit.
  public var limit: Int64?

  /// At most `limit` tasks.
  public init(limit: Int64?) {
    self.limit = limit
  }

  /// See `JSONObject`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("limit", &limit)
  }
}

/// Limits of one RDMA device. Spec: config-linux.md#rdma
public struct RdmaLimit: JSONObject, Sendable, Equatable {
  /// Most handles.
  public var hcaHandles: UInt32?
  /// Most objects.
  public var hcaObjects: UInt32?

  /// Limits on handles and objects.
  public init(hcaHandles: UInt32? = nil, hcaObjects: UInt32? = nil) {
    self.hcaHandles = hcaHandles
    self.hcaObjects = hcaObjects
  }

  /// See `JSONObject`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("hcaHandles", &hcaHandles)
    json.member("hcaObjects", &hcaObjects)
  }
}
