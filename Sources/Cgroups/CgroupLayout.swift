internal import LinuxKernel
public import OCIRuntimeSpec
public import RuntimeErrors

/// The hierarchies of cgroups on this host, as the runtime sees them.
public struct CgroupLayout: Sendable, Equatable {
  /// In the order of the mounts, each once.
  public var hierarchies: [Hierarchy]

  /// A layout with these hierarchies.
  public init(hierarchies: [Hierarchy]) {
    self.hierarchies = hierarchies
  }

  /// Reads /proc/self/mountinfo: the only source that is right for co-mounted controllers, for mounts at
  /// other places, and inside containers.
  public static func discover() throws(RuntimeError) -> CgroupLayout {
    try during("finding the cgroup hierarchies") { () throws(RuntimeError) in
      let text = try Kernel.readTable("/proc/self/mountinfo")
      return CgroupLayout(hierarchies: MountInformation(text).hierarchies)
    }
  }

  /// How cgroups are made on this host without systemd's help.
  ///
  /// - Throws: unsupported if no hierarchy is mounted.
  public var kind: CgroupManagerKind {
    get throws(RuntimeError) {
      // A systemd host may keep a named hierarchy of v1 for itself and all controllers on cgroup2.
      if hierarchies.contains(where: { if case .controllers = $0.identity { true } else { false } }) {
        return .v1
      }
      if hierarchies.contains(where: { $0.identity == .cgroup2 }) { return .v2 }
      throw RuntimeError(.unsupported, "no cgroup hierarchy is mounted")
    }
  }

  /// Decides where a container's cgroups will be. Creates nothing.
  ///
  /// - Parameters:
  ///   - path: `linux.cgroupsPath`. Spec: config-linux.md#cgroups-path
  ///   - containerID: Names the cgroup when there is no path: `OWN/ID` in each hierarchy.
  ///   - resources: `linux.resources`; a hybrid layout's cgroup2 is done without if it cannot be written to
  ///     and no limit needs it.
  ///   - usesSystemd: Whether systemd is to make the cgroups (`--systemd-cgroup`).
  ///   - isRootless: Whether what only the host's root may do can be left out.
  ///   - annotations: Those that begin with `org.systemd.property.` are properties of systemd's unit.
  /// - Returns: What is to be stored before `CgroupManager.create`.
  public func plan(
    path: String?,
    containerID: String,
    resources: Resources?,
    usesSystemd: Bool = false,
    isRootless: Bool = false,
    annotations: [String: String] = [:]
  ) throws(RuntimeError) -> CgroupRecord {
    var record =
      usesSystemd
      ? try systemdRecord(path, containerID, annotations, Caller.isForUser ? try UserManager() : nil)
      : try directRecord(path, containerID, resources)
    if isRootless { record.isRootless = true }
    return record
  }

  /// Without systemd's help.
  private func directRecord(
    _ path: String?, _ containerID: String, _ resources: Resources?
  ) throws(RuntimeError) -> CgroupRecord {
    let place = try CgroupPath(path, containerID: containerID)
    if try kind == .v2 {
      return CgroupRecord(manager: .v2, directories: [try cgroup2Directory(place)])
    }
    var own: OwnCgroups?
    var directories: [CgroupRecord.Directory] = []
    for hierarchy in hierarchies
    where hierarchy.identity != .cgroup2 || needsCgroup2(resources)
      || Kernel.mayWrite(hierarchy.mountPoint)
    {
      let base: String
      let components: [String]
      switch place {
      case .absolute(let names): (base, components) = ("", names)
      case .relative(let names):
        if own == nil { own = OwnCgroups(try Kernel.readControl("/proc/self/cgroup")) }
        (base, components) = (try own?.path(in: hierarchy) ?? "", names)
      }
      directories.append(try Self.directory(in: hierarchy, base: base, components: components))
    }
    return CgroupRecord(manager: .v1, directories: directories)
  }

  /// systemd's own directories are there, or it makes and removes them.
  private func systemdRecord(
    _ path: String?, _ containerID: String, _ annotations: [String: String],
    _ user: @autoclosure () throws(RuntimeError) -> UserManager?
  ) throws(RuntimeError) -> CgroupRecord {
    guard try kind == .v2, let hierarchy = hierarchies.first(where: { $0.identity == .cgroup2 }) else {
      throw RuntimeError(
        .unsupported, "cgroups are made by systemd only on hosts with cgroup v2 alone",
        hint: "leave --systemd-cgroup out, and use a linux.cgroupsPath such as /name")
    }
    // sd_booted(3)
    guard Kernel.mayExecute("/run/systemd/system") else {
      throw RuntimeError(
        .unsupported, "systemd is not running here, so it cannot make cgroups",
        hint: "leave --systemd-cgroup out, and use a linux.cgroupsPath such as /name")
    }
    let user = try user()
    let unit = try SystemdUnit(
      path, containerID: containerID, defaultSlice: user == nil ? "system.slice" : "user.slice")
    let place = (user?.cgroup ?? "") + (unit.hierarchyPath ?? "/\(unit.name)")
    let parent = String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)])
    guard try Kernel.stat(hierarchy.mountPoint + place, at: Directory.working) == nil else {
      throw RuntimeError(
        .invalidState, "/linux/cgroupsPath: systemd has \(unit.name) in \(unit.slice) already",
        hint: "another container may run in it: choose another name")
    }
    var record = CgroupRecord(
      manager: .systemd,
      directories: [
        .init(hierarchy: "cgroup2", mountPoint: hierarchy.mountPoint, path: place, existing: parent)
      ])
    record.unit = unit
    record.bus = user?.address
    let mark = String(UInt64.random(in: 1 << 60...UInt64.max), radix: 16)
    record.unitDescription = "container \(containerID) (\(mark))"
    let prefix = "org.systemd.property."
    for (name, value) in annotations where name.hasPrefix(prefix) {
      record.unitProperties = record.unitProperties ?? [:]
      record.unitProperties?[String(name.dropFirst(prefix.count))] = value
    }
    return record
  }

  /// A relative path is beside the runtime's own cgroup: one with processes in it cannot limit those below.
  private func cgroup2Directory(_ place: CgroupPath) throws(RuntimeError) -> CgroupRecord.Directory {
    guard let hierarchy = hierarchies.first(where: { $0.identity == .cgroup2 }) else {
      throw RuntimeError(.unsupported, "cgroup2 is not mounted")
    }
    switch place {
    case .absolute(let names):
      return try Self.directory(in: hierarchy, base: "", components: names)
    case .relative(let names):
      let own = try OwnCgroups(try Kernel.readControl("/proc/self/cgroup")).path(in: hierarchy)
      let slash = own.utf8.lastIndex(of: UInt8(ascii: "/")) ?? own.startIndex
      return try Self.directory(in: hierarchy, base: String(own[..<slash]), components: names)
    }
  }

  /// Whether a limit can be set only on the cgroup2 of a hybrid layout.
  private func needsCgroup2(_ resources: Resources?) -> Bool {
    guard let resources else { return false }
    if let unified = resources.unified, !unified.isEmpty { return true }
    guard let limits = resources.hugepageLimits, !limits.isEmpty else { return false }
    return !hierarchies.contains { $0.identity.has(.hugetlb) }
  }

  /// Finds out how much of the path is there, from the leaf upwards: usually all but the leaf.
  private static func directory(
    in hierarchy: Hierarchy,
    base: String,
    components: [String]
  ) throws(RuntimeError) -> CgroupRecord.Directory {
    let path = base + "/" + components.joined(separator: "/")
    var existing = path
    while !existing.isEmpty, try Kernel.stat(hierarchy.mountPoint + existing, at: Directory.working) == nil {
      let slash = existing.utf8.lastIndex(of: UInt8(ascii: "/")) ?? existing.startIndex
      existing = String(existing[..<slash])
    }
    return CgroupRecord.Directory(
      hierarchy: hierarchy.identity.text,
      mountPoint: hierarchy.mountPoint,
      path: path,
      existing: existing
    )
  }
}
