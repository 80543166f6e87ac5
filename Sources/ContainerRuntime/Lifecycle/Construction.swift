internal import Cgroups
internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A container that is being made, seen from the runtime's process.
final class Construction {
  let plan: Plan
  let directory: ContainerDirectory
  let log: EventLog
  let interruption: Interruption
  var record: ContainerRecord
  var cgroups: (any CgroupManager)?
  private var resctrl: ResctrlGroup?
  /// What was moved into the container, to be moved back.
  private var netDevices: NetDevices?
  /// The line to the init process.
  var channel: Channel?
  /// The init process: its pid, and a descriptor that keeps meaning it.
  var pid: Int32 = 0
  var process: Descriptor?
  /// Whether the init process is the one that was called, and this a copy of it: nobody waits for it.
  var hasChangedPlaces = false
  /// The runtime's end of the container's terminal, when it stays to hold it.
  var terminal: Descriptor?

  init(plan: Plan, directory: ContainerDirectory, interruption: Interruption, log: EventLog) {
    self.plan = plan
    self.directory = directory
    self.interruption = interruption
    self.log = log
    let outline = ContainerOutline(
      ociVersion: plan.config.ociVersion, bundle: plan.bundle, rootfs: plan.rootfsPath,
      created: TimeOfDay.now.text(hasFraction: true), ownerUserID: geteuid())
    record = ContainerRecord(outline, hasProcess: plan.config.process != nil)
    record.outline.annotations = plan.config.annotations
    record.poststart = plan.config.hooks?.poststart
    record.poststop = plan.config.hooks?.poststop
    record.hasNotifySocket = plan.options.notifySocket != nil ? true : nil
    record.keepsKeyring = plan.options.noNewKeyring ? true : nil
    record.hasPIDNamespace = plan.namespaces.creates(.pid)
    if plan.process.seccomp?.notifies == true, let path = plan.linux.seccomp?.listenerPath {
      record.seccompListener = .init(path: path, metadata: plan.linux.seccomp?.listenerMetadata)
    }
  }

  /// Writes down what is about to be made, there and in resctrl, then makes the cgroups with their limits.
  func makeCgroups() throws(RuntimeError) {
    try planCgroups()
    if let settings = plan.linux.intelRdt {
      resctrl = ResctrlGroup(settings, containerID: plan.id, root: try ResctrlFileSystem.mountPoint())
      record.resctrl = try resctrl?.plan()
    }
    try directory.write(record, durable: false)
    if record.hasNotifySocket == true { try directory.makeNotifyDirectory() }
    guard let cgroup = record.cgroup else { return }
    let manager = try cgroup.makeManager()
    cgroups = manager
    log.debug { "cgroups: \(cgroup.directories.map(\.hostPath).joined(separator: " "))" }
    do throws(RuntimeError) {
      try manager.create(plan.linux.resources, owner: plan.cgroupOwner)
    } catch let error where plan.mayDoWithoutCgroups && error.isLackOfCgroupRights {
      try doWithoutCgroups(error)
      try? manager.remove()
    } catch {
      throw error.pointing(into: "config.json")
    }
  }

  private func planCgroups() throws(RuntimeError) {
    if plan.options.cgroupManager == .disabled { return try plan.requireNoCgroup(warn: log.warn) }
    do throws(RuntimeError) {
      record.cgroup = try CgroupLayout.discover().plan(
        path: plan.linux.cgroupsPath, containerID: plan.id, resources: plan.linux.resources,
        usesSystemd: plan.options.cgroupManager == .systemd, isRootless: plan.isRootless,
        annotations: plan.config.annotations ?? [:])
    } catch let error where plan.mayDoWithoutCgroups && error.code == .unsupported {
      try doWithoutCgroups(error)
    } catch {
      throw error.pointing(into: "config.json")
    }
  }

  /// Leaves the container in its caller's cgroups.
  private func doWithoutCgroups(_ reason: RuntimeError) throws(RuntimeError) {
    try plan.requireNoLimit(reason)
    log.debug { "no cgroups: \(reason)" }
    record.cgroup = nil
    cgroups = nil
    record.mayMakeNoCgroups = true
    if plan.leavesProcesses { log.warn(Plan.warningOfProcesses) }
    try directory.write(record, durable: false)
  }

  /// Makes the group of resctrl, and puts the init process into it before it is a program.
  ///
  /// Spec: config-linux.md#intelrdt
  func joinResctrl() throws(RuntimeError) {
    guard let resctrl, var made = record.resctrl else { return }
    defer { record.resctrl = made }
    try resctrl.take(pid, &made)
  }

  /// Answers the init process until it waits for `start`.
  func serveInit() throws(RuntimeError) {
    while true {
      guard let packet = try receive() else { throw deathOfInit() }
      log.debug { "init process: \(packet.kind)" }
      switch packet.kind {
      case .ready: return
      case .needsCgroups:
        try cgroups?.adopt(pid)
        cgroups?.initJoined()
      case .needsMappings: try mapIDs()
      case .needsTimeOffsets: try writeTimeOffsets()
      case .needsNetDevices:
        var packet = packet
        try moveNetDevices(into: packet.descriptor.take())
      case .attaching: try recordForeignMount(packet.payload)
      case .mountsMade: try runRuntimeHooks()
      case .failed: throw CarriedError.decode(packet.payload)
      case .console:
        var packet = packet
        terminal = packet.descriptor.take()
        continue
      case .warning:
        log.warn(String(decoding: packet.payload, as: UTF8.self))
        continue
      case .cloned, .executing, .proceed:
        throw RuntimeError(.initProcessFailed, "the init process sent a message out of turn")
      }
      try channel?.send(.proceed)
    }
  }

  /// Waits for a packet of the init process, or for a signal.
  func receive() throws(RuntimeError) -> Channel.Packet? {
    guard let channel = channel?.socket.number else { return nil }
    _ = try interruption.wait(for: channel)
    return try self.channel?.receive()
  }

  /// Writes down a mount that the end of the container's processes will not remove.
  private func recordForeignMount(_ payload: [UInt8]) throws(RuntimeError) {
    guard let id = UInt64(String(decoding: payload, as: UTF8.self)) else { return }
    record.foreignMount = .init(
      path: plan.rootfsPath, mountID: id, namespace: plan.namespaces.joined[.mount])
    try directory.write(record, durable: false)
  }

  /// Spec: config-linux.md#user-namespace-mappings
  private func mapIDs() throws(RuntimeError) {
    try UserNamespace.map(
      pid, uidMappings: plan.linux.uidMappings ?? [], gidMappings: plan.linux.gidMappings ?? [],
      proc: try HostProc())
  }

  /// Spec: config-linux.md#offset-for-time-namespace
  private func writeTimeOffsets() throws(RuntimeError) {
    let lines = (plan.linux.timeOffsets ?? [:]).map { clock, offset in
      "\(clock) \(offset.secs ?? 0) \(offset.nanosecs ?? 0)\n"
    }
    try during("config.json: /linux/timeOffsets") { () throws(RuntimeError) in
      try HostProc().write(lines.joined(), to: "\(pid)/timens_offsets")
    }
  }

  /// Spec: config-linux.md#network-devices
  private func moveNetDevices(into namespace: consuming Descriptor?) throws(RuntimeError) {
    guard let namespace else { return }
    let devices = try NetDevices(into: namespace, proc: try HostProc())
    netDevices = devices
    try devices.move(plan.linux.netDevices ?? [:])
  }

  /// Steps 3 and 4 of the lifecycle. Spec: runtime.md#lifecycle
  func runRuntimeHooks() throws(RuntimeError) {
    let hooks = plan.config.hooks
    // The older hooks were always told "created", and those that are left look for it.
    try HookRunner(
      event: "prestart", state: plan.state(.created, pid: pid), workingDirectory: plan.bundle,
      interruption: interruption
    ).run(hooks?.prestart)
    try HookRunner(
      event: "createRuntime", state: plan.state(.creating, pid: pid), workingDirectory: plan.bundle,
      interruption: interruption
    ).run(hooks?.createRuntime)
  }

  /// Keeps what `exec` will need. Meanwhile the init process works.
  ///
  /// - Parameters:
  ///   - configuration: The bytes of config.json.
  func keep(_ configuration: [UInt8]) throws(RuntimeError) {
    try directory.keep(config: configuration, filter: plan.process.seccomp?.program)
  }

  /// Writes down that the container exists, and tells everybody who asked.
  func finish() throws(RuntimeError) {
    record.outline.isComplete = true
    try directory.write(record, durable: plan.options.isDetached)
    if let path = plan.options.pidFile { try PidFile.write(pid, to: path) }
    if let path = plan.options.pidfdSocket, let process = process?.number {
      try PidfdSocket.send(process, of: plan.id, to: path)
    }
    try channel?.send(.proceed)
  }

  /// The line, for `start` to use up.
  func takeChannel() throws(RuntimeError) -> Channel {
    guard let channel = channel.take() else {
      throw RuntimeError(.initProcessFailed, "no line to the process")
    }
    return channel
  }

  /// The init process closed its line without a word.
  func deathOfInit() -> RuntimeError {
    if hasChangedPlaces {
      return RuntimeError(.initProcessFailed, "the process ended before it was the container's")
    }
    let status = (try? Kernel.wait(for: pid)) ?? -1
    pid = 0
    var error = RuntimeError(
      .initProcessFailed,
      status > 128
        ? "the init process was killed by signal \(status - 128)"
        : "the init process ended with status \(status)")
    if status == 128 + SIGKILL, let limit = plan.linux.resources?.memory?.limit {
      error.hint = "perhaps linux.resources.memory.limit (\(limit) bytes) is too small"
    }
    return error
  }

  /// Takes back everything, newest first. What fails is a warning: the error that led here is told.
  ///
  /// Spec: runtime.md#errors; a failed hook goes on with step 12 of runtime.md#lifecycle.
  func undo(after error: RuntimeError) {
    if hasChangedPlaces { endCaller(after: error) }
    if let process = process?.number {
      try? Kernel.signal(process, SIGKILL)
      if pid > 0 { _ = try? Kernel.wait(for: pid) }
    }
    netDevices?.moveBack(warn: log.warn)
    let destruction = Destruction(id: plan.id, record: record, cgroups: cgroups, log: log)
    destruction.removeResources()
    if error.code == .hookFailed { destruction.runPoststopHooks() }
    do {
      try directory.remove()
    } catch {
      log.warn("removing the state directory: \(error)")
    }
    // Whoever called the other process knows already.
    if hasChangedPlaces { _exit(1) }
  }
}
