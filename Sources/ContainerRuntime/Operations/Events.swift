internal import Cgroups
public import ContainerStore
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

/// `events`: statistics of a container, and when it uses up its memory.
public enum Events {
  /// Statistics of this moment. Waits for nobody.
  ///
  /// - Throws: `notRunning` if the container is stopped.
  public static func statistics(of id: ContainerID, store: Store) throws(RuntimeError) -> ContainerEvent {
    try EventSource(id, store: store).statistics()
  }

  /// Reports events until the container ends, or nobody reads standard output any more.
  ///
  /// - Parameters:
  ///   - interval: Milliseconds between statistics, the first of which come after that time.
  ///   - report: Writes to standard output.
  /// - Throws: `notRunning` if the container is stopped at the beginning.
  public static func watch(
    _ id: ContainerID, interval: Int, store: Store, report: (ContainerEvent) throws(RuntimeError) -> Void
  ) throws(RuntimeError) {
    let source = try EventSource(id, store: store)
    // Also where the caller blocks these signals, and as the first process of a pid namespace.
    Signal.dieOfTermination()
    do throws(RuntimeError) {
      try source.watch(interval: interval, report: report)
    } catch let error where error.errno == .brokenPipe || source.hasEnded {
    }
  }
}

/// A container that was alive when this was made.
private final class EventSource {
  private let id: String
  private let record: ContainerRecord
  private let manager: any CgroupManager
  private let process: Descriptor
  private let pid: Int32

  init(_ id: ContainerID, store: Store) throws(RuntimeError) {
    self.id = id.text
    record = try store.open(id).requireRecord()
    guard let identity = record.outline.initProcess, let process = try identity.open() else {
      throw EventSource.notRunning(id.text)
    }
    pid = identity.pid
    self.process = process
    manager = try record.requireCgroups()
  }

  /// Whether the init process is gone.
  var hasEnded: Bool { (try? Kernel.waitForInput([process.number], milliseconds: 0)[0]) ?? true }

  func statistics() throws(RuntimeError) -> ContainerEvent {
    do throws(RuntimeError) {
      let event = ContainerEvent.statistics(
        id, try manager.statistics(), intelRdt: try intelRdt(),
        interfaces: try NetworkInterface.all(of: pid, proc: try HostProc()))
      // What was read while it ended is not its own.
      if !hasEnded { return event }
    } catch {
      if !hasEnded { throw error }
    }
    throw EventSource.notRunning(id)
  }

  func watch(
    interval: Int, report: (ContainerEvent) throws(RuntimeError) -> Void
  ) throws(RuntimeError) {
    let memory = try manager.watchOutOfMemory()
    let descriptors = [memory?.descriptor.number ?? -1, process.number]
    var next = Kernel.monotonicMilliseconds() + interval
    while true {
      let left = max(0, next - Kernel.monotonicMilliseconds())
      let (ready, isUnread) = try Kernel.waitForInput(
        descriptors, orEndOfReaders: 1, milliseconds: CInt(clamping: left))
      if isUnread { return }
      // First: it may be why the container ended.
      if ready[0], let memory, try memory.take() { try report(.outOfMemory(id)) }
      if ready[1] { return }
      let now = Kernel.monotonicMilliseconds()
      if now >= next {
        try report(try statistics())
        next = max(next + interval, now)
      }
    }
  }

  private func intelRdt() throws(RuntimeError) -> IntelRdtStatistics {
    guard let group = record.resctrl?.path, let root = try? ResctrlFileSystem.mountPoint() else {
      return IntelRdtStatistics()
    }
    return IntelRdtStatistics(group: group, monitored: record.resctrl?.monitoringGroup ?? group, root: root)
  }

  private static func notRunning(_ id: String) -> RuntimeError {
    RuntimeError(.notRunning, "container not running: \(id) is stopped")
  }
}
