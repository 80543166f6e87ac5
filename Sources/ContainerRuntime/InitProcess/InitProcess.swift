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
  let channel: Channel
  /// What the runtime opened before the clone.
  var prepared: Preparations
  var rootfs: Rootfs
  /// Mounts that become read-only when the rest is done.
  var readOnlyLater: [CInt] = []
  /// The caller's umask(2).
  var callersMask: UInt32 = 0o022
  /// The container's end of its terminal.
  var terminal: Descriptor?

  /// Becomes the container's program, or sends the error and exits.
  static func run(
    _ plan: Plan, channel: consuming Channel, prepared: consuming Preparations
  ) -> Never {
    var process = InitProcess(
      plan: plan, channel: channel, prepared: prepared, rootfs: Rootfs(root: Descriptor(owning: -1)))
    do {
      try process.becomeContainer()
    } catch {
      process.report(error)
    }
    _exit(1)
  }

  /// The whole of it, in order.
  private mutating func becomeContainer() throws(RuntimeError) {
    try Kernel.dieWithParent()
    // Nodes and directories get the modes that are asked for; the program gets the caller's mask back.
    callersMask = Kernel.setFileModeMask(0)
    try enterNamespaces()
    try joinCgroups()
    try Kernel.startSession()
    try joinKeyring()
    try configureNetwork()

    // Before pivot_root: the host's files are in reach, and the container's only by descriptor.
    try attachRootfs()
    try makeMounts()
    try makeDevices()
    try makeWorkingDirectory()
    try openTerminal()
    try runCreateHooks()
    try setKernelParameters()
    try makePathsReadOnly()
    try maskPaths()
    try finishReadOnlyMounts()
    try setHostname()
    try enterRootfs()

    // From here on the process sees what its program will see.
    try setScheduling()
    try connectStandardStreams()
    try setCredentials()
    try closeHost()
    let program = try findProgram()
    try waitForStart()

    try runStartHooks()
    try execute(program)
  }

  /// The last words; the runtime adds the command's name.
  private func report(_ error: RuntimeError) {
    if let gate = prepared.startRequest {
      try? Kernel.send([Channel.Kind.failed.rawValue] + CarriedError(error).encoded, to: gate)
    } else {
      try? channel.send(.failed, CarriedError(error).encoded)
    }
  }

  /// Tells the runtime something that it should log.
  func warn(_ text: String) throws(RuntimeError) {
    try channel.send(.warning, Array(text.utf8))
  }
}
