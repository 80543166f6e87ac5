internal import OCIRuntimeSpec

extension BlockIOResources {
  /// The control files of v1's blkio. A weight of 0 means unset: Go clients send it so.
  ///
  /// The BFQ scheduler has files of its own for weights. Their range, 1 to 1000, contains that of the
  /// specification's files, 10 to 1000, so weights are written as they are.
  ///
  /// Spec: config-linux.md#block-io
  func settings() -> [[Setting]] {
    var settings: [Setting] = []
    if let weight, weight != 0 {
      settings.append(
        Setting(
          .blkio,
          "blkio.weight",
          "\(weight)",
          "blockIO.weight",
          alternative: "blkio.bfq.weight",
          hint: "weights are 10 to 1000 and need a scheduler with weights, such as BFQ"
        )
      )
    }
    if let leafWeight, leafWeight != 0 {
      settings.append(
        Setting(
          .blkio,
          "blkio.leaf_weight",
          "\(leafWeight)",
          "blockIO.leafWeight",
          hint: "only CFQ had leaf weights"
        )
      )
    }
    for device in weightDevice ?? [] {
      let number = "\(device.major):\(device.minor)"
      if let weight = device.weight {
        settings.append(
          Setting(
            .blkio,
            "blkio.weight_device",
            "\(number) \(weight)",
            "blockIO.weightDevice",
            alternative: "blkio.bfq.weight_device",
            hint: "weights are 10 to 1000 and need a scheduler with weights, such as BFQ"
          )
        )
      }
      if let weight = device.leafWeight {
        settings.append(
          Setting(
            .blkio,
            "blkio.leaf_weight_device",
            "\(number) \(weight)",
            "blockIO.weightDevice",
            hint: "only CFQ had leaf weights"
          )
        )
      }
    }
    settings += throttle(throttleReadBpsDevice, "read_bps", "throttleReadBpsDevice")
    settings += throttle(throttleWriteBpsDevice, "write_bps", "throttleWriteBpsDevice")
    settings += throttle(throttleReadIOPSDevice, "read_iops", "throttleReadIOPSDevice")
    settings += throttle(throttleWriteIOPSDevice, "write_iops", "throttleWriteIOPSDevice")
    return settings.map { [$0] }
  }

  /// One line a write: the kernel takes no more. A rate of 0 removes the limit.
  private func throttle(_ devices: [ThrottleDevice]?, _ file: String, _ property: String) -> [Setting] {
    (devices ?? []).map { device in
      Setting(
        .blkio,
        "blkio.throttle.\(file)_device",
        "\(device.major):\(device.minor) \(device.rate)",
        "blockIO.\(property)",
        hint: "the device must exist and be a whole disk"
      )
    }
  }
}
