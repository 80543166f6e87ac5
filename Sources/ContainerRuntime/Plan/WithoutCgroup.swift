internal import OCIRuntimeSpec
internal import RuntimeErrors

extension Plan {
  /// What `--cgroup-manager=disabled` asks of a configuration.
  ///
  /// - Throws: unsupported if it has limits, which would not hold.
  func requireNoCgroup(warn: (String) -> Void) throws(RuntimeError) {
    if let resources = linux.resources, !resources.isEmpty {
      throw RuntimeError(
        .unsupported, "config.json: /linux/resources: no limit can be set with --cgroup-manager=disabled",
        hint: "take /linux/resources out, also its rules on devices")
    }
    if !namespaces.creates(.pid) {
      warn("without cgroups and a pid namespace, delete ends only the container's first process")
    }
  }
}
