internal import Cgroups
internal import ContainerStore
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// Undoing what `create` made, from its record alone. Everything that is gone already is passed over, so
/// it can be repeated after a crash.
struct Destruction {
  let id: String
  let record: ContainerRecord
  let cgroups: (any CgroupManager)?
  let log: EventLog

  /// Removes cgroups, mounts and resctrl groups.
  ///
  /// - Throws: The first failure, after everything was tried.
  func remove() throws(RuntimeError) {
    var first: RuntimeError?
    do throws(RuntimeError) { try removeCgroups() } catch { first = error }
    do throws(RuntimeError) { try removeMount() } catch { first = first ?? error }
    do throws(RuntimeError) { try ResctrlGroup.remove(record.resctrlDirectories) } catch { first = first ?? error }
    if let first { throw first }
  }

  /// The same, with a warning instead of an error.
  func removeResources() {
    do {
      try remove()
    } catch {
      log.warn("\(error)")
    }
  }

  /// A pid namespace of the container's own ended with the init process. Without one that leaves others
  /// behind; they die with the container.
  private func removeCgroups() throws(RuntimeError) {
    guard let cgroups else { return }
    if !record.hasPIDNamespace, record.cgroup?.isShared == false { try cgroups.killAll(signal: SIGKILL) }
    try cgroups.remove()
  }

  /// Without a mount namespace the container's mounts are the host's. `MNT_DETACH` takes all below too.
  private func removeMount() throws(RuntimeError) {
    guard let path = record.hostMount, record.initProcess != nil else { return }
    do {
      try Kernel.detachMount(path)
    } catch where error.errno == .invalidArgument || error.errno == .noSuchFileOrDirectory {
      // Not mounted, or gone.
    }
  }

  /// Step 13 of the lifecycle: a hook that fails is a warning, and the next ones run.
  func runPoststopHooks() {
    let state = State(
      ociVersion: SpecVersion.current, id: id, status: .stopped, pid: nil, bundle: record.bundle,
      annotations: record.annotations)
    HookRunner(event: "poststop", state: state, workingDirectory: record.bundle)
      .runAll(record.poststop) { log.warn("\($0)") }
  }
}
