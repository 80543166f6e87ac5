extension BlockIOResources {
  /// Spec: config-linux.md#block-io
  func check(_ report: inout Report) {
    let pointer = "/linux/resources/blockIO"
    report.requireWeight(weight, "\(pointer)/weight")
    report.requireWeight(leafWeight, "\(pointer)/leafWeight")
    for (index, device) in (weightDevice ?? []).enumerated() {
      device.check(&report, "\(pointer)/weightDevice/\(index)")
    }
    report.requireThrottles(throttleReadBpsDevice, "\(pointer)/throttleReadBpsDevice")
    report.requireThrottles(throttleWriteBpsDevice, "\(pointer)/throttleWriteBpsDevice")
    report.requireThrottles(throttleReadIOPSDevice, "\(pointer)/throttleReadIOPSDevice")
    report.requireThrottles(throttleWriteIOPSDevice, "\(pointer)/throttleWriteIOPSDevice")
  }
}

extension WeightDevice {
  /// Spec: config-linux.md#block-io
  fileprivate func check(_ report: inout Report, _ pointer: String) {
    report.requireNumbers(major, minor, pointer)
    report.require(
      weight != nil || leafWeight != nil,
      pointer,
      "sets nothing, expected weight or leafWeight"
    )
    report.requireWeight(weight, "\(pointer)/weight")
    report.requireWeight(leafWeight, "\(pointer)/leafWeight")
  }
}

extension Report {
  /// 0 leaves the kernel's own weight. Spec: config-linux.md#block-io
  fileprivate mutating func requireWeight(_ weight: UInt16?, _ pointer: @autoclosure () -> String) {
    guard let weight, weight != 0 else { return }
    require((10...1000).contains(weight), pointer(), "found \(weight), expected 10 to 1000")
  }

  /// Spec: config-linux.md#block-io
  fileprivate mutating func requireThrottles(_ devices: [ThrottleDevice]?, _ pointer: String) {
    for (index, device) in (devices ?? []).enumerated() {
      requireNumbers(device.major, device.minor, "\(pointer)/\(index)")
    }
  }

  /// Spec: config-linux.md#block-io
  fileprivate mutating func requireNumbers(_ major: Int64, _ minor: Int64, _ pointer: String) {
    require((0...0xFFF).contains(major), "\(pointer)/major", "found \(major), expected 0 to \(0xFFF)")
    require((0...0xFFFFF).contains(minor), "\(pointer)/minor", "found \(minor), expected 0 to \(0xFFFFF)")
  }
}
