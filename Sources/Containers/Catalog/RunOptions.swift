public import JSON

/// What `run` is asked for, beside the root file system.
public struct RunOptions: JSONObject, Sendable, Equatable {
  /// Words of the program, or of its arguments where the image has an entrypoint.
  public var command: [String] = []
  /// In place of the image's.
  public var entrypoint: [String]?
  /// The name of the container, and of its host.
  public var name: String?
  /// Whether the container goes when it has ended.
  public var remove = false
  /// Whether nobody waits for it.
  public var detached = false
  /// Whether the process that made the container becomes its program.
  public var inPlace = false
  /// How many descriptors from 3 on the program inherits, beside those of LISTEN_FDS.
  public var preservedDescriptors = 0
  /// Whether the program has a terminal.
  public var terminal = false
  /// `NAME=value`, or `NAME` to take it away.
  public var env: [String] = []
  /// Absolute path in the container.
  public var workdir: String?
  /// `USER`, `UID`, `USER:GROUP` …
  public var user: String?
  /// A group, by name or number, in place of the user's.
  public var group: String?
  /// The name of the host, if not the container's.
  public var hostname: String?
  /// Mounts, in the order in which they were given.
  public var mounts: [VolumeOption] = []
  /// Files of the host that are shown as they are now.
  public var copies: [String] = []
  /// Limits of the cgroup.
  public var limits = LimitOptions()
  /// `NAME=SOFT:HARD`
  public var ulimits: [String] = []
  /// Capabilities more; `ALL` for all.
  public var capAdd: [String] = []
  /// Capabilities less; `ALL` for all.
  public var capDrop: [String] = []
  /// Absolute path of a profile, or `unconfined`.
  public var seccomp: String?
  /// Whether programs cannot gain privileges.
  public var noNewPrivileges = false
  /// Whether the root cannot be written to.
  public var readOnly = false
  /// Whether nothing is taken from root.
  public var privileged = false
  /// User namespace: nil for none, or a mapping; `auto` until one is chosen.
  public var userns: String?
  /// What was asked for, if the mapping was chosen.
  public var usernsRequest: String?
  /// Network.
  public var network = NetworkKind.none
  /// `HOST:CONTAINER[/PROTOCOL]`
  public var ports: [String] = []
  /// Kernel parameters of the namespaces, `NAME=value`.
  public var sysctl: [String] = []
  /// Keys and values of one's own.
  public var labels: [String: String] = [:]
  /// In place of the image's.
  public var stopSignal: String?
  /// The most that the log may take, in bytes; 0 for no limit, nil for the usual one.
  public var logSize: Int64?
  /// The least that it may be.
  public static let smallestLog: Int64 = 256 << 10
  /// Whether changes of `--rootfs DIR` are kept apart.
  public var ephemeral = false
  /// Absolute paths in the container where nothing of what is usual is mounted, nor below them.
  public var omittedMounts: [String] = []

  /// See `JSONValue`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("command", &command)
    json.member("entrypoint", &entrypoint)
    json.member("name", &name)
    json.member("remove", &remove)
    json.member("detached", &detached)
    json.member("inPlace", &inPlace)
    json.member("preservedDescriptors", &preservedDescriptors)
    json.member("terminal", &terminal)
    json.member("env", &env)
    json.member("workdir", &workdir)
    json.member("user", &user)
    json.member("group", &group)
    json.member("hostname", &hostname)
    json.member("mounts", &mounts)
    json.member("copies", &copies)
    json.member("limits", &limits)
    json.member("ulimits", &ulimits)
    json.member("capAdd", &capAdd)
    json.member("capDrop", &capDrop)
    json.member("seccomp", &seccomp)
    json.member("noNewPrivileges", &noNewPrivileges)
    json.member("readOnly", &readOnly)
    json.member("privileged", &privileged)
    json.member("userns", &userns)
    json.member("usernsRequest", &usernsRequest)
    json.member("network", &network)
    json.member("ports", &ports)
    json.member("sysctl", &sysctl)
    json.member("labels", &labels)
    json.member("stopSignal", &stopSignal)
    json.member("logSize", &logSize)
    json.member("ephemeral", &ephemeral)
    json.member("omittedMounts", &omittedMounts)
  }
}

/// `--network`
public enum NetworkKind: String, JSONValue, Sendable, CaseIterable {
  /// A network namespace with nothing but `lo`.
  case none
  /// The host's.
  case host
  /// A line to a bridge of the host.
  case bridge
}

/// One of `--bind`, `--rbind`, `--tmpfs` and `--mount`, understood.
public struct VolumeOption: JSONObject, Sendable, Equatable {
  /// What is mounted.
  public enum Kind: String, JSONValue, Sendable, CaseIterable {
    case bind, rbind, tmpfs
  }

  /// What is mounted.
  public var kind = Kind.bind
  /// Absolute path on the host, for binds.
  public var source: String?
  /// Absolute path in the container.
  public var destination = ""
  /// As in mount(8).
  public var options: [String] = []

  /// See `JSONValue`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("kind", &kind)
    json.member("source", &source)
    json.member("destination", &destination)
    json.member("options", &options)
  }
}

/// Limits of the cgroup.
public struct LimitOptions: JSONObject, Sendable, Equatable {
  /// Thousandths of a CPU.
  public var milliCPUs: Int64?
  /// Relative share of CPU time.
  public var cpuShares: UInt64?
  /// CPU list, such as `0-3,7`.
  public var cpuset: String?
  /// Bytes.
  public var memory: Int64?
  /// Bytes of memory and swap; -1 for no limit.
  public var memorySwap: Int64?
  /// Processes; -1 for no limit, nil for the usual one.
  public var pids: Int64?
  /// Limits of block devices.
  public var readBps: [DeviceRate] = []
  /// Limits of block devices.
  public var writeBps: [DeviceRate] = []

  /// See `JSONValue`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("milliCPUs", &milliCPUs)
    json.member("cpuShares", &cpuShares)
    json.member("cpuset", &cpuset)
    json.member("memory", &memory)
    json.member("memorySwap", &memorySwap)
    json.member("pids", &pids)
    json.member("readBps", &readBps)
    json.member("writeBps", &writeBps)
  }
}

/// Bytes a second of a block device.
public struct DeviceRate: JSONObject, Sendable, Equatable {
  /// Of the device's file.
  public var path = ""
  /// Of the device.
  public var major: Int64 = 0
  /// Of the device.
  public var minor: Int64 = 0
  /// Bytes a second.
  public var rate: UInt64 = 0

  /// See `JSONValue`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("path", &path)
    json.member("major", &major)
    json.member("minor", &minor)
    json.member("rate", &rate)
  }
}
