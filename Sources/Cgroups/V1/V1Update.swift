internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

extension V1Manager {
  func update(_ resources: Resources) throws(RuntimeError) {
    if resources.hugepageLimits?.isEmpty == false || resources.unified?.isEmpty == false,
      index(of: .hugetlb) == nil, cgroup2Index == nil
    {
      let property = resources.unified?.isEmpty == false ? "unified" : "hugepageLimits"
      throw RuntimeError(
        .unsupported,
        "/linux/resources/\(property): the container was created without a cgroup2, which the new limits need",
        hint: "a container gets one where cgroup2 is mounted and can be written to when it is created")
    }
    // Before anything is written: nothing can be wrong with the rules later.
    let devices = try newDevices(resources.devices)
    if cgroup2Index != nil { try enableControllers(for: resources) }
    try change(try settings(of: resources)) { () throws(RuntimeError) in
      if let devices { try change(to: devices) }
    }
  }

  /// - Returns: nil if the rules are those that the container has.
  private func newDevices(_ rules: [DeviceRule]?) throws(RuntimeError) -> DeviceList? {
    guard let rules, rules != record.devices else { return nil }
    return try DeviceList(DeviceRules(rules))
  }

  /// Brings the device list to another state, where possible without a moment in which a device is denied
  /// that both allow.
  private func change(to list: DeviceList) throws(RuntimeError) {
    guard let index = index(of: .devices) else { return try apply(list) }
    let directory = try directory(index)
    let present = DeviceList(listing: try Kernel.readControl("devices.list", at: directory))
    guard let changes = present.changes(to: list) else { return try apply(list) }
    try during("/linux/resources/devices") { () throws(RuntimeError) in
      for (number, change) in changes.enumerated() {
        do throws(RuntimeError) {
          try Kernel.writeText(change.exception.text, to: change.file, at: directory)
        } catch {
          for done in changes[..<number].reversed() {
            try? Kernel.writeText(done.exception.text, to: done.opposite.file, at: directory)
          }
          var error = error
          error.systemCall?.subject = "\(change.file) '\(change.exception.text)'"
          throw error.hinting("the cgroup above does not allow it")
        }
      }
    }
  }
}
