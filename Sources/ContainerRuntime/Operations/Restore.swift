public import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors

/// `restore`: a new container, whose processes go on from where `Checkpoint` saved them.
public enum Restore {
  /// Restores a container.
  ///
  /// - Parameters:
  ///   - id: Not yet taken in `store`; it may be another one than the saved container's.
  ///   - bundlePath: With the saved container's configuration and root filesystem.
  /// - Returns: The program's exit status, 128 + n for signal n; 0 at once if detached.
  /// - Throws: After everything that was made is undone.
  public static func container(
    _ id: ContainerID, bundlePath: String, options: RestoreOptions, store: Store, log: EventLog
  ) throws(RuntimeError) -> Int32 {
    let isDetached = options.create.isDetached
    if options.isSubreaper, !isDetached { try Kernel.control(.childSubreaper, 1) }
    let files = try CriuFiles(imagePath: options.imagePath, workPath: options.workPath, isNew: false)
    let bundle = try Bundle(path: bundlePath)
    let configuration = try bundle.readConfig()
    let config = try Config.load(from: configuration) { log.warn($0.description) }
    let plan = try Plan(
      id: id, bundle: bundle, config: config, options: options.create, stateDirectory: store.path(of: id),
      warn: log.warn)
    let interruption = try Interruption()
    let construction = Construction(
      plan: plan, directory: try store.reserve(id), interruption: interruption, log: log)
    do throws(RuntimeError) {
      let restoration = try Restoration(construction, options, files)
      construction.record.isRestored = true
      try construction.makeCgroups()
      try restoration.describe()
      try restoration.run()
      try construction.joinResctrl()
      try construction.keep(configuration)
      try construction.finish()
    } catch {
      construction.undo(after: error)
      throw error.citing(log: Restoration.logFile, in: files.work.number, path: files.workPath)
    }
    return isDetached ? 0 : try CreatedContainer(construction).attend(keepsContainer: false)
  }
}
