internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// Device rules are a program attached to the cgroup, beside those that others attach: all must allow.
extension V2Manager {
  /// What the container's program is found by.
  private static let programName = "swrun_devices"

  /// Puts the program in place of the container's present one, with no moment without any.
  ///
  /// - Parameters:
  ///   - isFirst: Whether there can be none yet.
  func replaceDevices(_ program: DeviceProgram, isFirst: Bool = false) throws(RuntimeError) {
    try during("/linux/resources/devices: \(place.hostPath)") { () throws(RuntimeError) in
      let directory = try directory()
      let loaded: Descriptor
      do throws(RuntimeError) {
        loaded = try Kernel.loadDeviceProgram(program.instructions, name: Self.programName)
      } catch let error where record.isRootless == true && error.errno == .notPermitted {
        // Only root of the host may. In a user namespace nobody can make a device either, and those that are
        // there open for whom they open outside.
        return
      }
      let former = try isFirst ? nil : Kernel.deviceProgram(named: Self.programName, of: directory)
      if let former {
        try Kernel.attachDeviceProgram(loaded.number, to: directory, replacing: former.number)
      } else {
        try Kernel.attachDeviceProgram(loaded.number, to: directory)
      }
    }
  }

  /// Takes the program away from a cgroup that is not the container's to remove.
  func detachDevices() throws(RuntimeError) {
    let directory = try directory()
    guard let program = try Kernel.deviceProgram(named: Self.programName, of: directory) else { return }
    try Kernel.detachDeviceProgram(program.number, from: directory)
  }
}
