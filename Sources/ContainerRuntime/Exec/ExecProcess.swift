internal import Cgroups
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A process that `exec` adds to a container, from clone3(2) to execve(2).
///
/// There are two. The first joins everything but the pid namespace, so that the container does not see it: with
/// CAP_SYS_PTRACE its processes could look into it, and take what it has of the host. When it has given all of
/// that up it clones the second, which is the one that is added.
struct ExecProcess: ~Copyable {
  let plan: ExecPlan
  var process: ContainerProcess

  /// Becomes the program, or sends the error and exits.
  ///
  /// - Parameters:
  ///   - announcement: Gets the pid of the second process.
  static func run(
    _ plan: ExecPlan, channel: consuming Channel, announcement: consuming Channel, proc: HostProc
  ) -> Never {
    Kernel.forgetCaller()
    do {
      let process = try ContainerProcess(
        plan.process, channel: channel, proc: proc, consoleSocket: plan.consoleSocket)
      var execProcess = ExecProcess(plan: plan, process: process)
      do throws(RuntimeError) {
        try execProcess.joinContainer(announcement)
      } catch {
        execProcess.process.report(error)
      }
    } catch {
      // Only prctl(2) can have failed; the runtime sees the end of the line.
    }
    _exit(1)
  }

  /// The whole of it, in order.
  private mutating func joinContainer(_ announcement: borrowing Channel) throws(RuntimeError) {
    try joinCgroups()
    try setOOMScore()
    try plan.entrance.enter()
    try process.joinKeyring(of: plan.id)
    if plan.process.hasTerminal {
      let root = Rootfs(root: try Kernel.open("/", flags: OpenFlags.path | O_DIRECTORY))
      try process.openTerminal(in: root)
    }

    try process.setScheduling()
    try process.connectStandardStreams()
    try process.setCredentials()
    try process.closeHost(keeping: announcement.socket.number)
    let program = try process.findProgram()
    switch try Kernel.clone(CloneFlags.parent) {
    case .parent(let pid, _):
      try announcement.send(.cloned, Array("\(pid)".utf8))
      _exit(0)
    case .child: break
    }

    try Kernel.dieWithParent()
    try process.closeHost()
    try Kernel.startSession()
    try process.takeTerminal()
    try process.becomeReady()
    try process.execute(program)
  }

  /// Spec: config.md#linux-process, execCPUAffinity
  private func joinCgroups() throws(RuntimeError) {
    let affinity = plan.process.process?.execCPUAffinity
    try setAffinity(affinity?.initial, "initial")
    if plan.cgroups.isByAdoption { try process.awaitAdoption() } else { try plan.cgroups.join() }
    try setAffinity(affinity?.final, "final")
  }

  private func setAffinity(_ list: String?, _ name: String) throws(RuntimeError) {
    guard let list, !list.isEmpty, let processors = IndexList(list) else { return }
    try during(plan.process.place("execCPUAffinity/\(name)")) { () throws(RuntimeError) in
      try Kernel.setAffinity(processors.bits)
    }
  }

  /// Spec: config.md#linux-process, oomScoreAdj
  private func setOOMScore() throws(RuntimeError) {
    guard let score = plan.process.process?.oomScoreAdj else { return }
    try process.proc.setOOMScore(
      score, of: "self", place: plan.process.origin, isRootless: plan.isRootless
    ) { (text) throws(RuntimeError) in try process.warn(text) }
  }
}
