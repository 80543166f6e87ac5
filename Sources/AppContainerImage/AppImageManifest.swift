public import JSON
public import OCIImage

/// What an App Container Image says of itself: the file `manifest`.
///
/// Spec: aci.md#image-manifest-schema
public struct AppImageManifest: JSONObject, Sendable, Equatable {
  /// `ImageManifest`
  public var acKind = ""
  /// The version of the specification.
  public var acVersion = ""
  /// An AC Identifier: `example.com/reduce-worker`.
  public var name = ""
  /// `version`, `os`, `arch` and others.
  public var labels: [NamedValue]?
  /// How the image is run.
  public var app: App?
  /// Images that lie below.
  public var dependencies: [Dependency]?
  /// The only paths that are there in the end.
  public var pathWhitelist: [String]?
  /// Further metadata.
  public var annotations: [NamedValue]?

  /// See `JSONValue`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("acKind", &acKind)
    json.member("acVersion", &acVersion)
    json.member("name", &name)
    json.member("labels", &labels)
    json.member("app", &app)
    json.member("dependencies", &dependencies)
    json.member("pathWhitelist", &pathWhitelist)
    json.member("annotations", &annotations)
  }

  /// The value of a label.
  public func label(_ name: String) -> String? { labels?.first { $0.name == name }?.value }

  /// The value of an annotation.
  public func annotation(_ name: String) -> String? { annotations?.first { $0.name == name }?.value }

  /// A name and a text.
  public struct NamedValue: JSONObject, Sendable, Equatable {
    /// What it is called.
    public var name = ""
    /// What it is.
    public var value = ""

    /// See `JSONValue`.
    public init() {}

    /// A name with its text.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("name", &name)
      json.member("value", &value)
    }
  }

  /// An image that lies below. Spec: aci.md#dependency-matching
  public struct Dependency: JSONObject, Sendable, Equatable {
    /// Its name.
    public var imageName = ""
    /// The hash of its archive: `sha512-…`.
    public var imageID: String?
    /// Labels that it has.
    public var labels: [NamedValue]?
    /// Its length in bytes.
    public var size: UInt64?

    /// See `JSONValue`.
    public init() {}

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("imageName", &imageName)
      json.member("imageID", &imageID)
      json.member("labels", &labels)
      json.member("size", &size)
    }
  }
}

extension AppImageManifest: ImageDocument {
  /// What messages call it.
  public static var kind: String { "App Container Image manifest" }
}

extension AppImageManifest {
  /// How an image is run. Spec: aci.md#image-manifest-schema
  public struct App: JSONObject, Sendable, Equatable {
    /// Program and arguments.
    public var exec: [String]?
    /// Name, number, or a path whose owner is meant.
    public var user = ""
    /// Name, number, or a path whose group is meant.
    public var group = ""
    /// Further groups.
    public var supplementaryGIDs: [UInt32]?
    /// Programs that run before and after.
    public var eventHandlers: [EventHandler]?
    /// Absolute path.
    public var workingDirectory: String?
    /// Variables.
    public var environment: [NamedValue]?
    /// Limits and rights.
    public var isolators: [Isolator]?
    /// Where data is expected.
    public var mountPoints: [MountPoint]?
    /// Where it listens.
    public var ports: [Port]?
    /// For people.
    public var userAnnotations: [String: String]?
    /// For people.
    public var userLabels: [String: String]?

    /// See `JSONValue`.
    public init() {}

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("exec", &exec)
      json.member("user", &user)
      json.member("group", &group)
      json.member("supplementaryGIDs", &supplementaryGIDs)
      // The specification's own example writes it so.
      if supplementaryGIDs == nil { json.member("supplementaryGids", &supplementaryGIDs) }
      json.member("eventHandlers", &eventHandlers)
      json.member("workingDirectory", &workingDirectory)
      json.member("environment", &environment)
      json.member("isolators", &isolators)
      json.member("mountPoints", &mountPoints)
      json.member("ports", &ports)
      json.member("userAnnotations", &userAnnotations)
      json.member("userLabels", &userLabels)
    }
  }

  /// A program that runs before or after the app's own.
  public struct EventHandler: JSONObject, Sendable, Equatable {
    /// `pre-start` or `post-stop`.
    public var name = ""
    /// Program and arguments.
    public var exec: [String] = []

    /// See `JSONValue`.
    public init() {}

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("name", &name)
      json.member("exec", &exec)
    }
  }

  /// A limit or a right. Spec: types.md#isolator-type
  public struct Isolator: JSONObject, Sendable, Equatable {
    /// An AC Identifier.
    public var name = ""
    /// Whatever the name asks for.
    public var value = JSONTree()

    /// See `JSONValue`.
    public init() {}

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("name", &name)
      json.member("value", &value)
    }
  }

  /// Where data is expected.
  public struct MountPoint: JSONObject, Sendable, Equatable {
    /// An AC Name.
    public var name = ""
    /// Absolute path.
    public var path = ""
    /// Whether it is only read.
    public var readOnly: Bool?

    /// See `JSONValue`.
    public init() {}

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("name", &name)
      json.member("path", &path)
      json.member("readOnly", &readOnly)
    }
  }

  /// Where an app listens.
  public struct Port: JSONObject, Sendable, Equatable {
    /// An AC Name.
    public var name = ""
    /// `tcp`, `udp` and others.
    public var transport = ""
    /// The first of them.
    public var port = 0
    /// How many there are.
    public var count: Int?
    /// Whether the app takes a socket that listens.
    public var socketActivated: Bool?

    /// See `JSONValue`.
    public init() {}

    /// See `JSONObject`.
    public mutating func members(_ json: inout JSONExchange) {
      json.member("name", &name)
      json.member("protocol", &transport)
      json.member("port", &port)
      json.member("count", &count)
      json.member("socketActivated", &socketActivated)
    }
  }
}
