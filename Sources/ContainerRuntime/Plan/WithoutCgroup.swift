internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Containers that stay in their caller's cgroups.
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
    if leavesProcesses { warn(Plan.warningOfProcesses) }
  }

  /// Whether more processes than one may be left when the container ends.
  var leavesProcesses: Bool { !namespaces.creates(.pid) }

  static let warningOfProcesses =
    "without cgroups and a pid namespace, delete ends only the container's first process"

  /// Whether the container may do without cgroups that its user has no right to make. Who asks for systemd's
  /// gets them, or an error.
  var mayDoWithoutCgroups: Bool { isRootless && options.cgroupManager == .cgroupfs }

  /// What a container without cgroups asks of its configuration. Rules on devices are none: they hold by the
  /// rights of the user.
  ///
  /// - Throws: The reason why there are no cgroups, with the first limit that would not hold.
  func requireNoLimit(_ reason: RuntimeError) throws(RuntimeError) {
    guard let limit = linux.resources?.firstLimit else { return }
    throw reason.adding(context: "config.json: /linux/resources/\(limit): a limit needs a cgroup").hinting(
      "with cgroup v2 and systemd, --cgroup-manager=systemd makes cgroups for users, too; else take the limit out"
    )
  }
}

extension Resources {
  /// The first property that sets a limit, but for rules on devices.
  fileprivate var firstLimit: String? {
    let limits: [(name: String, isSet: Bool)] = [
      ("memory", memory ?? MemoryResources() != MemoryResources()),
      ("cpu", cpu ?? CPUResources() != CPUResources()),
      ("pids", pids?.limit ?? -1 >= 0), ("blockIO", blockIO ?? BlockIOResources() != BlockIOResources()),
      ("hugepageLimits", hugepageLimits?.isEmpty == false),
      ("network", network ?? NetworkResources() != NetworkResources()),
      ("rdma", rdma?.isEmpty == false), ("unified", unified?.isEmpty == false),
    ]
    return limits.first(where: \.isSet)?.name
  }
}
