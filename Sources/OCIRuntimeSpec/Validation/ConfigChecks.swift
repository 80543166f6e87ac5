internal import JSON

extension Config {
  /// Everything that the specification demands of a configuration, part by part.
  func check(_ report: inout Report) {
    checkVersion(&report)
    checkRoot(&report)
    checkNames(&report)
    checkMounts(&report)
    process?.check(&report)
    hooks?.check(&report)
    checkAnnotations(&report)
    linux?.checkNamespaces(&report)
    linux?.checkMappings(&report)
    linux?.checkTimeOffsets(&report)
    linux?.checkDevices(&report)
    linux?.checkNetDevices(&report)
    linux?.checkPaths(&report)
    linux?.checkSysctls(&report, hostname: hostname)
    linux?.checkPersonality(&report)
    linux?.resources?.check(&report)
    linux?.intelRdt?.check(&report)
    linux?.memoryPolicy?.check(&report)
    linux?.seccomp?.check(&report)
  }

  /// A directory must be named; whether it exists shows when it is opened. Spec: config.md#root
  private func checkRoot(_ report: inout Report) {
    guard let root else { return report.fault("/root", "is missing") }
    report.requirePath(root.path, "/root/path")
  }

  /// Spec: config.md#hostname and config.md#domainname
  private func checkNames(_ report: inout Report) {
    checkName(hostname, "/hostname", &report)
    checkName(domainname, "/domainname", &report)
  }

  private func checkName(_ name: String?, _ pointer: String, _ report: inout Report) {
    guard let name, !name.isEmpty else { return }
    report.require(name.utf8.count <= 64, pointer, "is longer than 64 bytes")
    report.require(
      linux?.has(.uts) == true,
      pointer,
      "needs a uts namespace in /linux/namespaces",
      becauseOf: "/linux/namespaces"
    )
  }

  /// Spec: config.md#annotations
  private func checkAnnotations(_ report: inout Report) {
    report.require(annotations?[""] == nil, "/annotations/", "is an annotation without a key")
  }
}

extension LinuxConfig {
  /// Whether the container gets a namespace of `type`, new or joined, instead of the runtime's own.
  func has(_ type: NamespaceType) -> Bool {
    namespace(type) != nil
  }

  /// The entry for namespaces of `type`. Spec: config-linux.md#namespaces
  func namespace(_ type: NamespaceType) -> Namespace? {
    namespaces?.first { $0.type == type }
  }

  /// Masked and read-only paths, and the cgroup.
  ///
  /// Spec: config-linux.md#masked-paths, config-linux.md#readonly-paths, config-linux.md#cgroups-path
  fileprivate func checkPaths(_ report: inout Report) {
    for (index, path) in (maskedPaths ?? []).enumerated() {
      report.requireAbsolutePath(path, "/linux/maskedPaths/\(index)")
    }
    for (index, path) in (readonlyPaths ?? []).enumerated() {
      report.requireAbsolutePath(path, "/linux/readonlyPaths/\(index)")
    }
    if let cgroupsPath, !cgroupsPath.isEmpty {
      report.requirePath(cgroupsPath, "/linux/cgroupsPath")
      report.require(
        !cgroupsPath.split(separator: "/").contains(".."),
        "/linux/cgroupsPath",
        "\(quoted(cgroupsPath)) leads upwards by \"..\""
      )
    }
  }

  /// No flag is defined so far. Spec: config-linux.md#personality
  fileprivate func checkPersonality(_ report: inout Report) {
    for (index, flag) in (personality?.flags ?? []).enumerated() {
      report.fault("/linux/personality/flags/\(index)", "found \(quoted(flag)), but no flag is supported")
    }
  }
}
