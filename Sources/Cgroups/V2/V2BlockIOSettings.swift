internal import OCIRuntimeSpec
internal import RuntimeErrors

extension BlockIOResources {
  /// A weight of 0 means unset: Go clients send it so.
  ///
  /// The BFQ scheduler has a file of its own for weights, with v1's range.
  ///
  /// Spec: config-linux.md#block-io
  func cgroup2Settings() throws(RuntimeError) -> [[Setting]] {
    if let leafWeight, leafWeight != 0 { throw withoutCounterpart("blockIO/leafWeight") }
    var settings: [Setting] = []
    if let weight, weight != 0 { settings.append(try Self.weight(weight, of: nil, "blockIO.weight")) }
    for device in weightDevice ?? [] {
      if let leafWeight = device.leafWeight, leafWeight != 0 {
        throw withoutCounterpart("blockIO/weightDevice")
      }
      guard let weight = device.weight, weight != 0 else { continue }
      settings.append(try Self.weight(weight, of: "\(device.major):\(device.minor)", "blockIO.weightDevice"))
    }
    settings += Self.throttle(throttleReadBpsDevice, "rbps", "throttleReadBpsDevice")
    settings += Self.throttle(throttleWriteBpsDevice, "wbps", "throttleWriteBpsDevice")
    settings += Self.throttle(throttleReadIOPSDevice, "riops", "throttleReadIOPSDevice")
    settings += Self.throttle(throttleWriteIOPSDevice, "wiops", "throttleWriteIOPSDevice")
    return settings.map { [$0] }
  }

  private static func weight(
    _ weight: UInt16, of device: String?, _ property: String
  ) throws(RuntimeError) -> Setting {
    guard (10...1000).contains(weight) else {
      let pointer = property.replacing(".", with: "/")
      throw RuntimeError(
        .invalidConfig, "/linux/resources/\(pointer) must be 10 to 1000, is \(weight)")
    }
    let prefix = device.map { "\($0) " } ?? ""
    var setting = Setting(
      cgroup2: "io.bfq.weight", "\(prefix)\(weight)", property,
      hint: "weights need a device whose scheduler has them, such as BFQ")
    setting.alternative = "io.weight"
    // A straight line from 10...1000 to 1...10000.
    setting.alternativeValue = "\(prefix)\(1 + (UInt32(weight) - 10) * 9999 / 990)"
    return setting
  }

  /// A rate of 0 removes the limit.
  private static func throttle(_ devices: [ThrottleDevice]?, _ key: String, _ property: String) -> [Setting] {
    (devices ?? []).map { device in
      Setting(
        cgroup2: "io.max",
        "\(device.major):\(device.minor) \(key)=\(device.rate == 0 ? "max" : "\(device.rate)")",
        "blockIO.\(property)", hint: "the device must exist and be a whole disk")
    }
  }
}
