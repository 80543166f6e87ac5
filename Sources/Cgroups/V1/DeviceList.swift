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

/// One write that changes a list.
struct DeviceChange: Equatable {
  var allows: Bool
  var exception: DeviceList.Exception

  /// The control file.
  var file: String { allows ? "devices.allow" : "devices.deny" }
  /// What takes it back.
  var opposite: DeviceChange { DeviceChange(allows: !allows, exception: exception) }
}

extension DeviceList {
  /// Reads devices.list, which tells of the exceptions only if all else is denied.
  init(listing text: String) {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count == 3, let type = fields[0].first else { continue }
      if type == "a" {
        allowsAll = true
        exceptions = []
        return
      }
      let numbers = fields[1].split(separator: ":").map { UInt32($0) }
      guard numbers.count == 2 else { continue }
      var access: DeviceAccess = []
      if fields[2].contains("r") { access.insert(.read) }
      if fields[2].contains("w") { access.insert(.write) }
      if fields[2].contains("m") { access.insert(.mknod) }
      let devices = DevicePattern(isBlock: type == "b", major: numbers[0], minor: numbers[1])
      exceptions.append(Exception(devices: devices, access: access))
    }
  }

  /// The writes from this state to another one, what is newly allowed first.
  ///
  /// - Returns: nil if the whole list must be written anew.
  func changes(to other: DeviceList) -> [DeviceChange]? {
    if allowsAll || other.allowsAll { return nil }
    func surplus(of one: DeviceList, over other: DeviceList, allows: Bool) -> [DeviceChange] {
      one.exceptions.compactMap { exception in
        let known = other.exceptions.first { $0.devices == exception.devices }?.access ?? []
        let access = exception.access.subtracting(known)
        if access.isEmpty { return nil }
        return DeviceChange(allows: allows, exception: Exception(devices: exception.devices, access: access))
      }
    }
    return surplus(of: other, over: self, allows: true) + surplus(of: self, over: other, allows: false)
  }
}
