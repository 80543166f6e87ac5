internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

extension V1Manager {
  func update(_ resources: Resources) throws(RuntimeError) {
    if resources.hugepageLimits?.isEmpty == false || resources.unified?.isEmpty == false,
      index(of: .hugetlb) == nil, cgroup2Index == nil
    {
      throw RuntimeError(
        .unsupported,
        "the container was created without a cgroup2, which the new limits need"
      )
    }
    // Before anything is written: nothing can be wrong with the rules later.
    let devices = try newDevices(resources.devices)
    if cgroup2Index != nil { try enableControllers(for: resources) }
    var former: [[Setting]] = []
    do throws(RuntimeError) {
      for group in try settings(of: resources) {
        former.append(group.compactMap(present))
        try write(group)
      }
      if let devices { try change(to: devices) }
    } catch {
      for group in former.reversed() { try? write(group) }
      throw error
    }
  }

  /// What a setting's file says now, as a setting; nil if it cannot be put back.
  private func present(_ setting: Setting) -> Setting? {
    guard let index = try? leaf(for: setting), let directory = try? directory(index) else { return nil }
    for file in [setting.file, setting.alternative].compactMap(\.self) {
      guard let text = try? Kernel.readTable(file, at: directory) else { continue }
      return setting.former(in: file, text: String(decoding: text, as: UTF8.self))
    }
    return nil
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

extension Setting {
  /// The setting that puts back what a file says.
  ///
  /// - Parameters:
  ///   - file: The setting's own, or the alternative.
  ///   - text: All of it.
  /// - Returns: nil if the text has no value for what this sets.
  func former(in file: String, text: String) -> Setting? {
    var former = self
    (former.file, former.alternative) = (file, nil)
    let lines = text.split(separator: "\n")
    if file == "memory.oom_control" {
      guard let value = ControlFileText.counters(text)["oom_kill_disable"] else { return nil }
      former.value = "\(value)"
    } else if let space = value.firstIndex(of: " ") {
      // A value of one of several devices or interfaces; no line about it is no limit.
      let name = value[..<space]
      let line = lines.first { $0.prefix { $0 != " " } == name }
      former.value = line.map { String($0) } ?? "\(name) 0"
    } else {
      guard lines.count == 1 else { return nil }
      former.value = String(lines[0])
    }
    return former
  }
}
