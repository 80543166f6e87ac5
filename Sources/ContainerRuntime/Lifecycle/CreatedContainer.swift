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
      guard let channel = construction.channel?.socket.number else { return }
      guard construction.record.hasProcess else {
        throw RuntimeError(
          .invalidConfig, "config.json: /process is missing: nothing to start (config.md#process)")
      }
      let starting = Starting(
        id: construction.plan.id, record: construction.record, log: construction.log)
      try starting.proceed(on: channel)
      try starting.runPoststartHooks()
    } catch {
      construction.undo(after: error)
      throw error
    }
  }
}
