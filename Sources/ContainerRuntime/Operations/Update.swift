internal import Cgroups
public import ContainerStore
public import OCIRuntimeSpec
public import RuntimeErrors

/// `update`: other limits for a container that exists.
public enum Update {
  /// Changes what `resources` and the schemata set, and leaves everything else.
  ///
  /// - Parameters:
  ///   - cacheSchema: `L3:` line for resctrl.
  ///   - bandwidthSchema: `MB:` line for resctrl.
  /// - Throws: `notRunning` if the container is stopped; else what the kernel refuses, after what was
  ///   written is put back.
  public static func container(
    _ id: ContainerID, resources: Resources, cacheSchema: String? = nil, bandwidthSchema: String? = nil,
    store: Store
  ) throws(RuntimeError) {
    let directory = try store.openLocked(id)
    var record = try directory.requireRecord()
    let status = try ContainerStatus.of(directory, record.outline)
    guard [.created, .running, .paused].contains(status) else {
      throw RuntimeError(.notRunning, "container not running: \(id) is \(status.rawValue)")
    }
    let resources = resources.meant(by: record.outline.ociVersion)
    if resources.devices != nil, record.cgroup?.devices == nil {
      record.cgroup?.devices = try directory.readConfig().linux?.resources?.devices
    }
    let manager = try record.requireCgroups()
    var schemata = IntelRdt()
    (schemata.l3CacheSchema, schemata.memBwSchema) = (cacheSchema, bandwidthSchema)
    var resctrl = try resctrl(schemata, of: id, record)
    let former = record
    if let resctrl { record.resctrl = resctrl.record }
    if let devices = resources.devices { record.cgroup?.devices = devices }
    do throws(RuntimeError) {
      // What is made in resctrl is written down before.
      if record != former { try directory.write(record, durable: true) }
      try resctrl?.perform(try manager.processes())
      try manager.update(resources)
      if let resctrl, record.resctrl != resctrl.record {
        record.resctrl = resctrl.record
        try directory.write(record, durable: true)
      }
    } catch {
      resctrl?.undo()
      if record != former { try? directory.write(former, durable: true) }
      throw error
    }
  }

  /// Spec: config-linux.md#intelrdt
  private static func resctrl(
    _ schemata: IntelRdt, of id: ContainerID, _ record: ContainerRecord
  ) throws(RuntimeError) -> ResctrlUpdate? {
    if schemata == IntelRdt() { return nil }
    let flag = schemata.l3CacheSchema == nil ? "--mem-bw-schema" : "--l3-cache-schema"
    let root = try ResctrlFileSystem.mountPoint(for: flag)
    return try during(flag) { () throws(RuntimeError) in
      try ResctrlUpdate(schemata, containerID: id.text, record: record.resctrl, root: root)
    }
  }
}
