internal import LinuxKernel
internal import RuntimeErrors

/// Where resctrl is mounted in the runtime's mount namespace. Spec: config-linux.md#intelrdt
enum ResctrlFileSystem {
  /// Looks into /proc/self/mountinfo.
  ///
  /// - Parameters:
  ///   - place: Who asks for resctrl, for the error.
  /// - Throws: `unsupported` if resctrl is not mounted.
  static func mountPoint(
    for place: String = "config.json: /linux/intelRdt"
  ) throws(RuntimeError) -> String {
    guard let path = mountPoint(in: try Kernel.readTable("/proc/self/mountinfo")) else {
      throw RuntimeError(
        .unsupported,
        "\(place): resctrl is not mounted (config-linux.md#intelrdt)",
        hint: "on a processor that has it: mount -t resctrl resctrl /sys/fs/resctrl"
      )
    }
    return path
  }

  /// The first mount that shows all of resctrl.
  ///
  /// `36 25 0:32 / /sys/fs/resctrl rw,relatime shared:5 - resctrl resctrl rw`, proc_pid_mountinfo(5)
  static func mountPoint(in table: [UInt8]) -> String? {
    for line in table.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "))
      // Optional fields come before a lone hyphen, and no field before it can be one.
      guard fields.count > 6, let hyphen = fields.dropFirst(6).firstIndex(of: [UInt8(ascii: "-")]) else {
        continue
      }
      let type = fields.dropFirst(hyphen + 1).first
      if type.map({ $0.elementsEqual("resctrl".utf8) }) == true, fields[3].elementsEqual("/".utf8) {
        return MountTable.unescape(String(decoding: fields[4], as: UTF8.self))
      }
    }
    return nil
  }
}
