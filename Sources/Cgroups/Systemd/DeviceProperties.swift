internal import DBus

/// Device rules as systemd has them: a list of what is allowed.
///
/// The runtime's own program has the rules exactly. systemd's, which is attached beside it, is there for
/// `systemctl show` and may allow more, never less: access needs both. systemd.resource-control(5)
extension DeviceRules {
  /// `DevicePolicy` and `DeviceAllow`. The list is emptied first: systemd adds to what is there.
  var unitProperties: [UnitProperty] {
    let allowed = allowances
    let allowsAll = [false, true].allSatisfy { isBlock in
      allowed.contains { $0.name == Self.anyDevice(isBlock) && $0.access == .all }
    }
    var properties = [
      UnitProperty("DevicePolicy", .string(allowsAll ? "auto" : "strict")),
      UnitProperty("DeviceAllow", .array(of: "(ss)", [])),
    ]
    if !allowsAll {
      let list = allowed.map { BusValue.structure([.string($0.name), .string($0.access.text)]) }
      properties.append(UnitProperty("DeviceAllow", .array(of: "(ss)", list)))
    }
    return properties
  }

  /// What some rule allows and no later one takes back as a whole, each name once.
  private var allowances: [(name: String, access: DeviceAccess)] {
    var allowed: [(name: String, access: DeviceAccess)] = []
    for rule in rules where !rule.access.isEmpty {
      if rule.allows {
        let name = Self.name(rule.devices)
        if let index = allowed.firstIndex(where: { $0.name == name }) {
          allowed[index].access.formUnion(rule.access)
        } else {
          allowed.append((name, rule.access))
        }
      } else if rule.access == .all, rule.devices.major == nil, rule.devices.minor == nil {
        let prefixes = rule.devices.isBlock ? ["block-", "/dev/block/"] : ["char-", "/dev/char/"]
        allowed.removeAll { entry in prefixes.contains { entry.name.hasPrefix($0) } }
      }
    }
    return allowed
  }

  private static func anyDevice(_ isBlock: Bool) -> String { isBlock ? "block-*" : "char-*" }

  private static func name(_ devices: DevicePattern) -> String {
    guard let major = devices.major else { return anyDevice(devices.isBlock) }
    guard let minor = devices.minor else { return "\(devices.isBlock ? "block" : "char")-\(major)" }
    return "/dev/\(devices.isBlock ? "block" : "char")/\(major):\(minor)"
  }
}
