public import JSON

/// The contents of a bundle's `config.json`.
///
/// Spec: config.md
public struct Config: JSONObject, Sendable, Equatable {
  /// SemVer of the specification with which the bundle complies. Spec: config.md#specification-version
  public var ociVersion: String
  /// The container process; required by `start`. Spec: config.md#process
  public var process: Process?
  /// The root filesystem; required on Linux. Spec: config.md#root
  public var root: Root?
  /// Hostname inside the UTS namespace. Spec: config.md#hostname
  public var hostname: String?
  /// NIS domain name inside the UTS namespace. Spec: config.md#domainname
  public var domainname: String?
  /// Mounts beyond the root, made in this order. Spec: config.md#mounts
  public var mounts: [Mount]?
  /// Programs to run at lifecycle events. Spec: config.md#posix-platform-hooks
  public var hooks: Hooks?
  /// Arbitrary metadata. Spec: config.md#annotations
  public var annotations: [String: String]?
  /// Linux-specific configuration. Spec: config-linux.md
  public var linux: LinuxConfig?

  /// A configuration that says nothing but its version.
  public init(ociVersion: String) {
    self.ociVersion = ociVersion
  }

  /// See `JSONObject`.
  public init() {
    ociVersion = ""
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("ociVersion", &ociVersion)
    json.member("process", &process)
    json.member("root", &root)
    json.member("hostname", &hostname)
    json.member("domainname", &domainname)
    json.member("mounts", &mounts)
    json.member("hooks", &hooks)
    json.member("annotations", &annotations)
    json.member("linux", &linux)
  }
}

/// The root filesystem. Spec: config.md#root
public struct Root: JSONObject, Sendable, Equatable {
  /// Absolute, or relative to the bundle.
  public var path: String
  /// Whether the root is read-only inside the container.
  public var readonly: Bool?

  /// A root at `path`.
  public init(path: String, readonly: Bool? = nil) {
    self.path = path
    self.readonly = readonly
  }

  /// See `JSONObject`.
  public init() {
    path = ""
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("path", &path)
    json.member("readonly", &readonly)
  }
}

/// One mount. Spec: config.md#mounts
public struct Mount: JSONObject, Sendable, Equatable {
  /// Path inside the container; a relative one counts from `/` (deprecated).
  public var destination: String
  /// File system type; a dummy for bind mounts.
  public var type: String?
  /// Device, or for bind mounts a path, absolute or relative to the bundle.
  public var source: String?
  /// Options in the spec's words. Spec: config.md#linux-mount-options
  public var options: [String]?
  /// Mapping of an id-mapped mount. Spec: config.md#posix-platform-mounts
  public var uidMappings: [IDMapping]?
  /// Mapping of an id-mapped mount. Spec: config.md#posix-platform-mounts
  public var gidMappings: [IDMapping]?

  /// A mount at `destination`.
  public init(destination: String, type: String? = nil, source: String? = nil, options: [String]? = nil) {
    self.destination = destination
    self.type = type
    self.source = source
    self.options = options
  }

  /// See `JSONObject`.
  public init() {
    destination = ""
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("destination", &destination)
    json.member("type", &type)
    json.member("source", &source)
    json.member("options", &options)
    json.member("uidMappings", &uidMappings)
    json.member("gidMappings", &gidMappings)
  }
}

/// One range of a user namespace's or an id-mapped mount's mapping.
///
/// Spec: config-linux.md#user-namespace-mappings
public struct IDMapping: JSONObject, Sendable, Equatable {
  /// First ID inside the container.
  public var containerID: UInt32
  /// First ID on the host.
  public var hostID: UInt32
  /// How many IDs follow each other.
  public var size: UInt32

  /// A range of `size` IDs.
  public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
    self.containerID = containerID
    self.hostID = hostID
    self.size = size
  }

  /// See `JSONObject`.
  public init() {
    containerID = 0
    hostID = 0
    size = 0
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("containerID", &containerID)
    json.member("hostID", &hostID)
    json.member("size", &size)
  }
}

/// The programs to run at lifecycle events. Spec: config.md#posix-platform-hooks
public struct Hooks: JSONObject, Sendable, Equatable {
  /// During create, in the runtime namespace, before pivot_root. Deprecated.
  public var prestart: [Hook]?
  /// During create, in the runtime namespace, before pivot_root.
  public var createRuntime: [Hook]?
  /// During create, in the container namespace, before pivot_root.
  public var createContainer: [Hook]?
  /// During start, in the container namespace, before the user's program.
  public var startContainer: [Hook]?
  /// During start, in the runtime namespace, after the user's program began.
  public var poststart: [Hook]?
  /// During delete, in the runtime namespace, after the container is gone.
  public var poststop: [Hook]?

  /// No hooks.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("prestart", &prestart)
    json.member("createRuntime", &createRuntime)
    json.member("createContainer", &createContainer)
    json.member("startContainer", &startContainer)
    json.member("poststart", &poststart)
    json.member("poststop", &poststop)
  }
}

/// One program of a hook. Spec: config.md#posix-platform-hooks
public struct Hook: JSONObject, Sendable, Equatable {
  /// Absolute path of the program.
  public var path: String
  /// The whole argument vector, `argv[0]` included.
  public var args: [String]?
  /// The whole environment.
  public var env: [String]?
  /// Seconds before the hook is aborted; greater than zero.
  public var timeout: Int?

  /// A hook without arguments.
  public init(path: String) {
    self.path = path
  }

  /// See `JSONObject`.
  public init() {
    path = ""
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("path", &path)
    json.member("args", &args)
    json.member("env", &env)
    json.member("timeout", &timeout)
  }
}
