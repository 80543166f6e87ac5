internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A container whose process waits for `start`, still in the hands of the command that made it.
public final class CreatedContainer {
  let construction: Construction

  init(_ construction: Construction) {
    self.construction = construction
  }

  /// Starts it over the line that `create` used. Spec: runtime.md#start
  ///
  /// - Throws: After the container is destroyed.
  func start() throws(RuntimeError) {
    let construction = construction
    do throws(RuntimeError) {
      guard let process = construction.process?.number else { return }
      guard construction.record.hasProcess else {
        throw RuntimeError(
          .invalidConfig, "config.json: /process is missing: nothing to start (config.md#process)")
      }
      let record = construction.record
      let id = construction.directory.id
      try ProgramStart(record.seccompListener, log: construction.log).proceed(
        on: construction.takeChannel(), process: process, pid: construction.pid,
        state: record.state(id, .created))
      try record.runPoststartHooks(of: id, interruption: construction.interruption)
    } catch {
      construction.undo(after: error)
      throw error
    }
  }
}
