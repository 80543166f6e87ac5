public import ContainerStore
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors

/// Spec: runtime.md#create
public enum Create {
  /// Makes a container, up to the point where its process waits for `start`.
  ///
  /// - Parameters:
  ///   - id: Not yet taken in `store`.
  ///   - bundlePath: The bundle's directory.
  /// - Returns: The container, for `run` to go on with.
  /// - Throws: After everything that was made is undone.
  public static func container(
    _ id: ContainerID, bundlePath: String, options: CreateOptions, store: Store, log: EventLog
  ) throws(RuntimeError) -> CreatedContainer {
    let bundle = try Bundle(path: bundlePath)
    let config = try bundle.loadConfig(warn: log.warn)
    let plan = try Plan(id: id, bundle: bundle, config: config, options: options, warn: log.warn)
    let construction = Construction(plan: plan, directory: try store.reserve(id), log: log)
    do {
      try construction.makeCgroups()
      try construction.spawnInit()
      try construction.serveInit()
      try construction.finish()
    } catch {
      construction.undo(after: error)
      throw error
    }
    return CreatedContainer(construction)
  }
}
