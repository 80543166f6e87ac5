internal import Cgroups
internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// How the init process comes into the world.
extension Construction {
  /// Opens what it needs, and clones it.
  func spawnInit() throws(RuntimeError) {
    let options = plan.options
    let proc = try HostProc()
    let prepared = Preparations(
      proc: proc,
      namespaces: try OpenedNamespaces(plan.namespaces, configured: plan.linux.namespaces ?? []),
      cgroups: try openMembership(),
      cgroupMounts: cgroups?.mounts ?? [],
      consoleSocket: try connectConsole(),
      startListener: options.waitsForStartCommand ? try directory.listenForStart().release() : nil)
    if !plan.isUnprivileged { try prepared.makeSources(plan) }
    // A user may write the mappings only of a process that he may look into.
    try Kernel.control(.dumpable, plan.namespaces.creates(.user) && plan.isUnprivileged ? 1 : 0)
    do throws(RuntimeError) {
      if options.isInPlace {
        try changePlaces(prepared)
      } else if plan.namespaces.needsIntermediate {
        try cloneThroughIntermediate(prepared)
      } else {
        try cloneDirectly(prepared)
      }
    } catch {
      throw plan.namespaces.explain(error)
    }
    if !prepared.cgroups.isByAdoption, !options.isInPlace { cgroups?.initJoined() }
    record.outline.initProcess = try InitIdentity(of: pid)
    log.debug { "init process: pid \(self.pid)" }
    if let score = plan.config.process?.oomScoreAdj {
      try proc.setOOMScore(
        score, of: "\(pid)", place: "config.json: /process", isRootless: plan.isRootless, warn: log.warn)
    }
  }

  private func openMembership() throws(RuntimeError) -> CgroupMembership {
    guard let cgroups else { return .none }
    return try cgroups.openMembership()
  }

  private func connectConsole() throws(RuntimeError) -> CInt? {
    guard plan.process.hasTerminal, let path = plan.options.consoleSocket else { return nil }
    return try during("--console-socket") { () throws(RuntimeError) in
      try Kernel.connect(to: path, .stream).release()
    }
  }

  /// The usual way: one clone3(2) with all new namespaces.
  private func cloneDirectly(_ prepared: Preparations) throws(RuntimeError) {
    let pair = try Kernel.makeSocketPair(.packets)
    // A pid namespace is joined by children only; this process and its hooks stay outside.
    let joinsPID = plan.namespaces.joined[.pid] != nil
    if joinsPID { try prepared.namespaces.join(.pid) }
    switch try Kernel.clone(plan.namespaces.cloneFlags, into: prepared.cgroups.cloneTarget) {
    case .child:
      becomeInit(pair, prepared)
    case .parent(let pid, let process):
      self.pid = pid
      self.process = consume process
      channel = Channel(socket: pair.takeFirst())
    }
    if joinsPID {
      let own = try prepared.proc.open("self/ns/pid", flags: O_RDONLY, isMagicLink: true)
      try Kernel.join(own.number, type: CloneFlags.newPID)
    }
  }

  /// Where a user namespace meets namespaces to join: a process in between joins them and then clones
  /// the init process as its own sibling.
  private func cloneThroughIntermediate(_ prepared: Preparations) throws(RuntimeError) {
    let pair = try Kernel.makeSocketPair(.packets)
    // A line of its own: the init process may speak before the process in between has told of it.
    let announcement = try Kernel.makeSocketPair(.packets)
    // From another cgroup namespace the container's cgroup could not be entered: so it is entered before, and
    // the init process begins where its maker is.
    let target = prepared.cgroups.cloneTarget
    let entersBefore = plan.namespaces.joined[.cgroup] != nil
    switch try Kernel.clone(0, into: entersBefore ? target : -1) {
    case .child:
      do throws(RuntimeError) {
        try joinAll(prepared.namespaces)
        let flags = plan.namespaces.cloneFlags | CloneFlags.parent
        switch try Kernel.clone(flags, into: entersBefore ? -1 : target) {
        case .child:
          _ = consume announcement
          becomeInit(pair, prepared)
        case .parent(let pid, _):
          try Kernel.send([Channel.Kind.cloned.rawValue] + "\(pid)".utf8, to: announcement.second.number)
        }
      } catch {
        try? Kernel.send(
          [Channel.Kind.failed.rawValue] + CarriedError(error).encoded, to: announcement.second.number)
        _exit(1)
      }
      _exit(0)
    case .parent(let intermediate, _):
      pid = intermediate
      channel = Channel(socket: announcement.takeFirst())
      try awaitClone(by: intermediate)
      channel = Channel(socket: pair.takeFirst())
    }
  }

  private func awaitClone(by intermediate: Int32) throws(RuntimeError) {
    guard let packet = try receive() else { throw deathOfInit() }
    _ = try Kernel.wait(for: intermediate)
    pid = 0
    if packet.kind == .failed { throw CarriedError.decode(packet.payload) }
    guard packet.kind == .cloned, let cloned = Int32(String(decoding: packet.payload, as: UTF8.self)) else {
      throw RuntimeError(.initProcessFailed, "the process in between sent a message out of turn")
    }
    pid = cloned
    process = try Kernel.openProcess(cloned)
  }

  /// Joins everything, the user namespace last, because it takes rights away. Where rights are missing
  /// without it, the user namespace comes first.
  private func joinAll(_ namespaces: OpenedNamespaces) throws(RuntimeError) {
    var later: [NamespaceType] = []
    for type in plan.namespaces.joinOrder where type != .user {
      do throws(RuntimeError) {
        try namespaces.join(type)
      } catch let error where error.errno == .notPermitted && plan.namespaces.joined[.user] != nil {
        later.append(type)
      }
    }
    try namespaces.join(.user)
    for type in later { try namespaces.join(type) }
  }

  func becomeInit(_ pair: consuming DescriptorPair, _ prepared: Preparations) -> Never {
    Kernel.forgetCaller()
    // The copy of the lock would outlive the runtime's.
    directory.closeCopies()
    let socket = pair.takeSecond()
    InitProcess.run(plan, channel: Channel(socket: socket), prepared: prepared)
  }
}
