public import JSON

/// What `state` prints and hooks read from their standard input.
///
/// Spec: runtime.md#state
public struct State: JSONObject, Sendable, Equatable {
  /// Version of the specification with which the state complies.
  public var ociVersion: String
  /// The container's ID, unique on the host.
  public var id: String
  /// Where the container is in its life.
  public var status: Status
  /// As seen by the reader: the runtime's pid namespace, or the container's for its hooks.
  public var pid: Int32?
  /// Absolute path of the bundle.
  public var bundle: String
  /// The annotations of the configuration.
  public var annotations: [String: String]?

  /// Spec: runtime.md#state; `paused` is an addition that every client knows.
  public enum Status: String, JSONValue, Sendable, CaseIterable {
    case creating, created, running, paused, stopped
  }

  /// The state of the container `id`.
  public init(
    ociVersion: String,
    id: String,
    status: Status,
    pid: Int32?,
    bundle: String,
    annotations: [String: String]?
  ) {
    self.ociVersion = ociVersion
    self.id = id
    self.status = status
    self.pid = pid
    self.bundle = bundle
    self.annotations = annotations
  }

  /// See `JSONObject`.
  public init() {
    ociVersion = ""
    id = ""
    status = .init()
    bundle = ""
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("ociVersion", &ociVersion)
    json.member("id", &id)
    json.member("status", &status)
    json.member("pid", &pid)
    json.member("bundle", &bundle)
    json.member("annotations", &annotations)
  }
}

/// What a seccomp agent receives with the notification descriptor.
///
/// Spec: config-linux.md#the-container-process-state
public struct ContainerProcessState: JSONObject, Sendable, Equatable {
  /// Version of the specification with which the message complies.
  public var ociVersion: String
  /// Names of the descriptors sent along, in order.
  public var fds: [String]
  /// The container process as the runtime sees it.
  public var pid: Int32
  /// `listenerMetadata` of the configuration.
  public var metadata: String?
  /// The container's state.
  public var state: State

  /// The message for one descriptor set.
  public init(ociVersion: String, fds: [String], pid: Int32, metadata: String?, state: State) {
    self.ociVersion = ociVersion
    self.fds = fds
    self.pid = pid
    self.metadata = metadata
    self.state = state
  }

  /// See `JSONObject`.
  public init() {
    ociVersion = ""
    fds = []
    pid = 0
    state = .init()
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("ociVersion", &ociVersion)
    json.member("fds", &fds)
    json.member("pid", &pid)
    json.member("metadata", &metadata)
    json.member("state", &state)
  }
}
