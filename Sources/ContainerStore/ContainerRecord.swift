public import Cgroups
public import JSON
public import OCIRuntimeSpec

/// What is written down of a container: all that later commands need, so that none reads config.json again.
public struct ContainerRecord: JSONObject, Sendable, Equatable {
  /// What `state` and `list` read, too.
  public var outline: ContainerOutline
  /// Whether the configuration has a process to start.
  public var hasProcess: Bool
  /// The cgroups to remove.
  public var cgroup: CgroupRecord?
  /// Whether it has no cgroups because its user has no right to make any.
  public var mayMakeNoCgroups: Bool?
  /// Hooks of `start`.
  public var poststart: [Hook]?
  /// Hooks of `delete`.
  public var poststop: [Hook]?
  /// The root filesystem's mount, when the container has no mount namespace of its own.
  public var foreignMount: ForeignMount?
  /// What is made in resctrl.
  public var resctrl: ResctrlRecord?
  /// Where the agent of a notifying system call filter listens.
  public var seccompListener: SeccompListener?
  /// Whether `restore` made it: until it is complete, processes of CRIU's may be in its cgroups.
  public var isRestored: Bool?
  /// Whether its program has a socket for sd_notify(3).
  public var hasNotifySocket: Bool?
  /// Whether its processes stay in their caller's session keyring. `--no-new-keyring`
  public var keepsKeyring: Bool?
  /// Whether the init process has a pid namespace of its own, which ends with it.
  public var hasPIDNamespace = true

  /// A mount that does not go with the container's processes.
  public struct ForeignMount: JSONObject, Sendable, Equatable {
    /// Absolute path.
    public var path: String
    /// The kernel's number of the mount, which tells it from others at the same path. statx(2)
    public var mountID: UInt64
    /// Path of the mount namespace that the container joined; the runtime's own if absent.
    public var namespace: String?

    /// A mount at `path`.
    public init(path: String, mountID: UInt64, namespace: String?) {
      self.path = path
      self.mountID = mountID
      self.namespace = namespace
    }

    /// See `JSONObject`.
    public init() {
      path = ""
      mountID = 0
    }

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("path", &path)
      json.member("mountID", &mountID)
      json.member("namespace", &namespace)
    }
  }

  /// The agent of SCMP_ACT_NOTIFY. Spec: config-linux.md#seccomp
  public struct SeccompListener: JSONObject, Sendable, Equatable {
    /// The agent's socket.
    public var path: String
    /// What the agent is told beside the state.
    public var metadata: String?

    /// An agent at `path`.
    public init(path: String, metadata: String?) {
      self.path = path
      self.metadata = metadata
    }

    /// See `JSONObject`.
    public init() {
      path = ""
    }

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("path", &path)
      json.member("metadata", &metadata)
    }
  }

  /// The first record, before anything is made.
  public init(_ outline: ContainerOutline, hasProcess: Bool) {
    self.outline = outline
    self.hasProcess = hasProcess
  }

  /// See `JSONObject`.
  public init() {
    outline = ContainerOutline()
    hasProcess = false
  }

  /// All but the outline. See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("hasProcess", &hasProcess)
    json.member("cgroup", &cgroup)
    json.member("mayMakeNoCgroups", &mayMakeNoCgroups)
    json.member("poststart", &poststart)
    json.member("poststop", &poststop)
    json.member("foreignMount", &foreignMount)
    json.member("resctrl", &resctrl)
    json.member("seccompListener", &seccompListener)
    json.member("isRestored", &isRestored)
    json.member("hasNotifySocket", &hasNotifySocket)
    json.member("keepsKeyring", &keepsKeyring)
    json.member("hasPIDNamespace", &hasPIDNamespace)
  }
}
