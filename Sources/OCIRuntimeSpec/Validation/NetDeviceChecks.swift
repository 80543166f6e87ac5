internal import JSON

extension LinuxConfig {
  /// Spec: config-linux.md#network-devices
  func checkNetDevices(_ report: inout Report) {
    guard let netDevices, !netDevices.isEmpty else { return }
    report.require(
      has(.network),
      "/linux/netDevices",
      "needs a network namespace in /linux/namespaces",
      becauseOf: "/linux/namespaces"
    )
    var names: Set<String> = []
    for (hostName, device) in netDevices.sorted(by: { $0.key < $1.key }) {
      let pointer = "/linux/netDevices" + JSONPointer.step(hostName)
      report.requireInterfaceName(hostName, pointer)
      let name = device.name.flatMap { $0.isEmpty ? nil : $0 } ?? hostName
      if name != hostName { report.requireInterfaceName(name, "\(pointer)/name", mayBeTemplate: true) }
      report.require(
        names.insert(name).inserted || name.hasNumberTemplate,
        pointer,
        "another device gets the name \(quoted(name)) as well"
      )
    }
  }
}

extension Report {
  /// Records a fault unless the kernel takes `name` for a network interface, netdevice(7).
  ///
  /// - Parameter mayBeTemplate: Whether `%d` may stand for a number that the kernel chooses.
  mutating func requireInterfaceName(
    _ name: String,
    _ pointer: @autoclosure () -> String,
    mayBeTemplate: Bool = false
  ) {
    let isLegal =
      !name.isEmpty && name != "." && name != ".." && name.utf8.count <= KernelLimits.interfaceName
      && name.utf8.allSatisfy {
        $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":")
      }
    let percents = name.utf8.count { $0 == UInt8(ascii: "%") }
    let isTemplate = mayBeTemplate && percents == 1 && name.hasNumberTemplate
    require(
      isLegal && (percents == 0 || isTemplate),
      pointer(),
      "\(quoted(name)) is not the name of a network interface (at most \(KernelLimits.interfaceName) bytes)"
    )
  }
}

extension String {
  /// Whether the text has one `%`, and a `d` after it.
  fileprivate var hasNumberTemplate: Bool {
    let parts = utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
    return parts.count == 2 && parts[1].first == UInt8(ascii: "d")
  }
}
