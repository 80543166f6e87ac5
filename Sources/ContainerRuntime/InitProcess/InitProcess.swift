internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The container's first process, from clone3(2) to execve(2).
///
/// It is a copy of the runtime's process and goes on in Swift: the runtime has one thread. Whatever
/// fails is sent to the runtime, which prints it and undoes what was made.
struct InitProcess: ~Copyable {
  let plan: Plan
  var process: ContainerProcess
  /// What the runtime opened before the clone.
  var prepared: Preparations
  /// The container's mounts, from the root filesystem on.
  var tree: MountTree

  /// Becomes the container's program, or sends the error and exits.
  static func run(
    _ plan: Plan, channel: consuming Channel, prepared: consuming Preparations
  ) -> Never {
    do {
      let process = try ContainerProcess(
        plan.process, channel: channel, proc: prepared.proc, consoleSocket: prepared.consoleSocket)
      var initProcess = InitProcess(
        plan: plan, process: process, prepared: prepared,
        tree: MountTree(
          Rootfs(root: Descriptor(owning: -1)), sources: prepared.sources, label: plan.mountLabel,
          proc: prepared.proc))
      do throws(RuntimeError) {
        try initProcess.becomeContainer()
      } catch {
        initProcess.process.report(error)
        if plan.options.isInPlace { _exit(initProcess.statusInPlace(after: error)) }
      }
    } catch {
      // Only prctl(2) can have failed; the runtime sees the end of the line.
    }
    _exit(1)
  }

  /// The whole of it, in order.
  private mutating func becomeContainer() throws(RuntimeError) {
    try enterNamespaces()
    try joinCgroups()
    if plan.options.isInPlace { try leaveTerminal() } else { try Kernel.startSession() }
    try process.joinKeyring(of: plan.id)
    if plan.namespaces.creates(.network) { try Kernel.bringUp(interface: "lo") }

    // Before pivot_root: the host's files are in reach, and the container's only by descriptor.
    try attachRootfs()
    try makeMounts()
    try makeDevices()
    try makeWorkingDirectory()
    try openTerminal()
    // Late, for a failure destroys some kinds with the namespace; hooks and kernel parameters want them.
    try takeNetDevices()
    try runCreateHooks()
    try setKernelParameters()
    try makePathsReadOnly()
    try maskPaths()
    try finishReadOnlyMounts()
    try setHostname()
    try enterRootfs()

    // From here on the process sees what its program will see.
    try process.setScheduling()
    try process.connectStandardStreams()
    try process.takeTerminal()
    try process.setCredentials()
    try process.closeHost(keeping: prepared.startListener)
    let program = try process.findProgram()
    try waitForStart()

    try runStartHooks()
    try process.execute(program)
  }
}
