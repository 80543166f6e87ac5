internal import OCIRuntimeSpec

extension Plan {
  /// The user of the host who gets the container's cgroup, where the container can write to it and sees
  /// nothing above; nil if it remains the runtime's.
  ///
  /// Spec: config-linux.md#cgroup-ownership
  var cgroupOwner: UInt32? {
    guard namespaces.creates(.cgroup), mountsCgroupsWritable else { return nil }
    let uid = config.process?.user?.uid ?? 0
    if namespaces.inherits(.user) { return uid == 0 ? nil : uid }
    let mapping = (linux.uidMappings ?? []).first { mapping in
      uid >= mapping.containerID && uid - mapping.containerID < mapping.size
    }
    return mapping.map { $0.hostID + (uid - $0.containerID) }
  }

  private var mountsCgroupsWritable: Bool {
    (config.mounts ?? []).contains { mount in
      mount.source == "cgroup" && mount.destination == "/sys/fs/cgroup"
        && mount.options?.contains("ro") != true
    }
  }
}
