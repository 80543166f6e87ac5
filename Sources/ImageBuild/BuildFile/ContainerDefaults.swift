internal import JSON
internal import OCIImage

/// What a build file says of the image's containers: what it leaves out stays as in the image that it begins with.
struct ContainerDefaults: Sendable {
  var entrypoint: [String]?
  var cmd: [String]?
  var environment: [(name: String, value: String)] = []
  var user: String?
  var workingDirectory: String?
  var labels: [(name: String, value: String)] = []
  var ports: [String] = []
  var volumes: [String] = []
  var stopSignal: String?

  init() {}

  /// The member `config`.
  init(_ node: FileNode, _ faults: BuildFileFaults) {
    guard var section = Section(node, faults) else { return }
    entrypoint = section.value("entrypoint").map { ContainerDefaults.words($0, faults) }
    cmd = section.value("cmd").map { ContainerDefaults.words($0, faults) }
    environment = section.pairs("env") ?? []
    user = section.string("user")
    if let node = section.value("working-dir") {
      workingDirectory = node.string(faults)
      ContainerDefaults.checkAbsolute(node, workingDirectory, faults)
    }
    labels = section.pairs("labels") ?? []
    if let node = section.value("ports") {
      ports = node.strings(faults).compactMap { ContainerDefaults.port($0, node, faults) }
    }
    if let node = section.value("volumes") {
      volumes = node.strings(faults)
      for path in volumes { ContainerDefaults.checkAbsolute(node, path, faults) }
    }
    stopSignal = section.string("stop-signal")
    section.finish()
  }

  /// A list, or a text for a shell.
  private static func words(_ node: FileNode, _ faults: BuildFileFaults) -> [String] {
    if case .scalar = node.content { return ["/bin/sh", "-c", node.string(faults) ?? ""] }
    return node.strings(faults)
  }

  private static func checkAbsolute(_ node: FileNode, _ path: String?, _ faults: BuildFileFaults) {
    if let path, !path.hasPrefix("/") {
      faults.add(node.place, "found \(quoted(path)), expected an absolute path")
    }
  }

  /// `8080`, `8080/udp`
  private static func port(_ text: String, _ node: FileNode, _ faults: BuildFileFaults) -> String? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if let number = UInt16(parts[0]), number > 0, parts.count <= 2,
      parts.count == 1 || ["tcp", "udp", "sctp"].contains(parts[1])
    {
      return "\(number)/\(parts.count == 2 ? parts[1] : "tcp")"
    }
    faults.add(node.place, "found \(quoted(text)), expected a port such as 8080 or 53/udp")
    return nil
  }

  /// Changes what an image has.
  func apply(to execution: inout ImageConfig.Execution) {
    if let entrypoint {
      execution.entrypoint = entrypoint
      // Words for another program mean nothing to this one.
      execution.cmd = nil
    }
    if let cmd { execution.cmd = cmd }
    for (name, value) in environment { execution.setVariable(name, value) }
    if let user { execution.user = user }
    if let workingDirectory { execution.workingDir = workingDirectory }
    for (name, value) in labels { execution.setLabel(name, value) }
    for port in ports { execution.expose(port) }
    for path in volumes { execution.addVolume(path) }
    if let stopSignal { execution.stopSignal = stopSignal }
  }
}
