internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Runs the programs of one lifecycle event. Spec: config.md#posix-platform-hooks
///
/// A hook reads the state from a file in memory, so a hook that does not read can neither block nor kill
/// the runtime; what it prints is kept and becomes part of the error.
struct HookRunner {
  /// The event's name, for messages: `prestart`.
  let event: String
  let state: State
  /// Where the hooks start.
  let workingDirectory: String
  /// What may end the wait for a hook, in the runtime's own process.
  var interruption: Interruption?

  /// How much of a failed hook's output is shown, in bytes from its end.
  private static let shownOutput = 4096

  /// Runs all hooks in order; the first that fails ends it.
  func run(_ hooks: [Hook]?) throws(RuntimeError) {
    for (index, hook) in (hooks ?? []).enumerated() {
      try during(place(index, hook)) { () throws(RuntimeError) in try run(hook) }
    }
  }

  /// Runs all hooks in order, also after one that failed.
  ///
  /// - Parameters:
  ///   - failed: Gets each failure.
  func runAll(_ hooks: [Hook]?, failed: (RuntimeError) -> Void) {
    for (index, hook) in (hooks ?? []).enumerated() {
      do {
        try run(hook)
      } catch {
        failed(error.adding(context: place(index, hook)))
      }
    }
  }

  private func place(_ index: Int, _ hook: Hook) -> String {
    "config.json: /hooks/\(event)/\(index) (\(hook.path))"
  }

  private func run(_ hook: Hook) throws(RuntimeError) {
    let input = try Kernel.makeMemoryFile(name: "state", contents: JSONWriter().encode(state))
    let output = try Kernel.makeMemoryFile(name: "output", contents: [])
    let arguments = CStrings(hook.args.map { $0.isEmpty ? [hook.path] : $0 } ?? [hook.path])
    let environment = CStrings(hook.env ?? [])
    switch try Kernel.clone(0) {
    case .child:
      execute(hook.path, arguments, environment, input: input.number, output: output.number)
    case .parent(let pid, let process):
      try wait(for: pid, process.number, hook, output.number)
    }
  }

  /// The child: becomes the hook.
  private func execute(
    _ path: String, _ arguments: CStrings, _ environment: CStrings, input: CInt, output: CInt
  ) -> Never {
    do {
      // A hook must not go on working for a runtime that is gone.
      try Kernel.dieWithParent()
      try Kernel.startSession()
      try Kernel.changeDirectory(workingDirectory)
      try Kernel.duplicate(input, as: 0)
      try Kernel.duplicate(output, as: 1)
      try Kernel.duplicate(output, as: 2)
      Signal.resetAll()
      try Kernel.execute(path, arguments, environment)
    } catch {
      try? Kernel.writeAll(output, Array(error.description.utf8), name: "output")
    }
    _exit(127)
  }

  /// Spec: config.md#posix-platform-hooks, `timeout`
  private func wait(
    for pid: Int32, _ process: CInt, _ hook: Hook, _ output: CInt
  ) throws(RuntimeError) {
    let milliseconds = hook.timeout.map { CInt(clamping: $0.multipliedReportingOverflow(by: 1000).0) } ?? -1
    do throws(RuntimeError) {
      guard try hasEnded(process, within: milliseconds) else {
        throw RuntimeError(.hookFailed, "did not end within \(hook.timeout ?? 0) s")
      }
    } catch {
      // The hook leads a session: its children go with it.
      try? Kernel.signal(pid: -pid, SIGKILL)
      _ = try Kernel.wait(for: pid)
      throw error
    }
    let status = try Kernel.wait(for: pid)
    guard status != 0 else { return }
    let said = try Kernel.readTail(of: output, most: HookRunner.shownOutput)
    let ending = status > 128 ? "was killed by signal \(status - 128)" : "exited with status \(status)"
    throw RuntimeError(.hookFailed, said.isEmpty ? ending : "\(ending): \(said)")
  }

  private func hasEnded(_ process: CInt, within milliseconds: CInt) throws(RuntimeError) -> Bool {
    if let interruption { return try interruption.wait(for: process, milliseconds: milliseconds) }
    if milliseconds < 0 { return true }
    return try Kernel.waitForInput([process], milliseconds: milliseconds)[0]
  }
}
