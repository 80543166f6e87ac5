internal import DBus
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// A container's cgroup as a scope of systemd's, on a host with cgroup v2.
///
/// systemd makes the scope and lets it go; what is in it is delegated to the runtime, which does there
/// what it does without systemd.
final class SystemdManager: CgroupManager {
  private let unit: SystemdUnit
  private let cgroup: V2Manager
  /// A scope cannot be empty: this process is in it until the init process is.
  private var placeholder: Int32?
  /// Whether the scope turned out to be another container's, which must not end with this one.
  private var isForeign = false

  init(record: CgroupRecord) throws(RuntimeError) {
    guard let unit = record.unit else {
      throw RuntimeError(.damagedState, "the record of cgroups names no unit of systemd")
    }
    self.unit = unit
    cgroup = try V2Manager(record: record)
  }

  deinit { endPlaceholder() }

  var record: CgroupRecord { cgroup.record }
  var mounts: [CgroupMount] { cgroup.mounts }

  func create(_ resources: Resources?, owner: UInt32?) throws(RuntimeError) {
    var properties = try (record.unitProperties ?? [:]).sorted { $0.key < $1.key }.map {
      (name, text) throws(RuntimeError) in try UnitProperty(annotation: name, text)
    }
    let bus = try SystemdBus(record.bus)
    // What was configured comes last and has the last word.
    properties =
      [
        UnitProperty("Description", .string("container \(unit.name)")),
        UnitProperty("Slice", .string(unit.slice)), UnitProperty("Delegate", .boolean(true)),
        UnitProperty("DefaultDependencies", .boolean(false)),
        // A scope whose processes used up its memory would stay as failed, and keep its name.
        UnitProperty("CollectMode", .string("inactive-or-failed")),
        UnitProperty("PIDs", .array(of: "u", [.uint32(UInt32(try startPlaceholder()))])),
      ] + (resources?.unitProperties ?? []) + properties
    do throws(RuntimeError) {
      try bus.start(unit, properties)
    } catch let error where error.message.contains("UnitExists") {
      // Of a container that failed long ago, perhaps; one that runs is not touched by this.
      bus.forgetFailure(of: unit)
      do throws(RuntimeError) { try bus.start(unit, properties) } catch {
        isForeign = error.message.contains("UnitExists")
        throw error
      }
    }
    guard try Kernel.stat(cgroup.place.hostPath, at: Directory.working) != nil else {
      throw RuntimeError(
        .systemCall, "systemd started \(unit.name), but not with the cgroup \(cgroup.place.hostPath)")
    }
    try cgroup.configure(resources, owner: owner)
  }

  private func startPlaceholder() throws(RuntimeError) -> Int32 {
    switch try Kernel.clone(0) {
    case .child:
      Kernel.forgetCaller()
      try? Kernel.dieWithParent()
      Signal.resetAll()
      while true { pause() }
    case .parent(let pid, _):
      placeholder = pid
      return pid
    }
  }

  func initJoined() { endPlaceholder() }

  func adopt(_ pid: Int32) throws(RuntimeError) { try SystemdBus(record.bus).attach(pid, to: unit) }

  private func endPlaceholder() {
    guard let pid = placeholder.take() else { return }
    try? Kernel.signal(pid: pid, SIGKILL)
    _ = try? Kernel.wait(for: pid)
  }

  func openMembership(
    nested: [NestedCgroup], beside pid: CInt?
  ) throws(RuntimeError) -> CgroupMembership {
    // A user's login session is out of his systemd's cgroups: only the host's systemd may move processes.
    if nested.isEmpty, record.bus != nil, !cgroup.isInReach { return .byAdoption }
    return try cgroup.openMembership(nested: nested, beside: pid)
  }

  func update(_ resources: Resources) throws(RuntimeError) {
    // First where a refused value can be put back.
    try cgroup.update(resources)
    try SystemdBus(record.bus).set(resources.unitProperties, of: unit)
  }

  func remove() throws(RuntimeError) {
    endPlaceholder()
    if isForeign { return }
    var failure: RuntimeError?
    // systemd forgets a scope that became empty: then there is nothing to ask for.
    if try Kernel.stat(cgroup.place.hostPath, at: Directory.working) != nil {
      do throws(RuntimeError) {
        let bus = try SystemdBus(record.bus)
        try bus.stop(unit)
        bus.forgetFailure(of: unit)
      } catch { failure = error }
    }
    try cgroup.remove()
    if let failure { throw failure }
  }

  func processes() throws(RuntimeError) -> [CInt] { try cgroup.processes() }
  func statistics() throws(RuntimeError) -> CgroupStatistics { try cgroup.statistics() }
  func watchOutOfMemory() throws(RuntimeError) -> OutOfMemoryWatch? { try cgroup.watchOutOfMemory() }
  func freeze() throws(RuntimeError) { try cgroup.freeze() }
  func thaw() throws(RuntimeError) { try cgroup.thaw() }
  func thawAll() throws(RuntimeError) { try cgroup.thawAll() }
  var isFrozen: Bool { get throws(RuntimeError) { try cgroup.isFrozen } }
  func killAll(signal: CInt) throws(RuntimeError) {
    if !isForeign { try cgroup.killAll(signal: signal) }
  }
}
