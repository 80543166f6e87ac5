internal import JSON

/// Spec: config.md
extension FaultList {
  /// Adds what is wrong with an image configuration.
  ///
  /// - Parameters:
  ///   - layers: How many layers the manifest has.
  public mutating func check(_ config: ImageConfig, layers: Int) {
    let rule = "config.md#properties"
    check(date: config.created, at: "/created")
    check(
      architecture: config.architecture, os: config.os, variant: config.variant,
      osFeatures: config.osFeatures,
      at: "", rule)
    if config.rootfs.type != "layers" {
      must("/rootfs/type", "found \(quoted(config.rootfs.type)), expected \"layers\"", rule)
    }
    for (index, digest) in config.rootfs.diffIDs.enumerated() where !digest.isWellFormed {
      must(
        "/rootfs/diff_ids/\(index)", "\(quoted(digest.text, limit: 200)) is no digest",
        "config.md#layer-diffid")
    }
    if config.rootfs.diffIDs.count != layers {
      must(
        "/rootfs/diff_ids", "has \(config.rootfs.diffIDs.count) entries, the manifest \(layers) layers", rule)
    }
    if let execution = config.config { check(execution) }
    check(config.history, layers: layers)
  }

  private mutating func check(date: String?, at pointer: String) {
    guard let date, !Formats.isDateTime(date) else { return }
    must(pointer, "found \(quoted(date)), expected a date and time of RFC 3339", "config.md#properties")
  }

  private mutating func check(_ history: [ImageConfig.History]?, layers: Int) {
    guard let history else { return }
    for (index, step) in history.enumerated() { check(date: step.created, at: "/history/\(index)/created") }
    let steps = history.filter { $0.emptyLayer != true }.count
    if steps != layers {
      should("/history", "tells of \(steps) layers, the manifest has \(layers)", "config.md#properties")
    }
  }

  private mutating func check(_ execution: ImageConfig.Execution) {
    let rule = "config.md#properties"
    for port in (execution.exposedPorts ?? [:]).keys.sorted() where !FaultList.isPort(port) {
      must("/config/ExposedPorts" + JSONPointer.step(port), "is none of port, port/tcp and port/udp", rule)
    }
    for (index, variable) in (execution.env ?? []).enumerated()
    where !variable.dropFirst().contains("=") || variable.hasPrefix("=") {
      must("/config/Env/\(index)", "found \(quoted(variable)), expected NAME=VALUE", rule)
    }
    if let user = execution.user {
      let parts = user.split(separator: ":", omittingEmptySubsequences: false)
      if parts.count > 2 || !user.isEmpty && parts.contains(where: \.isEmpty) {
        must("/config/User", "found \(quoted(user)), expected user or user:group", rule)
      }
    }
    if let signal = execution.stopSignal, !FaultList.isSignal(signal) {
      must("/config/StopSignal", "found \(quoted(signal)), expected a name such as SIGTERM", rule)
    }
    check(annotations: execution.labels, at: "/config/Labels")
  }

  private static func isPort(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let number = UInt16(parts[0]), number > 0 else { return false }
    return parts.count == 1 || parts.count == 2 && ["tcp", "udp"].contains(parts[1])
  }

  /// `SIGKILL`, `SIGRTMIN+3`, or a number, which Docker writes.
  private static func isSignal(_ text: String) -> Bool {
    if let number = Int(text) { return (1...64).contains(number) }
    let name = text.hasPrefix("SIG") ? text.dropFirst(3) : ""
    return name.unicodeScalars.allSatisfy {
      ("A"..."Z").contains($0) || ("0"..."9").contains($0) || "+-".unicodeScalars.contains($0)
    }
      && name.unicodeScalars.first.map { ("A"..."Z").contains($0) } == true
  }
}
