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
    // First of all: what is opened here takes the numbers that the caller left free.
    try CreateOptions.requireDescriptors(
      options.preservedDescriptors, activated: options.activation?.count ?? 0)
    let bundle = try Bundle(path: bundlePath)
    let configuration = try bundle.readConfig(options.configFile)
    let config = try Config.load(from: configuration, fileName: options.configFile ?? "config.json") {
      log.warn($0.description)
    }
    log.debug { "bundle: \(bundlePath), configuration of version \(config.ociVersion)" }
    let plan = try Plan(
      id: id, bundle: bundle, config: config, options: options, stateDirectory: store.path(of: id),
      warn: log.warn)
    let interruption = try Interruption()
    let construction = Construction(
      plan: plan, directory: try store.reserve(id), interruption: interruption, log: log)
    do {
      try construction.makeCgroups()
      try construction.spawnInit()
      try construction.keep(configuration)
      try construction.joinResctrl()
      try construction.serveInit()
      try construction.finish()
    } catch {
      construction.undo(after: error)
      throw error
    }
    return CreatedContainer(construction)
  }
}
