public import OCIRuntimeSpec
public import RuntimeErrors

/// Creates, limits, watches over and removes the cgroups of one container.
///
/// A manager comes from a `CgroupRecord` and holds descriptors of the container's cgroups while it lives.
public protocol CgroupManager: AnyObject {
  /// What the manager was made from.
  var record: CgroupRecord { get }

  /// The container's cgroups as the container is to see them below /sys/fs/cgroup.
  var mounts: [CgroupMount] { get }

  /// Makes the cgroups, with their limits, ready to be joined.
  ///
  /// After an error `remove` takes away what was made.
  ///
  /// - Parameters:
  ///   - resources: `linux.resources`. Device access is denied also when it is nil or lists no devices.
  ///   - owner: The user of the host who may make cgroups below, in cgroup v2; nil for nobody.
  func create(_ resources: Resources?, owner: UInt32?) throws(RuntimeError)

  /// Called when the init process has joined: nothing else needs to keep the cgroups for it.
  func initJoined()

  /// Moves a process into the cgroups, which was cloned outside as `CgroupMembership.isByAdoption` says.
  func adopt(_ pid: Int32) throws(RuntimeError)

  /// Opens what a process needs to join the existing cgroups.
  ///
  /// - Parameters:
  ///   - nested: Where it joins existing cgroups below the container's instead.
  ///   - pid: A process of the container, to join where it is if the container's cgroup takes no more.
  func openMembership(nested: [NestedCgroup], beside pid: CInt?) throws(RuntimeError) -> CgroupMembership

  /// Changes the limits that `resources` sets and leaves the others.
  ///
  /// Device rules replace those there are, unless they are the rules in the record: somebody else may
  /// have allowed the container more devices since.
  ///
  /// - Throws: After an error what was changed is put back, as far as the kernel lets it be.
  func update(_ resources: Resources) throws(RuntimeError)

  /// The pids of all processes in the container's cgroups and those nested in them.
  func processes() throws(RuntimeError) -> [CInt]

  /// What the kernel counts for the cgroups and those nested in them.
  func statistics() throws(RuntimeError) -> CgroupStatistics

  /// Begins to watch for processes that use up the memory of the container.
  ///
  /// - Returns: nil where memory is not limited by cgroups.
  func watchOutOfMemory() throws(RuntimeError) -> OutOfMemoryWatch?

  /// Stops all processes until `thaw`. Returns when all are stopped.
  func freeze() throws(RuntimeError)

  /// Lets frozen processes go on.
  func thaw() throws(RuntimeError)

  /// Lets processes go on also where the container itself froze them in cgroups nested in its own, so that
  /// they can end.
  func thawAll() throws(RuntimeError)

  /// Whether the processes are frozen, or about to be.
  var isFrozen: Bool { get throws(RuntimeError) }

  /// Sends `signal` to all processes at once; with SIGKILL returns when none is left.
  ///
  /// In a cgroup that was there before (`CgroupRecord.isShared`) these may be processes of others.
  func killAll(signal: CInt) throws(RuntimeError)

  /// Removes the cgroups that were created for the container, nested ones, and ancestors that a runtime
  /// created and nobody uses any more. What is gone already is no error.
  func remove() throws(RuntimeError)
}

extension CgroupManager {
  /// Directories stay while they are empty.
  public func initJoined() {}

  /// Mostly a process begins there, or moves itself.
  public func adopt(_ pid: Int32) throws(RuntimeError) {}

  /// Makes cgroups that remain the runtime's.
  public func create(_ resources: Resources?) throws(RuntimeError) { try create(resources, owner: nil) }

  /// The container's own cgroups, none below them.
  public func openMembership() throws(RuntimeError) -> CgroupMembership {
    try openMembership(nested: [], beside: nil)
  }
}

/// One directory of a container's own /sys/fs/cgroup.
public struct CgroupMount: Sendable, Equatable {
  /// The directory's name: `memory`, `cpu,cpuacct`, `systemd` or `unified`.
  public var name: String
  /// Symbolic links beside it, one for each controller mounted together: `cpu` and `cpuacct`.
  public var links: [String]
  /// For mount(2) in a cgroup namespace: `cgroup` or `cgroup2`.
  public var type: String
  /// For mount(2) in a cgroup namespace: `cpu,cpuacct` or `none,name=systemd`; empty for cgroup2.
  public var options: String
  /// The container's cgroup on the host, to bind where there is no cgroup namespace.
  public var hostDirectory: String
}

extension CgroupMount {
  /// Names a hierarchy as distributions do.
  init(_ identity: Hierarchy.Identity, hostDirectory: String) {
    self.hostDirectory = hostDirectory
    type = "cgroup"
    links = []
    switch identity {
    case .controllers(let controllers):
      name = identity.text
      options = name
      if controllers.count > 1 { links = controllers.map(\.rawValue) }
    case .named(let name):
      self.name = name
      options = "none,name=\(name)"
    case .cgroup2:
      name = "unified"
      type = "cgroup2"
      options = ""
    }
  }
}
