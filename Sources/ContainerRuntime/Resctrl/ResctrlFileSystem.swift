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
        return unescape(fields[4])
      }
    }
    return nil
  }

  /// Undoes the kernel's octal escapes, such as `\040` for a space.
  private static func unescape(_ field: ArraySlice<UInt8>) -> String {
    var parts = String(decoding: field, as: UTF8.self).split(
      separator: "\\",
      omittingEmptySubsequences: false
    )
    var path = String(parts.removeFirst())
    for part in parts {
      guard let byte = UInt8(part.prefix(3), radix: 8) else { return path + part }
      path.unicodeScalars.append(Unicode.Scalar(byte))
      path += part.dropFirst(3)
    }
    return path
  }
}
