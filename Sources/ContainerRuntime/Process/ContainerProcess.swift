internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// A process of the container on its way to its program: what the init process and those of `exec` have
/// in common.
///
/// It is a copy of the runtime's process. Whatever fails is sent to the runtime.
struct ContainerProcess: ~Copyable {
  let plan: ProcessPlan
  /// The line to the runtime; from `start` on, to that one.
  var channel: Channel
  /// The host's /proc.
  let proc: HostProc
  /// Where the terminal goes, if the caller named a socket.
  let consoleSocket: CInt?
  /// The caller's umask(2): nodes and directories get the modes that are asked for meanwhile.
  let callersMask: UInt32
  /// The container's end of its terminal.
  var terminal: Descriptor?

  /// Begins: from here on the process ends with the runtime, if that is its parent.
  init(
    _ plan: ProcessPlan, channel: consuming Channel, proc: HostProc, consoleSocket: CInt?
  ) throws(RuntimeError) {
    self.plan = plan
    self.channel = channel
    self.proc = proc
    self.consoleSocket = consoleSocket
    callersMask = Kernel.setFileModeMask(0)
    if !plan.isInPlace { try Kernel.dieWithParent() }
  }

  /// The last words; the runtime adds the command's name.
  func report(_ error: RuntimeError) {
    try? channel.send(.failed, CarriedError(error).encoded)
  }

  /// Tells the runtime something that it should log.
  func warn(_ text: String) throws(RuntimeError) {
    try channel.send(.warning, Array(text.utf8))
  }

  /// Waits to be moved into the container's cgroups, while it is still its user's process.
  func awaitAdoption() throws(RuntimeError) {
    try channel.send(.needsCgroups)
    try channel.awaitProceed()
  }

  /// Rights and limits that only the runtime could give are in place: it may end now.
  ///
  /// It answers when the process is written down. One that dies before closes the line, and this process
  /// ends, too.
  func becomeReady() throws(RuntimeError) {
    if !plan.isInPlace { try Kernel.control(.parentDeathSignal, 0) }
    Signal.dieOfTermination()
    try channel.send(.ready)
    try channel.awaitProceed()
  }

  /// A session keyring of the container's own, or that which it has. keyctl(2)
  func joinKeyring(of container: String) throws(RuntimeError) {
    if plan.keepsKeyring { return }
    do {
      try ContainerProcess.joinSessionKeyring(of: container)
    } catch let error where error.errno == .noFunction || error.errno == .diskQuotaExceeded {
      try warn("no session keyring: \(error)")
    }
  }

  /// The container's session keyring, made if there is none.
  static func joinSessionKeyring(of container: String) throws(RuntimeError) {
    let keyring = try Kernel.joinSessionKeyring("_ses.\(container)")
    // Processes of `exec` join it by its name, which takes the right to search it.
    try Kernel.letUserSearch(keyring: keyring)
  }
}
