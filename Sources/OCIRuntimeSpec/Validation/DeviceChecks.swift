internal import JSON

extension LinuxConfig {
  /// Spec: config-linux.md#devices
  func checkDevices(_ report: inout Report) {
    var seen: [String: Device] = [:]
    for (index, device) in (devices ?? []).enumerated() {
      let pointer = "/linux/devices/\(index)"
      report.requireAbsolutePath(device.path, "\(pointer)/path")
      device.checkNumbers(&report, pointer)
      device.checkMode(&report, pointer)
      if let other = seen.updateValue(device, forKey: device.path) {
        device.checkRepetition(of: other, &report, pointer)
      }
    }
  }
}

extension Device {
  /// Spec: config-linux.md#devices
  fileprivate func checkNumbers(_ report: inout Report, _ pointer: String) {
    checkNumber(major, upTo: 0xFFF, &report, "\(pointer)/major")
    checkNumber(minor, upTo: 0xFFFFF, &report, "\(pointer)/minor")
  }

  private func checkNumber(_ number: Int64?, upTo limit: Int64, _ report: inout Report, _ pointer: String) {
    if let number {
      report.require((0...limit).contains(number), pointer, "found \(number), expected 0 to \(limit)")
    } else {
      report.require(type == .fifo, pointer, "is missing, only a fifo has none")
    }
  }

  /// Clients may send the type's bits along with the permissions; they must not contradict.
  ///
  /// Spec: config-linux.md#devices
  fileprivate func checkMode(_ report: inout Report, _ pointer: String) {
    guard let fileMode, fileMode & ~0o7777 != 0 else { return }
    let ownType: UInt32 =
      switch type {
      case .character, .unbufferedCharacter: 0o020000
      case .block: 0o060000
      case .fifo: 0o010000
      }
    report.require(
      fileMode & ~0o7777 == ownType,
      "\(pointer)/fileMode",
      "found \(fileMode), expected permission bits (at most \(0o7777), octal 7777)"
    )
  }

  /// A file at `path` must match the device; the same device twice does.
  ///
  /// Spec: config-linux.md#devices
  fileprivate func checkRepetition(of other: Device, _ report: inout Report, _ pointer: String) {
    if type == other.type && major == other.major && minor == other.minor {
      report.warning("\(pointer)/path", "\(quoted(path)) is listed twice")
    } else {
      report.fault("\(pointer)/path", "\(quoted(path)) is listed before as another device")
    }
  }
}
