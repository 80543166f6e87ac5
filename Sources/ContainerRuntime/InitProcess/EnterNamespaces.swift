internal import Cgroups
internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// Spec: config-linux.md#namespaces, config-linux.md#user-namespace-mappings
extension InitProcess {
  /// Comes into every namespace that clone3(2) did not already give.
  func enterNamespaces() throws(RuntimeError) {
    let namespaces = plan.namespaces
    if prepared.cgroups.isByAdoption { try process.awaitAdoption() }
    if plan.options.isInPlace {
      // What clone3(2) does for others; the cgroup first, while it is the host's root who asks.
      try prepared.cgroups.joinAll()
      try Kernel.unshare(namespaces.cloneFlags)
    }
    if namespaces.creates(.user) {
      try process.channel.send(.needsMappings)
      try process.channel.awaitProceed()
    }
    if plan.isUnprivileged {
      // Here are the rights that the runtime lacks, and it is still the user who can reach the sources.
      if namespaces.creates(.time) { try makeTimeNamespace() }
      try prepared.makeSources(plan)
    }
    if namespaces.hasUserNamespace { try becomeRootOfUserNamespace() }
    // Until the program runs, nobody in the container may look into this process.
    try Kernel.control(.dumpable, 0)
    if !namespaces.needsIntermediate {
      for type in namespaces.joinOrder where type != .pid { try prepared.namespaces.join(type) }
    }
    if namespaces.creates(.time) { try enterNewTimeNamespace() }
  }

  private func becomeRootOfUserNamespace() throws(RuntimeError) {
    do {
      try Kernel.setUser(uid: 0, gid: 0)
    } catch {
      throw error.adding(context: "becoming root of the user namespace")
        .hinting("linux.uidMappings and linux.gidMappings must map the container's ID 0")
    }
  }

  /// Offsets can be set only while the namespace is empty, so it is made for children and then joined.
  ///
  /// Spec: config-linux.md#offset-for-time-namespace, time_namespaces(7)
  private func makeTimeNamespace() throws(RuntimeError) {
    try Kernel.unshare(CloneFlags.newTime)
    if !(plan.linux.timeOffsets ?? [:]).isEmpty {
      try process.channel.send(.needsTimeOffsets)
      try process.channel.awaitProceed()
    }
  }

  private func enterNewTimeNamespace() throws(RuntimeError) {
    if !plan.isUnprivileged { try makeTimeNamespace() }
    let namespace = try prepared.proc.open(
      "self/ns/time_for_children", flags: O_RDONLY, isMagicLink: true)
    try Kernel.join(namespace.number, type: CloneFlags.newTime)
  }

  /// Joins the container's cgroups, and makes them the root of a new cgroup namespace.
  func joinCgroups() throws(RuntimeError) {
    if !plan.options.isInPlace { try prepared.cgroups.join() }
    if plan.namespaces.creates(.cgroup) { try Kernel.unshare(CloneFlags.newCgroup) }
  }

  /// Spec: config-linux.md#network-devices
  func takeNetDevices() throws(RuntimeError) {
    if (plan.linux.netDevices ?? [:]).isEmpty { return }
    // This process cannot be looked into any more, so it hands its namespace out.
    let namespace = try prepared.proc.open("self/ns/net", flags: O_RDONLY, isMagicLink: true)
    try process.channel.send(.needsNetDevices, descriptors: [namespace.number])
    try process.channel.awaitProceed()
  }

  /// Spec: config.md#hostname, config.md#domainname
  func setHostname() throws(RuntimeError) {
    if let hostname = plan.config.hostname { try Kernel.setHostname(hostname) }
    if let domainname = plan.config.domainname { try Kernel.setDomainname(domainname) }
  }

  /// Spec: config-linux.md#sysctl
  func setKernelParameters() throws(RuntimeError) {
    for (name, value) in (plan.linux.sysctl ?? [:]).sorted(by: { $0.key < $1.key }) {
      try during("config.json: /linux/sysctl" + JSONPointer.step(name)) { () throws(RuntimeError) in
        try prepared.proc.write(value, to: "sys/\(Sysctl.path(of: name) ?? name)")
      }
    }
  }
}
