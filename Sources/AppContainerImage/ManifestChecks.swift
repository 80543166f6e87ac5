internal import JSON
public import OCIImage

/// The rules that a manifest can break without being another document.
///
/// Spec: aci.md#image-manifest-schema
extension AppImageManifest {
  private static let schema = "aci.md#image-manifest-schema"

  /// Adds all that is wrong with it.
  public func check(_ faults: inout FaultList) {
    if acKind != "ImageManifest", !faults.has("/acKind") {
      faults.must("/acKind", "found \(quoted(acKind)), expected \"ImageManifest\"", "types.md#ac-kind-type")
    }
    checkVersion(&faults)
    checkIdentifier(name, "/name", &faults)
    AppImageManifest.checkLabels(labels ?? [], "/labels", &faults)
    app?.check(&faults)
    for (place, dependency) in (dependencies ?? []).enumerated() {
      let pointer = "/dependencies/\(place)"
      checkIdentifier(dependency.imageName, "\(pointer)/imageName", &faults)
      AppImageManifest.checkLabels(dependency.labels ?? [], "\(pointer)/labels", &faults)
      if let id = dependency.imageID, !AppFormats.isImageID(id) {
        faults.must(
          "\(pointer)/imageID", "found \(quoted(id)), expected sha512- and 128 hexadecimal digits",
          "types.md#image-id-type")
      }
    }
    for (place, path) in (pathWhitelist ?? []).enumerated() where !AppFormats.isAbsolute(path) {
      faults.must(
        "/pathWhitelist/\(place)", "found \(quoted(path)), expected an absolute path without \"..\"",
        AppImageManifest.schema)
    }
    checkAnnotations(&faults)
  }

  /// Spec: types.md#ac-version-type
  private func checkVersion(_ faults: inout FaultList) {
    let rule = "types.md#ac-version-type"
    guard !faults.has("/acVersion") else { return }
    guard let version = AppFormats.version(acVersion) else {
      return faults.must("/acVersion", "found \(quoted(acVersion)), expected a version such as 0.8.11", rule)
    }
    if version.major != 0 || version.minor > 8 {
      faults.must("/acVersion", "found \(acVersion), the last version that is known is 0.8.11", rule)
    }
  }

  private func checkIdentifier(_ text: String, _ pointer: String, _ faults: inout FaultList) {
    AppImageManifest.checkIdentifier(text, pointer, &faults)
  }

  static func checkIdentifier(_ text: String, _ pointer: String, _ faults: inout FaultList) {
    if !AppFormats.isIdentifier(text), !faults.has(pointer) {
      faults.must(
        pointer,
        "found \(quoted(text)), expected lower-case letters and digits with - . _ ~ or / between them",
        "types.md#ac-identifier-type")
    }
  }

  static func checkName(_ text: String, _ pointer: String, _ faults: inout FaultList) {
    if !AppFormats.isName(text), !faults.has(pointer) {
      faults.must(
        pointer, "found \(quoted(text)), expected lower-case letters and digits with - between them",
        "types.md#ac-name-type")
    }
  }

  /// Adds a fault for each text that occurred before.
  static func checkUnique(
    _ texts: [String], _ pointer: String, _ member: String, _ faults: inout FaultList
  ) {
    var seen: Set<String> = []
    for (place, text) in texts.enumerated() where !seen.insert(text).inserted {
      faults.must("\(pointer)/\(place)/\(member)", "\(quoted(text)) occurs twice", schema)
    }
  }

  private static func checkLabels(_ labels: [NamedValue], _ pointer: String, _ faults: inout FaultList) {
    for (place, label) in labels.enumerated() {
      checkIdentifier(label.name, "\(pointer)/\(place)/name", &faults)
      if label.name == "name" {
        faults.must("\(pointer)/\(place)/name", "a label cannot be called \"name\"", schema)
      }
    }
    checkUnique(labels.map(\.name), pointer, "name", &faults)
    let system = labels.first { $0.name == "os" }?.value
    let machine = labels.first { $0.name == "arch" }?.value
    if let machine, system == nil {
      faults.should(pointer, "the label arch, \(quoted(machine)), means nothing without os", schema)
    }
    guard let system else { return }
    guard let machines = AppPlatform.machines[system] else {
      let systems = AppPlatform.machines.keys.sorted().joined(separator: ", ")
      return faults.must(pointer, "the label os is \(quoted(system)), expected one of \(systems)", schema)
    }
    if let machine, !machines.contains(machine) {
      faults.must(
        pointer,
        "the label arch is \(quoted(machine)), expected for \(system) one of \(machines.joined(separator: ", "))",
        schema)
    }
  }

  private func checkAnnotations(_ faults: inout FaultList) {
    let all = annotations ?? []
    AppImageManifest.checkUnique(all.map(\.name), "/annotations", "name", &faults)
    for (place, annotation) in all.enumerated() {
      let pointer = "/annotations/\(place)"
      checkIdentifier(annotation.name, "\(pointer)/name", &faults)
      let value = annotation.value
      switch annotation.name {
      case "created" where !Formats.isDateTime(value):
        faults.must(
          "\(pointer)/value", "found \(quoted(value)), expected a time as in RFC 3339",
          "types.md#timestamps-type"
        )
      case "homepage" where !AppFormats.isWebAddress(value),
        "documentation" where !AppFormats.isWebAddress(value):
        faults.must(
          "\(pointer)/value", "found \(quoted(value)), expected an address with http: or https:",
          AppImageManifest.schema)
      case "appc.io/executor/supports-systemd-notify" where value != "true" && value != "false":
        faults.must(
          "\(pointer)/value", "found \(quoted(value)), expected \"true\" or \"false\"",
          AppImageManifest.schema)
      default: break
      }
    }
  }
}

extension AppImageManifest.App {
  private static let schema = "aci.md#image-manifest-schema"

  fileprivate func check(_ faults: inout FaultList) {
    for (member, text) in [("user", user), ("group", group)]
    where text.isEmpty && !faults.has("/app/\(member)") {
      faults.must("/app/\(member)", "is empty", Self.schema)
    }
    if let exec, exec.first?.isEmpty == true { faults.must("/app/exec/0", "is empty", Self.schema) }
    if let workingDirectory, !AppFormats.isAbsolute(workingDirectory) {
      faults.must(
        "/app/workingDirectory", "found \(quoted(workingDirectory)), expected an absolute path", Self.schema)
    }
    for (place, variable) in (environment ?? []).enumerated() where !AppFormats.isVariable(variable.name) {
      faults.must(
        "/app/environment/\(place)/name",
        "found \(quoted(variable.name)), expected letters, digits, _ . and -", Self.schema)
    }
    checkHandlers(&faults)
    checkIsolators(&faults)
    checkMountPoints(&faults)
    checkPorts(&faults)
  }

  private func checkHandlers(_ faults: inout FaultList) {
    let all = eventHandlers ?? []
    AppImageManifest.checkUnique(all.map(\.name), "/app/eventHandlers", "name", &faults)
    for (place, handler) in all.enumerated() {
      let pointer = "/app/eventHandlers/\(place)"
      if !["pre-start", "post-stop"].contains(handler.name) {
        faults.must(
          "\(pointer)/name", "found \(quoted(handler.name)), expected pre-start or post-stop", Self.schema)
      }
      if handler.exec.first?.isEmpty ?? true {
        faults.must("\(pointer)/exec", "names no program", Self.schema)
      }
    }
  }

  /// Values are looked at where the specification's examples show their form.
  private func checkIsolators(_ faults: inout FaultList) {
    let all = isolators ?? []
    for (place, isolator) in all.enumerated() {
      let pointer = "/app/isolators/\(place)"
      AppImageManifest.checkIdentifier(isolator.name, "\(pointer)/name", &faults)
      let rule = "types.md#isolator-type"
      if isolator.name.hasPrefix("resource/") {
        for member in ["request", "limit"] {
          guard let value = isolator.value[member] else { continue }
          if case .string(let text) = value, AppFormats.isQuantity(text) { continue }
          faults.must("\(pointer)/value/\(member)", "is no quantity such as 250m or 1G", rule)
        }
      }
      if ["os/linux/capabilities-retain-set", "os/linux/capabilities-remove-set"].contains(isolator.name) {
        guard case .array(let names) = isolator.value["set"] else {
          faults.must("\(pointer)/value/set", "is no list", rule)
          continue
        }
        for (number, name) in names.enumerated() {
          if case .string(let text) = name, text.hasPrefix("CAP_") { continue }
          faults.must("\(pointer)/value/set/\(number)", "is no name of a capability", rule)
        }
      }
    }
    let capabilities = all.filter { $0.name.hasPrefix("os/linux/capabilities-") }
    if capabilities.count > 1 {
      faults.must(
        "/app/isolators", "has \(capabilities.count) sets of capabilities, which contradict each other",
        Self.schema
      )
    }
  }

  private func checkMountPoints(_ faults: inout FaultList) {
    let all = mountPoints ?? []
    AppImageManifest.checkUnique(all.map(\.name), "/app/mountPoints", "name", &faults)
    for (place, point) in all.enumerated() {
      AppImageManifest.checkName(point.name, "/app/mountPoints/\(place)/name", &faults)
      if !AppFormats.isAbsolute(point.path) {
        faults.must(
          "/app/mountPoints/\(place)/path",
          "found \(quoted(point.path)), expected an absolute path without \"..\"",
          Self.schema)
      }
    }
  }

  private func checkPorts(_ faults: inout FaultList) {
    let all = ports ?? []
    AppImageManifest.checkUnique(all.map(\.name), "/app/ports", "name", &faults)
    for (place, port) in all.enumerated() {
      let pointer = "/app/ports/\(place)"
      AppImageManifest.checkName(port.name, "\(pointer)/name", &faults)
      if port.transport.isEmpty { faults.must("\(pointer)/protocol", "is empty", Self.schema) }
      guard (1...65535).contains(port.port) else {
        faults.must("\(pointer)/port", "found \(port.port), expected 1 to 65535", Self.schema)
        continue
      }
      let count = port.count ?? 1
      if count < 1 {
        faults.must("\(pointer)/count", "found \(count), expected at least 1", Self.schema)
      } else if count > 65536 - port.port {
        faults.must("\(pointer)/count", "\(count) ports from \(port.port) on go beyond 65535", Self.schema)
      }
    }
  }
}
