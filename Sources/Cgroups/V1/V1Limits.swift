internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

extension V1Manager: SettingWriter {
  /// Writes all limits but device rules.
  func apply(_ resources: Resources) throws(RuntimeError) {
    for group in try settings(of: resources) { try write(group) }
  }

  /// What is to be written, in groups that bound each other.
  func settings(of resources: Resources) throws(RuntimeError) -> [[Setting]] {
    if resources.memory?.checkBeforeUpdate == true { try checkUsage(resources.memory) }
    return try resources.settings(hugetlbIsOnCgroup2: index(of: .hugetlb) == nil && cgroup2Index != nil)
  }

  func place(of setting: Setting) throws(RuntimeError) -> (directory: CInt, path: String)? {
    guard let index = try leaf(for: setting) else { return nil }
    return (try directory(index), leaves[index].place.hostPath)
  }

  func whyMissing(_ setting: Setting) -> RuntimeError? { nil }

  /// - Returns: nil if the controller is missing and not needed for this value.
  private func leaf(for setting: Setting) throws(RuntimeError) -> Int? {
    switch setting.target {
    case .controller(let controller):
      if let index = index(of: controller) { return index }
      if setting.isMet { return nil }
      throw RuntimeError(.unsupported, "the \(controller.rawValue) controller is not mounted")
    case .cgroup2:
      if let index = cgroup2Index { return index }
      throw RuntimeError(
        .unsupported,
        "the container has no cgroup in cgroup2",
        hint: "it gets one when it is created with such a limit and cgroup2 is mounted"
      )
    }
  }

  /// Spec: config-linux.md#memory, checkBeforeUpdate
  private func checkUsage(_ memory: MemoryResources?) throws(RuntimeError) {
    guard let limit = memory?.limit, limit > 0, let index = index(of: .memory) else { return }
    let usage = try Kernel.readControl("memory.usage_in_bytes", at: directory(index))
    if let usage = Int64(usage), limit < usage {
      throw RuntimeError(
        .invalidConfig,
        "/linux/resources/memory/limit (\(limit)) is lower than the present usage (\(usage))"
      )
    }
  }

  /// Replaces the whole device list: one write for each exception.
  func apply(_ list: DeviceList) throws(RuntimeError) {
    guard let index = index(of: .devices) else {
      if list.allowsAll, list.exceptions.isEmpty { return }
      throw RuntimeError(.unsupported, "the devices controller is not mounted, so devices cannot be denied")
    }
    try during("/linux/resources/devices") { () throws(RuntimeError) in
      let directory = try directory(index)
      let allow = try Kernel.open("devices.allow", at: directory, flags: O_WRONLY)
      let deny = try Kernel.open("devices.deny", at: directory, flags: O_WRONLY)
      let (base, exception) = list.allowsAll ? (allow.number, deny.number) : (deny.number, allow.number)
      try Self.writeAll(to: base, name: list.allowsAll ? "devices.allow 'a'" : "devices.deny 'a'")
      for one in list.exceptions {
        do throws(RuntimeError) {
          try Kernel.writeText(one.text, descriptor: exception, name: "devices.allow '\(one.text)'")
        } catch {
          // What the runtime itself may not use, a container inside it cannot have either. Only what the
          // configuration does not ask for can be left out.
          if error.errno == .notPermitted, DeviceRules.isDefault(one.devices, one.access) { continue }
          throw error.hinting("the cgroup above does not allow it")
        }
      }
    }
  }

  /// A cgroup that was there before may have cgroups in it, also for a moment after they were removed.
  private static func writeAll(to file: CInt, name: String) throws(RuntimeError) {
    var patience = Patience(microseconds: 1_000_000)
    while true {
      do throws(RuntimeError) {
        return try Kernel.writeText("a", descriptor: file, name: name)
      } catch  where error.errno == .invalidArgument && patience.wait() {
      } catch {
        throw error.errno == .invalidArgument
          ? error.hinting("a cgroup with other cgroups in it cannot change all its device rules") : error
      }
    }
  }
}
