internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

extension V2Manager: SettingWriter {
  func place(of setting: Setting) throws(RuntimeError) -> (directory: CInt, path: String)? {
    (try directory(), place.hostPath)
  }

  /// What is to be written, in groups that bound each other.
  func settings(of resources: Resources) throws(RuntimeError) -> [[Setting]] {
    if resources.memory?.checkBeforeUpdate == true { try checkUsage(resources.memory) }
    return try resources.cgroup2Settings { (file) throws(RuntimeError) in
      try Kernel.readControl(file, at: directory())
    }
  }

  /// Whether the controller is missing, and why.
  func whyMissing(_ setting: Setting) -> RuntimeError? {
    let name = String(setting.file.prefix { $0 != "." })
    guard name != "cgroup", let names = try? Kernel.readControl("cgroup.controllers", at: directory()),
      !names.split(separator: " ").contains(Substring(name))
    else { return nil }
    // Who may not switch a controller on has not got it: that is what there is to say.
    if let refusal = refusals[name], record.isRootless != true || !refusal.isLackOfCgroupRights {
      return refusal.errno == .resourceBusy
        ? refusal.hinting(
          "a cgroup with processes in it cannot limit those below; use an absolute cgroupsPath")
        : refusal
    }
    let error = RuntimeError(.unsupported, "the \(name) controller is not available in \(place.hostPath)")
    guard record.isRootless == true else { return error }
    return error.hinting(
      "it is not delegated to the user: root does so by Delegate=cpu cpuset io memory pids in a drop-in of "
        + "user@.service")
  }

  /// Spec: config-linux.md#memory, checkBeforeUpdate
  private func checkUsage(_ memory: MemoryResources?) throws(RuntimeError) {
    guard let limit = memory?.limit, limit > 0 else { return }
    if let usage = try Int64(Kernel.readControl("memory.current", at: directory())), limit < usage {
      throw RuntimeError(
        .invalidConfig,
        "/linux/resources/memory/limit (\(limit)) is lower than the present usage (\(usage))"
      )
    }
  }

  func update(_ resources: Resources) throws(RuntimeError) {
    // Before anything is written: nothing can be wrong with the rules later.
    var devices: DeviceProgram?
    if let rules = resources.devices, rules != record.devices {
      devices = DeviceProgram(try DeviceRules(rules))
    }
    try change(try settings(of: resources)) { () throws(RuntimeError) in
      if let devices { try replaceDevices(devices) }
    }
  }
}
