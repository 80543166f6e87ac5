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
      try channel.send(.mountsMade)
      try channel.awaitProceed()
    }
    try HookRunner(
      event: "createContainer", state: plan.state(.creating, pid: getpid()),
      workingDirectory: plan.bundle
    ).run(hooks.createContainer)
  }

  /// Between steps 5 and 7: says that the container is created, and waits for `start`.
  mutating func waitForStart() throws(RuntimeError) {
    // The runtime may end as soon as it has answered. It answers only when the record is written: one
    // that dies before closes the line, and this process ends too.
    try Kernel.control(.parentDeathSignal, 0)
    Signal.dieOfTermination()
    try channel.send(.ready)
    try channel.awaitProceed()
    guard let listener = prepared.startListener else { return try channel.awaitProceed() }
    while true {
      let caller = try Kernel.accept(listener)
      let message = try Kernel.receive(from: caller.number, limit: 16)
      if message.bytes == [Channel.Kind.proceed.rawValue] {
        prepared.startRequest = caller.release()
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
