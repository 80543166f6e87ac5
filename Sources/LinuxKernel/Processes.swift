internal import CLinux
internal import Glibc
public import RuntimeErrors
internal import SystemPackage

/// CLONE_* flags of clone3(2), unshare(2) and setns(2).
public enum CloneFlags {
  /// CLONE_NEWTIME
  public static let newTime: UInt64 = 0x80
  /// CLONE_PIDFD
  public static let pidDescriptor: UInt64 = 0x1000
  /// CLONE_PARENT
  public static let parent: UInt64 = 0x8000
  /// CLONE_NEWNS
  public static let newMount: UInt64 = 0x20000
  /// CLONE_NEWCGROUP
  public static let newCgroup: UInt64 = 0x200_0000
  /// CLONE_NEWUTS
  public static let newUTS: UInt64 = 0x400_0000
  /// CLONE_NEWIPC
  public static let newIPC: UInt64 = 0x800_0000
  /// CLONE_NEWUSER
  public static let newUser: UInt64 = 0x1000_0000
  /// CLONE_NEWPID
  public static let newPID: UInt64 = 0x2000_0000
  /// CLONE_NEWNET
  public static let newNetwork: UInt64 = 0x4000_0000
}

/// What clone3(2) returned: once in each process.
public enum CloneResult: ~Copyable {
  /// This is the new process.
  case child
  /// This is the caller.
  case parent(pid: Int32, descriptor: Descriptor)
}

extension Kernel {
  /// clone3(2) with the semantics of fork(2) and CLONE_PIDFD.
  ///
  /// Safe in Swift because the caller has one thread.
  ///
  /// - Parameters:
  ///   - flags: `CloneFlags`.
  ///   - cgroup: A descriptor of the cgroup2 directory that the child begins in; -1 for the caller's.
  public static func clone(_ flags: UInt64, into cgroup: CInt = -1) throws(RuntimeError) -> CloneResult {
    var descriptor: CInt = -1
    let pid: Int
    do {
      pid = try check(linux_clone3(flags | CloneFlags.pidDescriptor, &descriptor, cgroup), "clone3")
    } catch let error where error.errno == .resourceTemporarilyUnavailable {
      throw error.hinting("the pids limit of the cgroup, or RLIMIT_NPROC of the user, is reached")
    }
    return pid == 0 ? .child : .parent(pid: Int32(pid), descriptor: Descriptor(owning: descriptor))
  }

  /// unshare(2)
  public static func unshare(_ flags: UInt64) throws(RuntimeError) {
    try check(raw(__NR_unshare, Int(flags)), "unshare")
  }

  /// setns(2)
  ///
  /// - Parameters:
  ///   - namespace: A descriptor of a namespace file.
  ///   - type: The CLONE_NEW* flag that it must be of.
  public static func join(_ namespace: CInt, type: UInt64) throws(RuntimeError) {
    try check(raw(__NR_setns, Int(namespace), Int(type)), "setns")
  }

  /// ioctl_ns(2) NS_GET_NSTYPE
  ///
  /// - Returns: The namespace's CLONE_NEW* flag, or nil if the descriptor is no namespace.
  public static func namespaceType(_ descriptor: CInt) -> UInt64? {
    let type = linux_ioctl(descriptor, 0xb703, nil)
    return type < 0 ? nil : UInt64(type)
  }

  /// pidfd_open(2)
  public static func openProcess(_ pid: Int32) throws(RuntimeError) -> Descriptor {
    let number = raw(__NR_pidfd_open, Int(pid))
    return Descriptor(owning: CInt(try check(number, "pidfd_open", "\(pid)")))
  }

  /// pidfd_send_signal(2)
  public static func signal(_ process: CInt, _ signal: CInt) throws(RuntimeError) {
    try check(raw(__NR_pidfd_send_signal, Int(process), Int(signal)), "pidfd_send_signal")
  }

  /// pidfd_getfd(2): a copy of another process's descriptor.
  public static func copyDescriptor(_ number: CInt, of process: CInt) throws(RuntimeError) -> Descriptor {
    let copy = raw(__NR_pidfd_getfd, Int(process), Int(number))
    return Descriptor(owning: CInt(try check(copy, "pidfd_getfd", "\(number)")))
  }

  /// kill(2)
  public static func signal(pid: Int32, _ signal: CInt) throws(RuntimeError) {
    try check(raw(__NR_kill, Int(pid), Int(signal)), "kill", "\(pid)")
  }

  /// wait4(2) for one child.
  ///
  /// - Returns: Its exit status as a shell reports it: 128 + n for signal n.
  public static func wait(for pid: Int32) throws(RuntimeError) -> Int32 {
    var status: CInt = 0
    try check(retrying { raw(__NR_wait4, Int(pid), address(&status)) }, "wait4", "\(pid)")
    return linux_exit_status(status)
  }

  /// wait4(2) for any child, without waiting.
  ///
  /// - Returns: A pid and its exit status, or nil if no child has ended.
  public static func reapOne() -> (pid: Int32, status: Int32)? {
    var status: CInt = 0
    let pid = raw(__NR_wait4, -1, address(&status), Int(WNOHANG))
    return pid > 0 ? (Int32(pid), linux_exit_status(status)) : nil
  }

  /// waitid(2) for any child that has ended, without waiting and without burying it.
  ///
  /// - Returns: Its pid.
  public static func exitedChild() -> Int32? {
    let pid = linux_exited_child()
    return pid > 0 ? Int32(pid) : nil
  }

  /// poll(2) for input on some descriptors.
  ///
  /// - Parameters:
  ///   - milliseconds: How long to wait; -1 for ever.
  /// - Returns: For each descriptor, whether it can be read or has hung up.
  public static func waitForInput(
    _ descriptors: [CInt], milliseconds: CInt
  ) throws(RuntimeError) -> [Bool] {
    var requests = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let count = retrying {
      raw(__NR_poll, address(&requests), requests.count, Int(milliseconds))
    }
    try check(count, "poll")
    return requests.map { $0.revents != 0 }
  }

  /// Makes the process die of SIGKILL when its parent does. prctl(2) PR_SET_PDEATHSIG
  public static func dieWithParent() throws(RuntimeError) {
    try control(.parentDeathSignal, Int(SIGKILL))
  }

  /// The same for a process that was just made; it ends now if its parent did before that was said.
  ///
  /// - Parameters:
  ///   - parent: Who made it, in the same pid namespace.
  public static func dieWithParent(_ parent: Int32) throws(RuntimeError) {
    try dieWithParent()
    if getppid() != parent { _exit(1) }
  }

  /// prctl(2)
  @discardableResult
  public static func control(
    _ option: ProcessControl, _ a: Int = 0, _ b: Int = 0
  ) throws(RuntimeError) -> Int {
    try check(raw(__NR_prctl, Int(option.rawValue), a, b), "prctl", "\(option)")
  }

  /// umask(2)
  @discardableResult
  public static func setFileModeMask(_ mask: UInt32) -> UInt32 {
    UInt32(raw(__NR_umask, Int(mask)))
  }

  /// setsid(2)
  public static func startSession() throws(RuntimeError) {
    try check(raw(__NR_setsid), "setsid")
  }

  /// setgroups(2)
  public static func setGroups(_ groups: [UInt32]) throws(RuntimeError) {
    let status = groups.withUnsafeBufferPointer { raw(__NR_setgroups, $0.count, address($0.baseAddress)) }
    try check(status, "setgroups")
  }

  /// setresgid(2), then setresuid(2).
  public static func setUser(uid: UInt32, gid: UInt32) throws(RuntimeError) {
    try check(raw(__NR_setresgid, Int(gid), Int(gid), Int(gid)), "setresgid", "\(gid)")
    try check(raw(__NR_setresuid, Int(uid), Int(uid), Int(uid)), "setresuid", "\(uid)")
  }

  /// prlimit(2) that reads a limit of the calling process.
  public static func limit(_ resource: CInt) throws(RuntimeError) -> (soft: UInt64, hard: UInt64) {
    var result = rlimit()
    try check(raw(__NR_prlimit64, 0, Int(resource), 0, address(&result)), "prlimit64")
    return (UInt64(result.rlim_cur), UInt64(result.rlim_max))
  }

  /// prlimit(2) that sets a limit of the calling process.
  public static func setLimit(_ resource: CInt, soft: UInt64, hard: UInt64) throws(RuntimeError) {
    var limit = rlimit()
    limit.rlim_cur = rlim_t(soft)
    limit.rlim_max = rlim_t(hard)
    try check(raw(__NR_prlimit64, 0, Int(resource), address(&limit)), "prlimit64")
  }

  /// sethostname(2)
  public static func setHostname(_ name: String) throws(RuntimeError) {
    let status = name.withCString { raw(__NR_sethostname, address($0), name.utf8.count) }
    try check(status, "sethostname", name)
  }

  /// setdomainname(2)
  public static func setDomainname(_ name: String) throws(RuntimeError) {
    let status = name.withCString { raw(__NR_setdomainname, address($0), name.utf8.count) }
    try check(status, "setdomainname", name)
  }

  /// keyctl(2) KEYCTL_JOIN_SESSION_KEYRING: makes the keyring `name`, or joins the one of that name that
  /// the process may search.
  ///
  /// - Returns: The keyring.
  @discardableResult
  public static func joinSessionKeyring(_ name: String) throws(RuntimeError) -> Int {
    let status = name.withCString { raw(__NR_keyctl, 1, address($0)) }
    return try check(status, "keyctl", name)
  }

  /// keyctl(2) KEYCTL_SETPERM: all rights for who possesses the keyring, and for its user those to view,
  /// read and search it.
  public static func letUserSearch(keyring: Int) throws(RuntimeError) {
    try check(raw(__NR_keyctl, 5, keyring, 0x3f0b_0000), "keyctl", "setperm")
  }

  /// personality(2)
  public static func setPersonality(_ persona: UInt) throws(RuntimeError) {
    try check(raw(__NR_personality, Int(persona)), "personality")
  }

  /// ioprio_set(2) for the calling process.
  public static func setIOPriority(class: Int, priority: Int) throws(RuntimeError) {
    try check(raw(__NR_ioprio_set, 1, 0, `class` << 13 | priority), "ioprio_set")
  }

  /// sched_setattr(2)
  ///
  /// - Parameters:
  ///   - pid: 0 for the calling process.
  public static func setScheduler(
    _ attributes: SchedulerAttributes, of pid: Int32 = 0
  ) throws(RuntimeError) {
    var request = sched_attr()
    request.size = UInt32(MemoryLayout<sched_attr>.size)
    request.sched_policy = attributes.policy
    request.sched_flags = attributes.flags
    request.sched_nice = attributes.nice
    request.sched_priority = attributes.priority
    request.sched_runtime = attributes.runtime
    request.sched_deadline = attributes.deadline
    request.sched_period = attributes.period
    // Not asked for: leave the clamps wide open.
    request.sched_util_max = 1024
    try check(raw(__NR_sched_setattr, Int(pid), address(&request), 0), "sched_setattr")
  }

  /// sched_setaffinity(2) for the calling process.
  ///
  /// - Parameters:
  ///   - processors: A bit for each.
  public static func setAffinity(_ processors: [UInt64]) throws(RuntimeError) {
    let status = processors.withUnsafeBufferPointer {
      raw(__NR_sched_setaffinity, 0, $0.count * 8, address($0.baseAddress))
    }
    try check(status, "sched_setaffinity")
  }

  /// set_mempolicy(2)
  ///
  /// - Parameters:
  ///   - mode: MPOL_* with MPOL_F_* flags.
  ///   - nodes: A bit for each node.
  public static func setMemoryPolicy(mode: Int, nodes: [UInt64]) throws(RuntimeError) {
    let status = nodes.withUnsafeBufferPointer {
      // The kernel looks at one bit less than it is told of.
      raw(__NR_set_mempolicy, mode, address($0.baseAddress), nodes.count * 64 + 1)
    }
    try check(status, "set_mempolicy")
  }
}

/// Options of prctl(2).
public enum ProcessControl: CInt, Sendable {
  case parentDeathSignal = 1
  case dumpable = 4
  case keepCapabilities = 8
  case readBoundingSet = 23
  case dropFromBoundingSet = 24
  case childSubreaper = 36
  case noNewPrivileges = 38
  case ambientSet = 47

  /// PR_CAP_AMBIENT_RAISE
  public static let ambientRaise = 2
  /// PR_CAP_AMBIENT_CLEAR_ALL
  public static let ambientClearAll = 4
}

/// Parameters of sched_setattr(2).
public struct SchedulerAttributes: Sendable, Equatable {
  /// SCHED_*
  public var policy: UInt32
  /// SCHED_FLAG_*
  public var flags: UInt64 = 0
  /// -20 to 19.
  public var nice: Int32 = 0
  /// 1 to 99 for SCHED_FIFO and SCHED_RR.
  public var priority: UInt32 = 0
  /// Nanoseconds.
  public var runtime: UInt64 = 0
  /// Nanoseconds.
  public var deadline: UInt64 = 0
  /// Nanoseconds.
  public var period: UInt64 = 0

  /// A policy with the kernel's defaults.
  public init(policy: UInt32) {
    self.policy = policy
  }
}
