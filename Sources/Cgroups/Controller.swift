internal import RuntimeErrors

/// What a cgroup v1 hierarchy limits or accounts, as the kernel names it. cgroups(7)
public enum Controller: String, Sendable, CaseIterable {
  case cpu, cpuacct, cpuset, memory, devices, freezer, blkio, pids, hugetlb, rdma, misc, debug
  case networkClass = "net_cls"
  case networkPriority = "net_prio"
  case perfEvent = "perf_event"
}

/// How containers' cgroups are made.
public enum CgroupManagerKind: String, Sendable, CaseIterable {
  /// Directories in the hierarchies of cgroup v1, also beside a cgroup2.
  case v1
  /// Directories in the one hierarchy of cgroup v2.
  case v2
  /// Scopes that systemd makes on request.
  case systemd
}

/// One mounted hierarchy of cgroups.
public struct Hierarchy: Sendable, Equatable {
  /// Which of the kernel's hierarchies this is.
  public enum Identity: Sendable, Equatable {
    /// cgroup v1 with these controllers, mounted together, in the kernel's order.
    case controllers([Controller])
    /// cgroup v1 without a controller, such as `systemd`.
    case named(String)
    /// cgroup v2, beside cgroup v1 or alone.
    case cgroup2
  }

  /// Which hierarchy it is.
  public var identity: Identity
  /// Absolute path of the mount on the host.
  public var mountPoint: String
  /// Which cgroup is visible at the mount point: `/` unless a part of the hierarchy was mounted.
  public var root: String

  /// A hierarchy that shows `root` at `mountPoint`.
  public init(_ identity: Identity, mountPoint: String, root: String = "/") {
    self.identity = identity
    self.mountPoint = mountPoint
    self.root = root
  }
}

extension Hierarchy.Identity {
  /// What mount(8) takes as option, and what is stored: `cpu,cpuacct`, `name=systemd` or `cgroup2`.
  public var text: String {
    switch self {
    case .controllers(let controllers): controllers.map(\.rawValue).joined(separator: ",")
    case .named(let name): "name=\(name)"
    case .cgroup2: "cgroup2"
    }
  }

  /// Reads what `text` made.
  ///
  /// - Returns: nil for anything else.
  public init?(text: String) {
    if text == "cgroup2" {
      self = .cgroup2
    } else if text.hasPrefix("name=") {
      self = .named(String(text.dropFirst(5)))
    } else {
      let controllers = text.split(separator: ",").map { Controller(rawValue: String($0)) }
      let known = controllers.compactMap(\.self)
      if known.isEmpty || known.count != controllers.count { return nil }
      self = .controllers(known)
    }
  }

  /// Whether `controller` is in this hierarchy of cgroup v1.
  public func has(_ controller: Controller) -> Bool {
    guard case .controllers(let controllers) = self else { return false }
    return controllers.contains(controller)
  }
}
