public import JSON

/// What runs in a container of the image, and what its layers hold.
///
/// Spec: config.md
public struct ImageConfig: JSONObject, Sendable, Equatable {
  /// When the image was created. RFC 3339
  public var created: String?
  /// Who made the image.
  public var author: String?
  /// As Go names it: `amd64`.
  public var architecture: String
  /// As Go names it: `linux`.
  public var os: String
  /// Version of the operating system.
  public var osVersion: String?
  /// Features of the operating system.
  public var osFeatures: [String]?
  /// Variant of the CPU.
  public var variant: String?
  /// Defaults of a container.
  public var config: Execution?
  /// The layers' contents.
  public var rootfs: RootFileSystem
  /// How the image came to be, the oldest step first.
  public var history: [History]?

  /// Defaults of a container. Spec: config.md#properties
  public struct Execution: JSONObject, Sendable, Equatable {
    /// `user`, `uid`, `user:group` …
    public var user: String?
    /// `8080/tcp` …
    public var exposedPorts: [String: EmptyObject]?
    /// `NAME=VALUE` …
    public var env: [String]?
    /// The first words of the command.
    public var entrypoint: [String]?
    /// Further words of the command.
    public var cmd: [String]?
    /// Directories with data of a container.
    public var volumes: [String: EmptyObject]?
    /// Where the command starts.
    public var workingDir: String?
    /// Arbitrary metadata.
    public var labels: [String: String]?
    /// What asks the container to end.
    public var stopSignal: String?

    /// Nothing is set.
    public init() {}

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("User", &user)
      json.member("ExposedPorts", &exposedPorts)
      json.member("Env", &env)
      json.member("Entrypoint", &entrypoint)
      json.member("Cmd", &cmd)
      json.member("Volumes", &volumes)
      json.member("WorkingDir", &workingDir)
      json.member("Labels", &labels)
      json.member("StopSignal", &stopSignal)
    }
  }

  /// `{}`: the value in an object that is a set of names.
  public struct EmptyObject: JSONObject, Sendable, Equatable {
    /// The only one.
    public init() {}

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {}
  }

  /// The layers' contents. Spec: config.md#properties
  public struct RootFileSystem: JSONObject, Sendable, Equatable {
    /// `layers`
    public var type: String
    /// Digests of the layers' archives before compression, the base first.
    public var diffIDs: [Digest]

    /// The contents of layers.
    public init(diffIDs: [Digest]) {
      type = "layers"
      self.diffIDs = diffIDs
    }

    /// See `JSONValue`.
    public init() {
      self.init(diffIDs: [])
      type = ""
    }

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("type", &type)
      json.member("diff_ids", &diffIDs)
    }
  }

  /// One step that made the image. Spec: config.md#properties
  public struct History: JSONObject, Sendable, Equatable {
    /// When. RFC 3339
    public var created: String?
    /// Who.
    public var author: String?
    /// By which command.
    public var createdBy: String?
    /// What else is to be said.
    public var comment: String?
    /// Whether it made no layer.
    public var emptyLayer: Bool?

    /// A step that made a layer.
    public init(created: String?, createdBy: String?, comment: String? = nil) {
      self.created = created
      self.createdBy = createdBy
      self.comment = comment
    }

    /// See `JSONValue`.
    public init() {}

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("created", &created)
      json.member("author", &author)
      json.member("created_by", &createdBy)
      json.member("comment", &comment)
      json.member("empty_layer", &emptyLayer)
    }
  }

  /// The configuration of an image for a platform.
  public init(platform: Platform, rootfs: RootFileSystem) {
    architecture = platform.architecture
    os = platform.os
    variant = platform.variant
    self.rootfs = rootfs
  }

  /// Where the image runs.
  public var platform: Platform { Platform(architecture: architecture, os: os, variant: variant) }

  /// See `JSONValue`.
  public init() {
    self.init(platform: Platform(), rootfs: RootFileSystem())
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("created", &created)
    json.member("author", &author)
    json.member("architecture", &architecture)
    json.member("os", &os)
    json.member("os.version", &osVersion)
    json.member("os.features", &osFeatures)
    json.member("variant", &variant)
    json.member("config", &config)
    json.member("rootfs", &rootfs)
    json.member("history", &history)
  }
}
