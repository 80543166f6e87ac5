internal import Cgroups
internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A container that is being restored: what CRIU is told of it, and what is done at CRIU's steps.
final class Restoration {
  static let logFile = "restore.log"

  private let construction: Construction
  private let options: RestoreOptions
  private let program: String
  private let descriptors: ExternalDescriptors
  private let namespaces: OpenedNamespaces
  private var consoleSocket: Descriptor?
  private let null: Descriptor
  private var criu: CriuOptions

  /// Opens all that is needed of the host.
  init(
    _ construction: Construction, _ options: RestoreOptions, _ files: borrowing CriuFiles
  ) throws(RuntimeError) {
    self.construction = construction
    self.options = options
    let plan = construction.plan
    program = try CriuService.find(options.program)
    try plan.namespaces.requireRestorable()
    descriptors = try ExternalDescriptors(in: files.images.number)
    namespaces = try OpenedNamespaces(plan.namespaces, configured: plan.linux.namespaces ?? [])
    null = try Kernel.open("/dev/null", flags: O_RDWR)
    consoleSocket = try Restoration.connect(options.create.consoleSocket)
    criu = CriuOptions(
      imageDirectory: files.images.number, workDirectory: files.work.number, logFile: Restoration.logFile)
    criu.settings = options.settings
    criu.root = plan.rootfsPath
    criu.restoresChild = true
    criu.lsmProfile = options.lsmProfile
    criu.lsmMountContext = options.lsmMountContext
    criu.configFile = CriuConfiguration.file(plan.config.annotations)
  }

  private static func connect(_ path: String?) throws(RuntimeError) -> Descriptor? {
    guard let path else { return nil }
    return try during("--console-socket") { () throws(RuntimeError) in try Kernel.connect(to: path, .stream) }
  }

  /// Tells CRIU what of the host's the processes had, and what they get instead.
  func describe() throws(RuntimeError) {
    let plan = construction.plan
    if plan.namespaces.creates(.mount) {
      let mounts = try ExternalMounts(
        plan.mounts, linux: plan.linux, namespaces: plan.namespaces,
        cgroups: construction.cgroups?.mounts ?? [])
      criu.external = mounts.restored
      try during("root filesystem") { () throws(RuntimeError) in
        let root = try Kernel.open(plan.rootfsPath, flags: OpenFlags.path | O_DIRECTORY)
        try mounts.makePlaces(in: Rootfs(root: root))
      }
    }
    criu.inherited = descriptors.restored(null: null.number)
    for external in ExternalNamespace.all {
      guard let number = namespaces.numbers[external.type] else { continue }
      criu.inherited.append(CriuOptions.Inherited(name: external.name, descriptor: number))
    }
    for (type, number) in namespaces.numbers where [.ipc, .uts, .time].contains(type) {
      criu.joined.append(CriuOptions.Joined(type: type.rawValue, path: "/proc/self/fd/\(number)"))
    }
    let own = try Kernel.readControl("/proc/self/cgroup")
    criu.cgroupRoots = construction.record.cgroup?.criuRoots(own: own) ?? []
  }

  /// Lets CRIU restore the processes, in the container's cgroups.
  func run() throws(RuntimeError) {
    let membership = try construction.cgroups?.openMembership() ?? CgroupMembership.none
    if membership.isByAdoption {
      throw RuntimeError(.unsupported, "from this cgroup a user cannot restore processes into another")
    }
    let service = try CriuService(
      program, restores: true,
      inherited: criu.inherited.map(\.descriptor) + namespaces.numbers.values + [
        criu.imageDirectory, criu.workDirectory,
      ],
      cgroup: membership.cloneTarget, interruption: construction.interruption, log: construction.log
    ) { () throws(RuntimeError) in
      construction.directory.closeCopies()
      try membership.join()
      // CRIU restores no keyrings: its own is inherited.
      try ContainerProcess.joinSessionKeyring(of: construction.plan.id)
      try mountRoot()
    }
    try service.require(memoryTracking: false, lazyPages: options.settings.lazyPages)
    try service.perform(.restore, criu) {
      (response, descriptor) throws(RuntimeError) in
      switch response.event {
      case "setup-namespaces": try setUp(response.pid)
      case "orphan-pts-master": try hand(terminal: descriptor)
      default: break
      }
    }
  }

  /// CRIU wants a mount for the root. It has this one for itself: nothing of it is left when it ends.
  private func mountRoot() throws(RuntimeError) {
    let plan = construction.plan
    guard plan.namespaces.creates(.mount) else { return }
    try Kernel.unshare(CloneFlags.newMount)
    try Kernel.change(path: "/", MountAttributes(propagation: MountFlag.slave), recursive: true)
    let root = try Kernel.cloneMount(plan.rootfsPath, recursive: true)
    let place = try Kernel.open(plan.rootfsPath, flags: OpenFlags.path | O_DIRECTORY)
    try Kernel.attach(root.number, to: place.number)
    // CRIU mounts in its working directory.
    for directory in [criu.imageDirectory, criu.workDirectory] { try Restoration.reopen(directory) }
  }

  /// Puts the same directory of this mount namespace in a descriptor's place.
  private static func reopen(_ directory: CInt) throws(RuntimeError) {
    let path = try Kernel.readLink("/proc/self/fd/\(directory)", at: Directory.working)
    let here = try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY)
    try Kernel.duplicate(here.number, as: directory)
  }

  /// The first process is there, in its namespaces, and stands still.
  private func setUp(_ pid: Int32) throws(RuntimeError) {
    try construction.adopt(pid)
    construction.cgroups?.initJoined()
    if construction.plan.namespaces.creates(.network) { try bringUpLoopback(of: pid) }
    try construction.runRuntimeHooks()
  }

  /// As for a new container: CRIU leaves a new network namespace empty.
  private func bringUpLoopback(of pid: Int32) throws(RuntimeError) {
    let network = try HostProc().open("\(pid)/ns/net", flags: O_RDONLY, isMagicLink: true)
    switch try Kernel.clone(0) {
    case .child:
      do {
        try Kernel.join(network.number, type: CloneFlags.newNetwork)
        try Kernel.bringUp(interface: "lo")
      } catch {
        _exit(1)
      }
      _exit(0)
    case .parent(let child, _):
      guard try Kernel.wait(for: child) == 0 else {
        throw RuntimeError(.systemCall, "the loopback interface could not be set up")
      }
    }
  }

  /// The main end of the terminal, which the container's devpts has again.
  private func hand(terminal: consuming Descriptor?) throws(RuntimeError) {
    guard let terminal else { return }
    guard let socket = consoleSocket?.number else {
      construction.terminal = consume terminal
      return
    }
    try during("--console-socket") { () throws(RuntimeError) in
      try Kernel.send(Array("/dev/ptmx".utf8), descriptors: [terminal.number], to: socket)
    }
  }
}

extension Construction {
  /// Takes CRIU's process for the init process, and writes it down.
  func adopt(_ pid: Int32) throws(RuntimeError) {
    self.pid = pid
    process = try Kernel.openProcess(pid)
    record.outline.initProcess = try InitIdentity(of: pid)
    try directory.write(record, durable: false)
    log.debug { "init process: pid \(pid)" }
  }
}
