internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// Spec: config.md#process, config.md#linux-process
extension ContainerProcess {
  /// Scheduler, I/O priority, memory policy, personality: what needs rights that go next.
  func setScheduling() throws(RuntimeError) {
    if let personality = plan.personality {
      try Kernel.setPersonality(personality.domain == .linux32 ? 0x0008 : 0)
    }
    if let policy = plan.memoryPolicy {
      try during("config.json: /linux/memoryPolicy") { () throws(RuntimeError) in
        try Kernel.setMemoryPolicy(mode: policy.kernelMode, nodes: IndexList(policy.nodes ?? "")?.bits ?? [])
      }
    }
    guard let process = plan.process else { return }
    if let scheduler = process.scheduler {
      try during(plan.place("scheduler")) { () throws(RuntimeError) in
        do throws(RuntimeError) {
          try Kernel.setScheduler(SchedulerAttributes(scheduler))
        } catch {
          throw scheduler.explain(error)
        }
      }
    }
    if let priority = process.ioPriority {
      try during(plan.place("ioPriority")) { () throws(RuntimeError) in
        try Kernel.setIOPriority(class: priority.class.number, priority: Int(priority.priority))
      }
    }
    try raiseHardLimits(process.rlimits ?? [])
  }

  /// Raises hard limits while the process has the right to. The limits themselves come last: this
  /// program need not fit into them.
  private func raiseHardLimits(_ rlimits: [Rlimit]) throws(RuntimeError) {
    for (index, limit) in rlimits.enumerated() {
      let resource = limit.type.number
      let present = try Kernel.limit(resource)
      guard present.hard < limit.hard else { continue }
      try during(plan.place("rlimits/\(index)")) { () throws(RuntimeError) in
        do throws(RuntimeError) {
          try Kernel.setLimit(resource, soft: present.soft, hard: limit.hard)
        } catch let error where error.errno == .notPermitted {
          throw error.hinting("the caller's own is \(present.hard), and only root of the host can raise it")
        }
      }
    }
  }

  /// User, groups, capabilities, no_new_privs, labels: from here on the process has no more rights
  /// than its program will have, but for CAP_SYS_ADMIN where the system call filter still needs it.
  func setCredentials() throws(RuntimeError) {
    guard let process = plan.process else { return }
    let sets = try grantedCapabilities()
    try applyLabels()
    Kernel.setFileModeMask(process.user?.umask ?? callersMask)
    if process.noNewPrivileges == true { try Kernel.control(.noNewPrivileges, 1) }
    try sets.applyBounding()
    try setUser(process.user ?? User(uid: 0, gid: 0))
    try (filterNeedsRights ? sets.withAdministration : sets).apply()
    try Kernel.control(.dumpable, 0)
  }

  /// Whether the filter is to be installed without no_new_privs. seccomp(2)
  private var filterNeedsRights: Bool {
    plan.seccomp != nil && plan.process?.noNewPrivileges != true
  }

  private func setUser(_ user: User) throws(RuntimeError) {
    try Kernel.control(.keepCapabilities, 1)
    if try mayDropGroups() {
      try Kernel.setGroups(user.additionalGids ?? [])
    } else if user.additionalGids?.isEmpty == false {
      try warn(plan.place("user/additionalGids") + ": a user namespace without newgidmap has none")
    }
    do {
      try Kernel.setUser(uid: user.uid, gid: user.gid)
    } catch {
      throw error.adding(context: plan.place("user"))
    }
    try Kernel.control(.keepCapabilities, 0)
  }

  /// Without privileges a user namespace is made with setgroups(2) denied, and the groups stay.
  private func mayDropGroups() throws(RuntimeError) -> Bool {
    guard plan.hasUserNamespace || Caller.isInUserNamespace else { return true }
    let answer = try proc.read("self/setgroups")
    return answer.hasPrefix("allow")
  }

  /// Spec: config.md#linux-process: what cannot be granted is a warning.
  private func grantedCapabilities() throws(RuntimeError) -> CapabilitySets {
    var sets = plan.capabilities
    for reason in sets.limit(to: try CapabilitySets.grantable(of: sets.asked)) {
      try warn(plan.place("capabilities") + ": \(reason)")
    }
    return sets
  }

  /// Labels take effect at the next execve(2). Spec: config.md#linux-process
  private func applyLabels() throws(RuntimeError) {
    if let profile = plan.labels.appArmorProfile {
      try during(plan.place("apparmorProfile")) { () throws(RuntimeError) in
        try confine(profile)
      }
    }
    if let label = plan.labels.selinuxLabel {
      try during(plan.place("selinuxLabel")) { () throws(RuntimeError) in
        try proc.write(label, to: "thread-self/attr/exec")
      }
    }
  }

  /// The file of AppArmor's own is missing in old kernels, which have one for all security modules.
  private func confine(_ profile: String) throws(RuntimeError) {
    do throws(RuntimeError) {
      do throws(RuntimeError) {
        try proc.write("exec \(profile)", to: "thread-self/attr/apparmor/exec")
      } catch let error where error.errno == .noSuchFileOrDirectory && error.systemCall?.name != "write" {
        try proc.write("exec \(profile)", to: "thread-self/attr/exec")
      }
    } catch let error where error.errno == .noSuchFileOrDirectory && error.systemCall?.name == "write" {
      throw RuntimeError(
        .unsupported, "no AppArmor profile \"\(profile)\" is loaded", hint: "apparmor_parser -r loads one")
    }
  }
}

extension RlimitType {
  /// RLIMIT_*. getrlimit(2)
  var number: CInt {
    switch self {
    case .cpu: 0
    case .fileSize: 1
    case .data: 2
    case .stack: 3
    case .core: 4
    case .residentSet: 5
    case .processes: 6
    case .openFiles: 7
    case .lockedMemory: 8
    case .addressSpace: 9
    case .locks: 10
    case .pendingSignals: 11
    case .messageQueue: 12
    case .nice: 13
    case .realtimePriority: 14
    case .realtimeTime: 15
    }
  }
}

extension IOPriorityClass {
  /// IOPRIO_CLASS_*. ioprio_set(2)
  var number: Int {
    switch self {
    case .realtime: 1
    case .bestEffort: 2
    case .idle: 3
    }
  }
}

extension SchedulerAttributes {
  /// Spec: config.md#linux-process
  init(_ scheduler: Scheduler) {
    self.init(policy: scheduler.policy.number)
    flags = (scheduler.flags ?? []).reduce(0) { $0 | $1.bit }
    nice = scheduler.nice ?? 0
    priority = UInt32(bitPattern: scheduler.priority ?? 0)
    runtime = scheduler.runtime ?? 0
    deadline = scheduler.deadline ?? 0
    period = scheduler.period ?? 0
  }
}

extension Scheduler {
  /// A cgroup of v1 has no time for real-time policies unless it is given some.
  fileprivate func explain(_ error: RuntimeError) -> RuntimeError {
    guard error.errno == .notPermitted, policy == .fifo || policy == .roundRobin else { return error }
    return error.hinting("the container's cgroup may need linux.resources.cpu.realtimeRuntime")
  }
}

extension SchedulerPolicy {
  /// SCHED_*. sched(7)
  var number: UInt32 {
    switch self {
    case .other: 0
    case .fifo: 1
    case .roundRobin: 2
    case .batch: 3
    case .iso: 4
    case .idle: 5
    case .deadline: 6
    }
  }
}

extension SchedulerFlag {
  /// SCHED_FLAG_*. sched_setattr(2)
  var bit: UInt64 {
    switch self {
    case .resetOnFork: 0x01
    case .reclaim: 0x02
    case .deadlineOverrun: 0x04
    case .keepPolicy: 0x08
    case .keepParams: 0x10
    case .utilClampMin: 0x20
    case .utilClampMax: 0x40
    }
  }
}

extension MemoryPolicy {
  /// MPOL_* with MPOL_F_*. set_mempolicy(2)
  var kernelMode: Int {
    let base =
      switch mode {
      case .default: 0
      case .preferred: 1
      case .bind: 2
      case .interleave: 3
      case .local: 4
      case .preferredMany: 5
      case .weightedInterleave: 6
      }
    return (flags ?? []).reduce(base) { result, flag in
      switch flag {
      case .staticNodes: result | 1 << 15
      case .relativeNodes: result | 1 << 14
      case .numaBalancing: result | 1 << 13
      }
    }
  }
}
