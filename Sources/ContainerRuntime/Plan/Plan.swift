internal import ContainerStore
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The container to make: the validated configuration, and what follows from it. Nothing else is input
/// to the steps that make the container.
final class Plan {
  let id: String
  let options: CreateOptions
  /// Whether what only the host's root may do can be left out. `--rootless`
  let isRootless: Bool
  /// Whether the runtime is a user's: then the init process, as root of its user namespace, makes mounts.
  let isUnprivileged = Caller.isUnprivileged
  /// Absolute path.
  let bundle: String
  /// Absolute path.
  let rootfsPath: String
  let config: Config
  let linux: LinuxConfig
  let namespaces: NamespacePlan
  let mounts: [PlannedMount]
  /// The init process.
  let process: ProcessPlan
  /// Spec: config-linux.md#mount-label
  let mountLabel: String?

  /// Works out the plan.
  ///
  /// - Parameters:
  ///   - stateDirectory: Absolute path of what will be the container's.
  ///   - warn: Gets what this host cannot do, but no container should fail for.
  /// - Throws: What no look at config.json alone could find: wrong combinations for this host.
  init(
    id: ContainerID, bundle: borrowing Bundle, config: Config, options: CreateOptions,
    stateDirectory: String, warn: (String) -> Void
  ) throws(RuntimeError) {
    self.id = id.text
    self.options = options
    isRootless = options.rootless.applies
    let path = bundle.path
    self.bundle = path
    self.config = config
    let root = config.root?.path ?? ""
    rootfsPath =
      "/"
      + Rootfs.components(root.hasPrefix("/") ? root : path + "/" + root)
      .joined(separator: "/")
    var linux = config.linux ?? LinuxConfig()
    linux.resources = linux.resources?.meant(by: config.ociVersion)
    namespaces = NamespacePlan(
      linux.namespaces ?? [], mayReturn: !Caller.isUnprivileged && !Caller.isInUserNamespace)
    let reduction = try SingleMapping(
      linux, user: config.process?.user, namespaces: namespaces, isAllowed: isRootless)
    if let reduction {
      warn(reduction.warning)
      (linux.uidMappings, linux.gidMappings) = (reduction.uidMappings, reduction.gidMappings)
    }
    self.linux = linux
    var mounts = (config.mounts ?? []).enumerated().map {
      PlannedMount(reduction?.fitting($1) ?? $1, index: $0, bundle: path)
    }
    if options.notifySocket != nil {
      mounts.append(
        .notification(source: "\(stateDirectory)/\(ContainerDirectory.notifyName)", index: mounts.count))
    }
    self.mounts = mounts
    let seccomp = try linux.seccomp.map { (seccomp) throws(RuntimeError) in try SeccompFilter(seccomp) }
    var process = try ProcessPlan(config.process, linux: linux, seccomp: seccomp)
    process.preservedDescriptors = options.preservedDescriptors
    process.keepsKeyring = options.noNewKeyring
    process.isInPlace = options.isInPlace
    process.activation = options.activation
    if options.notifySocket != nil { process.environment = ["NOTIFY_SOCKET=\(ReadinessProxy.socketPath)"] }
    self.process = process
    mountLabel = SecurityModules.mountLabel(linux, warn: warn)
    try check()
    if options.isInPlace { try checkInPlace() }
  }

  private func check() throws(RuntimeError) {
    if isUnprivileged, namespaces.inherits(.user) {
      throw RuntimeError(
        .invalidConfig, "config.json: /linux/namespaces: without root a container needs a user namespace",
        hint: "`swrun spec --rootless` writes a configuration that has one")
    }
    for mount in mounts {
      try mount.refuseFakeProc()
      try mount.refuseMappings()
    }
    let hidesPaths = !(linux.maskedPaths ?? []).isEmpty || !(linux.readonlyPaths ?? []).isEmpty
    if namespaces.inherits(.mount), hidesPaths {
      throw RuntimeError(
        .invalidConfig,
        "config.json: /linux/namespaces: masked and read-only paths need a mount namespace, or they would "
          + "hide the host's (config-linux.md#masked-paths)")
    }
    if process.hasTerminal, options.consoleSocket == nil, options.isDetached {
      throw RuntimeError(
        .invalidArgument, "config.json: /process/terminal: a terminal needs --console-socket here",
        hint: "without it nobody would hold the other end once \(options.command) returned")
    }
    if !process.hasTerminal, options.consoleSocket != nil {
      throw RuntimeError(
        .invalidArgument, "--console-socket is given, but config.json: /process/terminal is not true")
    }
  }

  /// Whether pivot_root(2) makes the new root; without a mount namespace of its own it would move
  /// everybody's.
  var pivots: Bool { namespaces.creates(.mount) && !options.noPivot }

  /// How the host's mounts relate to their copies in the container's mount namespace.
  var hostPropagation: UInt64 {
    switch linux.rootfsPropagation {
    case .shared, .rshared: MountFlag.shared
    case .private, .rprivate, .unbindable, .runbindable: MountFlag.privateType
    case .slave, .rslave, nil: MountFlag.slave
    }
  }

  /// The propagation that the container's root ends with. Spec: config-linux.md#rootfs-mount-propagation
  var rootfsPropagation: [MountOptions.Propagation] {
    guard let propagation = linux.rootfsPropagation else { return [] }
    return MountOptions([propagation.rawValue]).propagation
  }

  /// Whether /dev is a mount of the caller's, to which no devices are added.
  var hasForeignDev: Bool {
    mounts.contains { mount in
      guard mount.destination == "/dev", case .bind = mount.kind else { return false }
      return true
    }
  }

  /// What hooks read from their standard input.
  func state(_ status: State.Status, pid: Int32?) -> State {
    State(
      ociVersion: SpecVersion.current, id: id, status: status, pid: pid, bundle: bundle,
      annotations: config.annotations)
  }
}
