internal import RuntimeErrors

/// The state of a devices cgroup of v1: a default, and a list of exceptions from it.
///
/// The kernel's list cannot carve a device out of a wildcard: such a denial would silently be no change.
/// So the rules are worked out here, and only exceptions that really hold are written.
struct DeviceList: Equatable {
  struct Exception: Equatable {
    var devices: DevicePattern
    var access: DeviceAccess

    /// As written to devices.allow and devices.deny.
    var text: String { "\(devices.text) \(access.text)" }
  }

  private(set) var allowsAll = false
  /// What is allowed or, if all is allowed, denied. In the order of the rules.
  private(set) var exceptions: [Exception] = []

  /// Works `rules` out.
  ///
  /// - Throws: unsupported for rules that no list can express.
  init(_ rules: DeviceRules) throws(RuntimeError) {
    var rest = rules.rules[...]
    let defaultsStart = rules.configuredCount
    while let rule = rest.popFirst() {
      if let next = rest.first, Self.isAll(rule, next) {
        self.allowsAll = rule.allows
        self.exceptions = []
        rest.removeFirst()
        continue
      }
      if apply(rule) || rest.startIndex > defaultsStart { continue }
      throw RuntimeError(
        .unsupported,
        "/linux/resources/devices: cgroup v1 cannot \(rule.allows ? "allow" : "deny") \(rule.devices.text) "
          + "\(rule.access.text) after a rule about more devices \(rule.allows ? "denied" : "allowed") it",
        hint: "list the devices to allow one by one"
      )
    }
    completeReadWrite()
    dropRedundant()
  }

  /// Whether two rules, of one `a` rule in the configuration, are about everything.
  private static func isAll(_ first: DeviceRules.Rule, _ second: DeviceRules.Rule) -> Bool {
    let all = DevicePattern(isBlock: false, major: nil, minor: nil)
    return first.allows == second.allows && first.access == .all && second.access == .all
      && first.devices == all && second.devices == DevicePattern(isBlock: true, major: nil, minor: nil)
  }

  /// - Returns: Whether the list can express the change; if not, it is as before.
  private mutating func apply(_ rule: DeviceRules.Rule) -> Bool {
    if rule.access.isEmpty { return true }
    if rule.allows != allowsAll {
      if let index = exceptions.firstIndex(where: { $0.devices == rule.devices }) {
        exceptions[index].access.formUnion(rule.access)
      } else {
        exceptions.append(Exception(devices: rule.devices, access: rule.access))
      }
      return true
    }
    let isHole = exceptions.contains {
      !$0.access.isDisjoint(with: rule.access) && $0.devices.overlaps(rule.devices)
        && !rule.devices.covers($0.devices)
    }
    if isHole { return false }
    for index in exceptions.indices where rule.devices.covers(exceptions[index].devices) {
      exceptions[index].access.subtract(rule.access)
    }
    exceptions.removeAll { $0.access.isEmpty }
    return true
  }

  /// To allow opening for reading and writing, the kernel wants both in one exception.
  private mutating func completeReadWrite() {
    if allowsAll { return }
    for index in exceptions.indices {
      for wider in exceptions where wider.devices.covers(exceptions[index].devices) {
        exceptions[index].access.formUnion(wider.access.intersection([.read, .write]))
      }
    }
  }

  /// Each exception is a system call.
  private mutating func dropRedundant() {
    let all = exceptions
    exceptions = all.filter { one in
      !all.contains {
        $0.devices != one.devices && $0.devices.covers(one.devices) && $0.access.isSuperset(of: one.access)
      }
    }
  }
}
