internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Where the init process meets the runtime: hooks, and the wait for `start`.
///
/// Spec: runtime.md#lifecycle
extension InitProcess {
  /// Steps 3 to 5. The runtime runs its hooks while this waits.
  func runCreateHooks() throws(RuntimeError) {
    guard let hooks = plan.config.hooks else { return }
    if !(hooks.prestart ?? []).isEmpty || !(hooks.createRuntime ?? []).isEmpty {
      try process.channel.send(.mountsMade)
      try process.channel.awaitProceed()
    }
    try HookRunner(
      event: "createContainer", state: plan.state(.creating, pid: getpid()),
      workingDirectory: plan.bundle
    ).run(hooks.createContainer)
  }

  /// Between steps 5 and 7: says that the container is created, and waits for `start`.
  mutating func waitForStart() throws(RuntimeError) {
    try process.becomeReady()
    guard let listener = prepared.startListener else { return try process.channel.awaitProceed() }
    while true {
      let caller = Channel(socket: try Kernel.accept(listener))
      if try caller.receive()?.kind == .proceed {
        process.channel = caller
        return
      }
    }
  }

  /// Step 7.
  func runStartHooks() throws(RuntimeError) {
    try HookRunner(
      event: "startContainer", state: plan.state(.created, pid: getpid()), workingDirectory: "/"
    ).run(plan.config.hooks?.startContainer)
  }
}
