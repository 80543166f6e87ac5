internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Some of read, write and mknod.
struct DeviceAccess: OptionSet, Sendable, Equatable {
  let rawValue: UInt8

  /// From bits.
  init(rawValue: UInt8) { self.rawValue = rawValue }

  static let read = DeviceAccess(rawValue: 1)
  static let write = DeviceAccess(rawValue: 2)
  static let mknod = DeviceAccess(rawValue: 4)
  static let all: DeviceAccess = [.read, .write, .mknod]

  /// `rwm` or a part of it, as the kernel writes it.
  var text: String {
    (contains(.read) ? "r" : "") + (contains(.write) ? "w" : "") + (contains(.mknod) ? "m" : "")
  }
}

/// Devices of one type that a rule is about.
struct DevicePattern: Sendable, Equatable {
  var isBlock: Bool
  /// nil for all.
  var major: UInt32?
  /// nil for all.
  var minor: UInt32?

  /// Devices `major`:`minor`, of which nil is all.
  init(isBlock: Bool, major: UInt32?, minor: UInt32?) {
    self.isBlock = isBlock
    self.major = major
    self.minor = minor
  }

  /// Whether every device of `other` is also one of these.
  func covers(_ other: DevicePattern) -> Bool {
    isBlock == other.isBlock && (major == nil || major == other.major)
      && (minor == nil || minor == other.minor)
  }

  /// Whether some device is one of both.
  func overlaps(_ other: DevicePattern) -> Bool {
    isBlock == other.isBlock && (major == nil || other.major == nil || major == other.major)
      && (minor == nil || other.minor == nil || minor == other.minor)
  }

  /// `c 1:3` or `b *:*`, as the kernel writes it.
  var text: String {
    "\(isBlock ? "b" : "c") \(major.map { "\($0)" } ?? "*"):\(minor.map { "\($0)" } ?? "*")"
  }
}

/// The configured device rules in their order, then those of the devices that every container has.
///
/// Of the rules about a device the last one counts, for each kind of access; without any, access is denied.
/// Spec: config-linux.md#allowed-device-list
struct DeviceRules: Sendable, Equatable {
  /// What a rule says about the devices of a pattern.
  struct Rule: Sendable, Equatable {
    var allows: Bool
    var devices: DevicePattern
    var access: DeviceAccess
  }

  private(set) var rules: [Rule] = []

  /// Reads `linux.resources.devices`.
  ///
  /// - Parameters:
  ///   - configured: nil and empty both deny all but the default devices.
  /// - Throws: invalidConfig for numbers and kinds of access that do not exist.
  init(_ configured: [DeviceRule]?) throws(RuntimeError) {
    for (index, rule) in (configured ?? []).enumerated() {
      try add(rule, place: "/linux/resources/devices/\(index)")
    }
    rules += Self.defaults
  }

  /// Number of rules that come from the configuration; an `a` rule counts twice.
  var configuredCount: Int { rules.count - Self.defaults.count }

  /// null, zero, full, random, urandom, tty, ptmx and terminals, and any node may be made.
  ///
  /// Not the host's console (5:1): a container's /dev/console is a terminal. Spec: config-linux.md#default-devices
  static let defaults: [Rule] =
    [(false, nil, nil, .mknod), (true, nil, nil, .mknod)].map(allowing)
    + [3, 5, 7, 8, 9].map { allowing(false, 1, $0, .all) }
    + [allowing(false, 5, 0, .all), allowing(false, 5, 2, .all), allowing(false, 136, nil, .all)]

  /// Whether an exception is no more than a default device.
  static func isDefault(_ devices: DevicePattern, _ access: DeviceAccess) -> Bool {
    defaults.contains { $0.devices == devices && $0.access == access }
  }

  private static func allowing(
    _ isBlock: Bool,
    _ major: UInt32?,
    _ minor: UInt32?,
    _ access: DeviceAccess
  ) -> Rule {
    Rule(allows: true, devices: DevicePattern(isBlock: isBlock, major: major, minor: minor), access: access)
  }

  private mutating func add(_ rule: DeviceRule, place: String) throws(RuntimeError) {
    let major = try Self.number(rule.major, place: place)
    let minor = try Self.number(rule.minor, place: place)
    let access = try Self.access(rule.access, place: place)
    for isBlock in [false, true] {
      if rule.type == (isBlock ? .character : .block) { continue }
      let devices = DevicePattern(isBlock: isBlock, major: major, minor: minor)
      rules.append(Rule(allows: rule.allow, devices: devices, access: access))
    }
  }

  /// Docker writes -1 for all.
  private static func number(_ number: Int64?, place: String) throws(RuntimeError) -> UInt32? {
    guard let number, number >= 0 else { return nil }
    guard let result = UInt32(exactly: number) else {
      throw RuntimeError(.invalidConfig, "\(place): no device has the number \(number)")
    }
    return result
  }

  /// Unset means all, as for the other properties; the kernel has no rule without access.
  private static func access(_ text: String?, place: String) throws(RuntimeError) -> DeviceAccess {
    guard let text else { return .all }
    var access: DeviceAccess = []
    for letter in text.utf8 {
      switch letter {
      case UInt8(ascii: "r"): access.insert(.read)
      case UInt8(ascii: "w"): access.insert(.write)
      case UInt8(ascii: "m"): access.insert(.mknod)
      default: throw RuntimeError(.invalidConfig, "\(place).access must consist of r, w and m: \(text)")
      }
    }
    return access
  }
}
