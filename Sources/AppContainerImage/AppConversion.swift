public import JSON
public import OCIImage

/// What of a manifest has no place in an OCI image.
public struct DroppedMember: JSONObject, Sendable, Equatable, CustomStringConvertible {
  /// Where it stands in the manifest. RFC 6901
  public var pointer = ""
  /// What is lost.
  public var reason = ""

  /// See `JSONValue`.
  public init() {}

  init(_ pointer: String, _ reason: String) {
    self.pointer = pointer
    self.reason = reason
  }

  /// `/app/isolators/0: resource/cpu: limits are options of a container`
  public var description: String { "\(pointer): \(reason)" }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("pointer", &pointer)
    json.member("reason", &reason)
  }
}

/// A manifest in the terms of an OCI image.
public struct AppConversion: Sendable {
  /// What containers are like.
  public private(set) var execution = ImageConfig.Execution()
  /// Metadata of the OCI manifest.
  public private(set) var annotations: [String: String] = [:]
  /// Where the image runs.
  public let platform: Platform
  /// Who made it.
  public let author: String?
  /// When it was made. RFC 3339
  public let created: String?
  /// What is lost.
  public private(set) var dropped: [DroppedMember] = []

  /// Names of annotations that say where an image comes from, so that others can depend on it.
  enum Origin {
    static let name = "io.appc.name"
    static let imageID = "io.appc.image-id"
    static let label = "io.appc.label."
  }

  /// The most ports of one range that are listed one by one.
  private static let mostPorts = 256

  /// Converts a manifest that breaks no rule.
  public init(_ manifest: AppImageManifest) {
    platform = AppPlatform.platform(of: manifest)
    author = manifest.annotation("authors")
    created = manifest.annotation("created")
    annotations[Origin.name] = manifest.name
    annotations["org.opencontainers.image.title"] = manifest.name
    for label in manifest.labels ?? [] { annotations[Origin.label + label.name] = label.value }
    if let version = manifest.label("version") { annotations["org.opencontainers.image.version"] = version }
    for (place, annotation) in (manifest.annotations ?? []).enumerated() {
      convert(annotation, "/annotations/\(place)")
    }
    if let app = manifest.app { convert(app) }
  }

  private mutating func convert(_ annotation: AppImageManifest.NamedValue, _ pointer: String) {
    switch annotation.name {
    case "created", "authors": break
    case "homepage": annotations["org.opencontainers.image.url"] = annotation.value
    case "documentation": annotations["org.opencontainers.image.documentation"] = annotation.value
    case "appc.io/executor/supports-systemd-notify":
      if annotation.value == "true" {
        dropped.append(
          DroppedMember(pointer, "whether an app tells of its readiness is an option of a container"))
      }
    default: annotations["io.appc.annotation." + annotation.name] = annotation.value
    }
  }

  private mutating func convert(_ app: AppImageManifest.App) {
    // Words behind an image's name are added to those of `exec`, as executors of App Containers add them.
    execution.entrypoint = app.exec.flatMap { $0.isEmpty ? nil : $0 }
    execution.user = "\(app.user):\(app.group)"
    execution.workingDir = app.workingDirectory
    execution.env = app.environment.map { $0.map { "\($0.name)=\($0.value)" } }
    for (name, value) in app.userLabels ?? [:] { addLabel(name, value) }
    for (name, value) in app.userAnnotations ?? [:] { addLabel(name, value) }
    convert(mountPoints: app.mountPoints ?? [])
    convert(ports: app.ports ?? [])
    drop(app)
  }

  private mutating func addLabel(_ name: String, _ value: String) {
    execution.labels = (execution.labels ?? [:]).merging([name: value]) { $1 }
  }

  private mutating func convert(mountPoints: [AppImageManifest.MountPoint]) {
    for (place, point) in mountPoints.enumerated() {
      execution.volumes = (execution.volumes ?? [:]).merging([point.path: .init()]) { $1 }
      let pointer = "/app/mountPoints/\(place)"
      dropped.append(DroppedMember(pointer + "/name", "\(point.name): volumes are known by their paths"))
      if point.readOnly == true {
        dropped.append(
          DroppedMember(pointer + "/readOnly", "whether a volume is only read is an option of a container"))
      }
    }
  }

  private mutating func convert(ports: [AppImageManifest.Port]) {
    for (place, port) in ports.enumerated() {
      let pointer = "/app/ports/\(place)"
      guard ["tcp", "udp", "sctp"].contains(port.transport) else {
        dropped.append(
          DroppedMember(pointer, "\(port.name): the protocol \(port.transport) cannot be exposed"))
        continue
      }
      let count = port.count ?? 1
      guard count <= AppConversion.mostPorts else {
        dropped.append(DroppedMember(pointer, "\(port.name): \(count) ports are too many to list"))
        continue
      }
      for number in port.port..<port.port + count {
        execution.exposedPorts = (execution.exposedPorts ?? [:]).merging([
          "\(number)/\(port.transport)": .init()
        ]) { $1 }
      }
      dropped.append(DroppedMember(pointer + "/name", "\(port.name): ports are known by their numbers"))
      if port.socketActivated == true {
        dropped.append(
          DroppedMember(pointer + "/socketActivated", "sockets are passed on by options of a container"))
      }
    }
  }

  private mutating func drop(_ app: AppImageManifest.App) {
    for (place, isolator) in (app.isolators ?? []).enumerated() {
      dropped.append(
        DroppedMember(
          "/app/isolators/\(place)", "\(isolator.name): limits and rights are options of a container"))
    }
    for (place, handler) in (app.eventHandlers ?? []).enumerated() {
      dropped.append(
        DroppedMember("/app/eventHandlers/\(place)", "\(handler.name): images have no such programs"))
    }
    if let groups = app.supplementaryGIDs, !groups.isEmpty {
      dropped.append(DroppedMember("/app/supplementaryGIDs", "further groups are an option of a container"))
    }
  }

  /// Replaces the user and group.
  mutating func setUser(_ text: String) { execution.user = text }

  /// Notes what the image was made from.
  mutating func note(imageID: String) { annotations[Origin.imageID] = imageID }
}
