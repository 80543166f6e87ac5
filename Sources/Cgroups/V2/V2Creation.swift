internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

extension V2Manager {
  func create(_ resources: Resources?, owner: UInt32?) throws(RuntimeError) {
    // Before anything is made: nothing can be wrong with the rules later.
    _ = try DeviceRules(resources?.devices)
    try during("creating the cgroup \(place.hostPath)") { () throws(RuntimeError) in
      opened = try place.make()
    }
    try requireReach()
    // Also when one above it is.
    if ControlFileText.counters(try Kernel.readControl("cgroup.events", at: directory()))["frozen"] == 1 {
      throw RuntimeError(
        .invalidState,
        "the cgroup \(place.path) is frozen, so a container in it would hang",
        hint: "thaw it, or choose another linux.cgroupsPath"
      )
    }
    try enableControllers()
    try configure(resources, owner: owner)
  }

  /// Sets what is configured, in a cgroup that is there.
  func configure(_ resources: Resources?, owner: UInt32?) throws(RuntimeError) {
    try requireDomain()
    if let resources {
      for group in try settings(of: resources) { try write(group) }
    }
    let devices = DeviceProgram(try DeviceRules(resources?.devices))
    try replaceDevices(devices, isFirst: !place.isShared)
    if let owner { try delegate(to: owner) }
  }

  /// Switches on what the mount point has, for the cgroup and those above it, so that all is counted and
  /// can be limited later. What cannot be switched on is missed only by a limit that needs it.
  private func enableControllers() throws(RuntimeError) {
    let names = try Self.names(in: "cgroup.controllers", of: place.mountPoint)
    let components = place.path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    let parents = components.indices.map { index in
      ([place.mountPoint] + components[..<index]).joined(separator: "/")
    }
    guard let parent = parents.last else { return }
    // Mostly somebody has done so before.
    if try Self.names(in: "cgroup.subtree_control", of: parent).isSuperset(of: names) { return }
    for path in parents {
      let missing = try Self.names(in: "cgroup.controllers", of: path)
        .subtracting(try Self.names(in: "cgroup.subtree_control", of: path))
      if missing.isEmpty { continue }
      let request = missing.sorted().map { "+\($0)" }.joined(separator: " ")
      if (try? Kernel.writeText(request, to: path + "/cgroup.subtree_control")) != nil { continue }
      // One that cannot be had must not keep the others away.
      for name in missing.sorted() {
        do throws(RuntimeError) {
          try Kernel.writeText("+\(name)", to: path + "/cgroup.subtree_control")
        } catch {
          refusals[name] = error
        }
      }
    }
  }

  private static func names(in file: String, of directory: String) throws(RuntimeError) -> Set<String> {
    Set(try Kernel.readControl("\(directory)/\(file)").split(separator: " ").map(String.init))
  }

  /// Below a threaded cgroup no process can be put into a new one: the kernel would only say EOPNOTSUPP.
  private func requireDomain() throws(RuntimeError) {
    guard try Kernel.readControl("cgroup.type", at: directory()) == "domain invalid" else { return }
    throw RuntimeError(
      .invalidState, "the cgroup \(place.path) cannot have processes, as one above it is threaded",
      hint: "choose another linux.cgroupsPath")
  }

  /// Lets the container's user make cgroups in its own. Spec: config-linux.md#cgroup-ownership
  private func delegate(to owner: UInt32) throws(RuntimeError) {
    let directory = try directory()
    let same = UInt32.max
    try during("giving \(place.hostPath) to user \(owner)") { () throws(RuntimeError) in
      do throws(RuntimeError) {
        try Kernel.changeOwner(directory, uid: owner, gid: same)
      } catch let error where record.isRootless == true && error.errno == .notPermitted {
        return
      }
      let listed = try? Kernel.readControl("/sys/kernel/cgroup/delegate")
      let names =
        listed?.split(separator: "\n").map(String.init) ?? [
          "cgroup.procs", "cgroup.subtree_control", "cgroup.threads",
        ]
      for name in names {
        do throws(RuntimeError) {
          let file = try Kernel.open(name, at: directory, flags: OpenFlags.path | O_NOFOLLOW)
          try Kernel.changeOwner(file.number, uid: owner, gid: same)
        } catch {
          // Not every kernel has every file in every cgroup.
          if error.errno != .noSuchFileOrDirectory { throw error }
        }
      }
    }
  }
}
