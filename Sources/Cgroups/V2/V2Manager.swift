internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// A container's cgroup in the one hierarchy of cgroup v2.
final class V2Manager: CgroupManager {
  let record: CgroupRecord
  let place: CgroupRecord.Directory
  /// Opened when first needed.
  var opened: OpenDirectory?
  /// Why controllers could not be switched on for the cgroup, by name.
  var refusals: [String: RuntimeError] = [:]

  init(record: CgroupRecord) throws(RuntimeError) {
    guard let place = record.directories.first, record.directories.count == 1,
      place.hierarchy == Hierarchy.Identity.cgroup2.text, place.path.utf8.count > 1
    else { throw RuntimeError(.damagedState, "the record of cgroups has not one directory of cgroup2") }
    self.record = record
    self.place = place
  }

  var mounts: [CgroupMount] { [CgroupMount(.cgroup2, hostDirectory: place.hostPath)] }

  /// The cgroup's descriptor, which lives as long as the manager.
  func directory() throws(RuntimeError) -> CInt {
    if let opened { return opened.descriptor.number }
    let open = try OpenDirectory(place.hostPath)
    opened = open
    return open.descriptor.number
  }

  func openMembership(
    nested: [NestedCgroup], beside pid: CInt?
  ) throws(RuntimeError) -> CgroupMembership {
    if let entry = nested.first(where: { $0.controller != nil }) {
      throw RuntimeError(
        .unsupported,
        "--cgroup \"\(entry.controller?.rawValue ?? ""):\(entry.path)\": cgroup v2 has one "
          + "hierarchy for all controllers", hint: "leave the controller out")
    }
    return try during("opening the container's cgroup") { () throws(RuntimeError) in
      let target: Descriptor
      if let entry = nested.last {
        target = try open(entry)
      } else {
        target = try takingProcesses(beside: pid)
      }
      return CgroupMembership(tasks: [], cloneTarget: target.release())
    }
  }

  /// A cgroup below the container's own. The container makes and names those, so the way is not left.
  private func open(_ nested: NestedCgroup) throws(RuntimeError) -> Descriptor {
    try during("--cgroup \(nested.path) in \(place.hostPath)") { () throws(RuntimeError) in
      try Kernel.open(
        nested.path, at: directory(), flags: O_RDONLY | O_DIRECTORY,
        resolve: ResolveFlags.beneath | ResolveFlags.noSymlinks)
    }
  }

  /// The container's cgroup or, if its processes share it out to cgroups below, where one of them is: a
  /// cgroup that hands controllers down takes no processes.
  private func takingProcesses(beside pid: CInt?) throws(RuntimeError) -> Descriptor {
    let own = try directory()
    guard let pid, try !Kernel.readControl("cgroup.subtree_control", at: own).isEmpty else {
      return try Kernel.duplicate(own)
    }
    let path = try OwnCgroups(Kernel.readControl("/proc/\(pid)/cgroup")).path(
      in: Hierarchy(.cgroup2, mountPoint: place.mountPoint, root: "/"))
    guard path.utf8.starts(with: place.path.utf8) else { return try Kernel.duplicate(own) }
    let below = Substring(path.utf8.dropFirst(place.path.utf8.count).drop { $0 == UInt8(ascii: "/") })
    if below.isEmpty { return try Kernel.duplicate(own) }
    return try Kernel.open(
      String(below), at: own, flags: O_RDONLY | O_DIRECTORY,
      resolve: ResolveFlags.beneath | ResolveFlags.noSymlinks)
  }

  func remove(wasInterrupted: Bool) throws(RuntimeError) {
    // With processes in it the cgroup is somebody else's, and so may be the rules.
    if place.isShared, (try? processes().isEmpty) == true { try? detachDevices() }
    opened = nil
    try during("removing the cgroup \(place.hostPath)") { () throws(RuntimeError) in try place.remove() }
  }
}
