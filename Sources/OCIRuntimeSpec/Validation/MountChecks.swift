internal import JSON

extension Config {
  /// Spec: config.md#mounts
  func checkMounts(_ report: inout Report) {
    (mounts ?? []).check(&report, hasUserNamespace: linux?.has(.user) == true)
  }
}

extension [Mount] {
  /// Spec: config.md#mounts
  func check(_ report: inout Report, hasUserNamespace: Bool) {
    for (index, mount) in enumerated() {
      let pointer = "/mounts/\(index)"
      mount.checkPaths(&report, pointer)
      mount.checkMappings(&report, pointer, hasUserNamespace: hasUserNamespace)
    }
  }
}

extension Mount {
  /// Spec: config.md#mounts
  fileprivate func checkPaths(_ report: inout Report, _ pointer: String) {
    report.requirePath(destination, "\(pointer)/destination")
    if let first = destination.utf8.first, first != UInt8(ascii: "/") {
      report.warning(
        "\(pointer)/destination",
        "\(quoted(destination)) is relative, which is deprecated; taken from /"
      )
    }
    let options = options ?? []
    let isBind = type == "bind" || type == "rbind"
    guard isBind || options.contains("bind") || options.contains("rbind") else { return }
    if let source, !source.isEmpty {
      report.requirePath(source, "\(pointer)/source")
    } else {
      report.require(options.contains("remount"), pointer, "is a bind mount without a source")
    }
  }

  /// Spec: config.md#posix-platform-mounts and config.md#linux-mount-options
  fileprivate func checkMappings(_ report: inout Report, _ pointer: String, hasUserNamespace: Bool) {
    if (uidMappings == nil) != (gidMappings == nil) {
      let (given, missing) = uidMappings == nil ? ("gid", "uid") : ("uid", "gid")
      report.fault(pointer, "has \(given)Mappings, but no \(missing)Mappings")
    }
    if let uidMappings { checkMappings(uidMappings, "\(pointer)/uidMappings", &report) }
    if let gidMappings { checkMappings(gidMappings, "\(pointer)/gidMappings", &report) }
    guard uidMappings == nil && gidMappings == nil && !hasUserNamespace else { return }
    for (index, option) in (options ?? []).enumerated() where option == "idmap" || option == "ridmap" {
      report.fault(
        "\(pointer)/options/\(index)",
        "\(quoted(option)) needs mappings of the mount or a user namespace",
        becauseOf: "/linux/namespaces"
      )
    }
  }

  private func checkMappings(_ mappings: [IDMapping], _ pointer: String, _ report: inout Report) {
    report.require(!mappings.isEmpty, pointer, "is empty, expected at least one range")
    report.requireMappings(mappings, pointer)
  }
}
