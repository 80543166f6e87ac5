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
    do throws(RuntimeError) {
      try ResctrlGroup.remove(record.resctrl, containerExisted: record.outline.isComplete)
    } catch { first = first ?? error }
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
  /// behind; they die with the container. So do those of a `restore` that was killed, CRIU's too.
  private func removeCgroups() throws(RuntimeError) {
    guard let cgroups else { return }
    var failure: RuntimeError?
    let mayHaveProcesses =
      !record.hasPIDNamespace || (record.isRestored == true && !record.outline.isComplete)
    if mayHaveProcesses, record.cgroup?.isShared == false {
      do throws(RuntimeError) { try cgroups.killAll(signal: SIGKILL) } catch { failure = error }
    }
    do throws(RuntimeError) { try cgroups.remove(wasInterrupted: !record.outline.isComplete) } catch {
      throw failure ?? error
    }
  }

  /// Without a mount namespace of its own the container's mounts stay where they were made.
  private func removeMount() throws(RuntimeError) {
    guard let mount = record.foreignMount else { return }
    guard let path = mount.namespace else { return try mount.detach() }
    guard let namespace = try? Kernel.open(path, flags: O_RDONLY) else { return }
    switch try Kernel.clone(0) {
    case .child:
      do {
        try Kernel.join(namespace.number, type: CloneFlags.newMount)
        try mount.detach()
      } catch {
        _exit(1)
      }
      _exit(0)
    case .parent(let pid, _):
      if try Kernel.wait(for: pid) != 0 {
        throw RuntimeError(.systemCall, "unmounting \(mount.path) in the mount namespace \(path) failed")
      }
    }
  }

  /// Step 13 of the lifecycle: a hook that fails is a warning, and the next ones run.
  func runPoststopHooks() {
    let state = State(
      ociVersion: SpecVersion.current, id: id, status: .stopped, pid: nil, bundle: record.outline.bundle,
      annotations: record.outline.annotations)
    HookRunner(event: "poststop", state: state, workingDirectory: record.outline.bundle)
      .runAll(record.poststop) { log.warn("\($0)") }
  }
}

extension ContainerRecord.ForeignMount {
  /// Takes the mount down with all below it, if it is still the one that was made. umount2(2)
  func detach() throws(RuntimeError) {
    do throws(RuntimeError) {
      let top = try Kernel.open(path, flags: OpenFlags.path)
      guard try Kernel.mountID(top.number) == mountID else { return }
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return
    }
    try Kernel.detachMount(path)
  }
}
