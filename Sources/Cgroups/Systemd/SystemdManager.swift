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
  /// Whether the scope is this container's, as long as this process is making it; nil if it is to be asked.
  private var isKnownAsOurs: Bool?

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
        UnitProperty("Description", .string(record.unitDescription ?? "container \(unit.name)")),
        UnitProperty("Slice", .string(unit.slice)), UnitProperty("Delegate", .boolean(true)),
        UnitProperty("DefaultDependencies", .boolean(false)),
        // A scope whose processes used up its memory would stay as failed, and keep its name.
        UnitProperty("CollectMode", .string("inactive-or-failed")),
        UnitProperty("PIDs", .array(of: "u", [.uint32(UInt32(try startPlaceholder()))])),
      ] + (resources?.unitProperties ?? []) + (try self.properties(of: resources?.devices))
      + properties
    isKnownAsOurs = true
    do throws(RuntimeError) {
      try bus.start(unit, properties)
    } catch let error where error.message.contains("UnitExists") {
      // Of a container that failed long ago, perhaps; one that runs is not touched by this.
      bus.forgetFailure(of: unit)
      do throws(RuntimeError) { try bus.start(unit, properties) } catch {
        isKnownAsOurs = !error.message.contains("UnitExists")
        throw error
      }
    }
    guard try Kernel.stat(cgroup.place.hostPath, at: Directory.working) != nil else {
      throw RuntimeError(
        .systemCall, "systemd started \(unit.name), but not with the cgroup \(cgroup.place.hostPath)")
    }
    try cgroup.configure(resources, owner: owner)
  }

  /// Whether a cgroup is there, and in a scope that was made for this container. Another container can have
  /// the name: one that was there first, or one that came when this one's scope was gone with its processes.
  private func isOurs() throws(RuntimeError) -> Bool {
    guard try Kernel.stat(cgroup.place.hostPath, at: Directory.working) != nil else { return false }
    if let isKnownAsOurs { return isKnownAsOurs }
    var expected = record.unitDescription
    if let text = record.unitProperties?["Description"] {
      expected = try UnitProperty(annotation: "Description", text).value.text
    }
    guard let expected else { return true }
    return try SystemdBus(record.bus).description(of: unit) == expected
  }

  /// A user's systemd has as little right to set rules on devices as he has.
  private func properties(of devices: [DeviceRule]?) throws(RuntimeError) -> [UnitProperty] {
    record.bus == nil ? try DeviceRules(devices).unitProperties : []
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

  func initJoined() {
    endPlaceholder()
    isKnownAsOurs = nil
  }

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
    var properties = resources.unitProperties
    if let devices = resources.devices { properties += try self.properties(of: devices) }
    if !properties.isEmpty { try SystemdBus(record.bus).set(properties, of: unit) }
  }

  func remove() throws(RuntimeError) {
    // The placeholder keeps a scope that is being made, and its name, until the question is answered.
    defer { endPlaceholder() }
    // systemd forgets a scope that became empty: then there is nothing to ask for.
    guard try isOurs() else { return }
    endPlaceholder()
    var failure: RuntimeError?
    do throws(RuntimeError) {
      let bus = try SystemdBus(record.bus)
      try bus.stop(unit)
      bus.forgetFailure(of: unit)
    } catch { failure = error }
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
    if try isOurs() { try cgroup.killAll(signal: signal) }
  }
}
