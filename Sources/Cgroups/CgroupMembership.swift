internal import LinuxKernel
public import RuntimeErrors

/// Open files through which a process joins a container's cgroups.
///
/// The parent opens them before it clones, so that the child needs no path on the host. They are
/// close-on-exec and closed with this value.
public struct CgroupMembership: ~Copyable {
  /// The container's directory on cgroup2, where a process begins by CLONE_INTO_CGROUP; -1 if there is none
  /// to join.
  public let cloneTarget: CInt
  /// Whether the process has to be moved there instead, by `CgroupManager.adopt`.
  public private(set) var isByAdoption = false
  private let tasks: [(file: CInt, path: String)]

  /// Nothing to join: the process stays in its caller's cgroups.
  public init() {
    self.init(tasks: [], cloneTarget: -1)
  }

  /// Takes over the descriptors.
  init(tasks: [(file: CInt, path: String)], cloneTarget: CInt) {
    self.tasks = tasks
    self.cloneTarget = cloneTarget
  }

  /// For a process that is moved.
  static var byAdoption: CgroupMembership {
    var membership = CgroupMembership()
    membership.isByAdoption = true
    return membership
  }

  /// For a process that stays where it is.
  public static var none: CgroupMembership { CgroupMembership(tasks: [], cloneTarget: -1) }

  deinit {
    for (file, _) in tasks { _ = Descriptor(owning: file) }
    if cloneTarget >= 0 { _ = Descriptor(owning: cloneTarget) }
  }

  /// Moves the calling process, which has one thread, into all of the cgroups: it was not cloned into that of cgroup2.
  public borrowing func joinAll() throws(RuntimeError) {
    if cloneTarget >= 0 {
      try during("joining the cgroup of cgroup2") { () throws(RuntimeError) in
        try Kernel.writeText("0", to: "cgroup.procs", at: cloneTarget)
      }
    }
    try join()
  }

  /// Moves the calling thread into the cgroups of v1. For a process with one thread, such as a fresh child.
  ///
  /// A thread that moves itself waits for nothing. Moving another process, or a whole one by
  /// cgroup.procs, waits 8 to 13 ms for an RCU grace period.
  public borrowing func join() throws(RuntimeError) {
    for (file, path) in tasks {
      try during("joining the cgroup \(path)") { () throws(RuntimeError) in
        try Kernel.writeText("0", descriptor: file, name: "tasks")
      }
    }
  }
}
