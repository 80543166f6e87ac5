internal import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// What a runtime without root's rights may do with cgroups.
extension V2Manager {
  /// Whether this process may put others into the container's cgroup: that takes the right to write to
  /// `cgroup.procs` of the nearest cgroup above both. cgroups(7)
  ///
  /// A user's login session, say, is none of his own cgroups.
  var isInReach: Bool {
    guard record.isRootless == true, let text = try? Kernel.readControl("/proc/self/cgroup"),
      let own = try? OwnCgroups(text).path(in: Hierarchy(.cgroup2, mountPoint: place.mountPoint, root: "/"))
    else { return true }
    let common = zip(own.split(separator: "/"), place.path.split(separator: "/")).prefix { $0 == $1 }
    let parts = [place.mountPoint] + common.map { String($0.0) } + ["cgroup.procs"]
    return Kernel.mayWrite(parts.joined(separator: "/"))
  }

  /// Finds out before anything is in the cgroup what the clone into it would only call EACCES.
  func requireReach() throws(RuntimeError) {
    if isInReach { return }
    throw RuntimeError(systemCall: "clone3", "into \(place.hostPath)", errno: .permissionDenied)
  }
}

extension RuntimeError {
  /// Whether it is for the lack of rights over cgroups.
  public var isLackOfCgroupRights: Bool {
    errno == .permissionDenied || errno == .notPermitted || errno == .readOnlyFileSystem
  }
}
