public import JSON

/// What a runtime implements, as its `features` command prints it.
///
/// Spec: features.md
public struct Features: JSONObject, Sendable, Equatable {
  /// The lowest accepted `ociVersion`. Spec: features.md#specification-version
  public var ociVersionMin: String
  /// The highest accepted `ociVersion`. Spec: features.md#specification-version
  public var ociVersionMax: String
  /// Kinds of hooks. Spec: features.md#hooks
  public var hooks: [String]?
  /// Without options that only a file system understands. Spec: features.md#mount-options
  public var mountOptions: [String]?
  /// Spec: features-linux.md
  public var linux: LinuxFeatures?
  /// Anything about the runtime. Spec: features.md#annotations
  public var annotations: [String: String]?
  /// Annotations of a configuration that change what the runtime does; a final dot makes a prefix.
  ///
  /// Spec: features.md#unsafe-annotations-in-configjson
  public var potentiallyUnsafeConfigAnnotations: [String]?

  /// Features for the versions from `ociVersionMin` to `ociVersionMax`.
  public init(ociVersionMin: String, ociVersionMax: String) {
    self.ociVersionMin = ociVersionMin
    self.ociVersionMax = ociVersionMax
  }

  /// See `JSONObject`.
  public init() {
    ociVersionMin = ""
    ociVersionMax = ""
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("ociVersionMin", &ociVersionMin)
    json.member("ociVersionMax", &ociVersionMax)
    json.member("hooks", &hooks)
    json.member("mountOptions", &mountOptions)
    json.member("linux", &linux)
    json.member("annotations", &annotations)
    json.member("potentiallyUnsafeConfigAnnotations", &potentiallyUnsafeConfigAnnotations)
  }
}

/// What a runtime implements of Linux, whether this kernel has it or not. Spec: features-linux.md
public struct LinuxFeatures: JSONObject, Sendable, Equatable {
  /// Spec: features-linux.md#namespaces
  public var namespaces: [NamespaceType]?
  /// Spec: features-linux.md#capabilities
  public var capabilities: [String]?
  /// Spec: features-linux.md#cgroup
  public var cgroup: CgroupFeatures?
  /// Spec: features-linux.md#seccomp
  public var seccomp: SeccompFeatures?
  /// Spec: features-linux.md#apparmor
  public var apparmor: FeatureSwitch?
  /// Spec: features-linux.md#selinux
  public var selinux: FeatureSwitch?
  /// Spec: features-linux.md#memorypolicy
  public var memoryPolicy: MemoryPolicyFeatures?
  /// Spec: features-linux.md#intel-rdt
  public var intelRdt: IntelRdtFeatures?
  /// Spec: features-linux.md#mountextensions
  public var mountExtensions: MountExtensionFeatures?
  /// Spec: features-linux.md#netdevices
  public var netDevices: FeatureSwitch?

  /// Says nothing.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("namespaces", &namespaces)
    json.member("capabilities", &capabilities)
    json.member("cgroup", &cgroup)
    json.member("seccomp", &seccomp)
    json.member("apparmor", &apparmor)
    json.member("selinux", &selinux)
    json.member("memoryPolicy", &memoryPolicy)
    json.member("intelRdt", &intelRdt)
    json.member("mountExtensions", &mountExtensions)
    json.member("netDevices", &netDevices)
  }
}

/// Whether something is implemented.
public struct FeatureSwitch: JSONObject, Sendable, Equatable {
  /// nil where nothing is said about it.
  public var enabled: Bool?

  /// A feature that is `enabled` or not.
  public init(enabled: Bool?) {
    self.enabled = enabled
  }

  /// See `JSONObject`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("enabled", &enabled)
  }
}

/// Spec: features-linux.md#cgroup
public struct CgroupFeatures: JSONObject, Sendable, Equatable {
  /// cgroup v1.
  public var v1: Bool?
  /// cgroup v2.
  public var v2: Bool?
  /// The system's systemd as cgroup manager.
  public var systemd: Bool?
  /// A user's systemd as cgroup manager.
  public var systemdUser: Bool?
  /// The RDMA controller.
  public var rdma: Bool?

  /// Says nothing.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("v1", &v1)
    json.member("v2", &v2)
    json.member("systemd", &systemd)
    json.member("systemdUser", &systemdUser)
    json.member("rdma", &rdma)
  }
}

/// Spec: features-linux.md#seccomp
public struct SeccompFeatures: JSONObject, Sendable, Equatable {
  /// Whether filters are implemented at all.
  public var enabled: Bool?
  /// Actions of rules.
  public var actions: [SeccompAction]?
  /// Comparisons of arguments.
  public var operators: [SeccompOperator]?
  /// Architectures.
  public var archs: [SeccompArchitecture]?
  /// Flags that are recognised.
  public var knownFlags: [SeccompFlag]?
  /// Flags that this kernel and libseccomp support as well.
  public var supportedFlags: [SeccompFlag]?

  /// Says nothing.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("enabled", &enabled)
    json.member("actions", &actions)
    json.member("operators", &operators)
    json.member("archs", &archs)
    json.member("knownFlags", &knownFlags)
    json.member("supportedFlags", &supportedFlags)
  }
}

/// Spec: features-linux.md#memorypolicy
public struct MemoryPolicyFeatures: JSONObject, Sendable, Equatable {
  /// Modes that are recognised.
  public var modes: [MemoryPolicyMode]?
  /// Flags that are recognised.
  public var flags: [MemoryPolicyFlag]?

  /// Says nothing.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("modes", &modes)
    json.member("flags", &flags)
  }
}

/// Spec: features-linux.md#intel-rdt
public struct IntelRdtFeatures: JSONObject, Sendable, Equatable {
  /// Whether it is implemented at all.
  public var enabled: Bool?
  /// Whether `schemata` is.
  public var schemata: Bool?
  /// Whether `enableMonitoring` is.
  public var monitoring: Bool?

  /// Says nothing.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("enabled", &enabled)
    json.member("schemata", &schemata)
    json.member("monitoring", &monitoring)
  }
}

/// Spec: features-linux.md#mountextensions
public struct MountExtensionFeatures: JSONObject, Sendable, Equatable {
  /// Mappings of single mounts.
  public var idmap: FeatureSwitch?

  /// Says whether mounts may have mappings.
  public init(idmap: FeatureSwitch?) {
    self.idmap = idmap
  }

  /// See `JSONObject`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("idmap", &idmap)
  }
}
