internal import Cgroups
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A process that `exec` adds to a container, from clone3(2) to execve(2).
struct ExecProcess: ~Copyable {
  let plan: ExecPlan
  var process: ContainerProcess

  /// Becomes the program, or sends the error and exits.
  static func run(_ plan: ExecPlan, channel: consuming Channel, proc: HostProc) -> Never {
    do {
      let process = try ContainerProcess(
        plan.process, channel: channel, proc: proc, consoleSocket: plan.consoleSocket)
      var execProcess = ExecProcess(plan: plan, process: process)
      do throws(RuntimeError) {
        try execProcess.joinContainer()
      } catch {
        execProcess.process.report(error)
      }
    } catch {
      // Only prctl(2) can have failed; the runtime sees the end of the line.
    }
    _exit(1)
  }

  /// The whole of it, in order.
  private mutating func joinContainer() throws(RuntimeError) {
    try joinCgroups()
    try plan.entrance.enter()
    try Kernel.startSession()
    try process.joinKeyring(of: plan.id)
    if plan.process.hasTerminal {
      let root = Rootfs(root: try Kernel.open("/", flags: OpenFlags.path | O_DIRECTORY))
      try process.openTerminal(in: root)
    }

    try process.setScheduling()
    try process.connectStandardStreams()
    try process.setCredentials()
    try process.closeHost()
    let program = try process.findProgram()
    try process.becomeReady()
    try process.execute(program)
  }

  /// Spec: config.md#linux-process, execCPUAffinity
  private func joinCgroups() throws(RuntimeError) {
    let affinity = plan.process.process?.execCPUAffinity
    try setAffinity(affinity?.initial, "initial")
    try plan.cgroups.join()
    try setAffinity(affinity?.final, "final")
  }

  private func setAffinity(_ list: String?, _ name: String) throws(RuntimeError) {
    guard let list, !list.isEmpty, let processors = IndexList(list) else { return }
    try during(plan.process.place("execCPUAffinity/\(name)")) { () throws(RuntimeError) in
      try Kernel.setAffinity(processors.bits)
    }
  }
}
