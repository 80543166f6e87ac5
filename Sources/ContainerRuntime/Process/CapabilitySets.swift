internal import CCapability
internal import Glibc
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// The five capability sets as bits. Spec: config.md#linux-process, capabilities(7)
struct CapabilitySets: Equatable {
  var bounding: UInt64 = 0
  var effective: UInt64 = 0
  var inheritable: UInt64 = 0
  var permitted: UInt64 = 0
  var ambient: UInt64 = 0
  /// Names that are good, but that libcap does not know. The validation warned of the others.
  private(set) var unknown: [String] = []

  /// Translates the configured names; without any the process gets no capability.
  init(_ capabilities: Capabilities?) {
    bounding = bits(capabilities?.bounding)
    effective = bits(capabilities?.effective)
    inheritable = bits(capabilities?.inheritable)
    permitted = bits(capabilities?.permitted)
    ambient = bits(capabilities?.ambient)
  }

  /// All that are in any of the sets.
  var asked: UInt64 { bounding | effective | inheritable | permitted | ambient }

  private mutating func bits(_ names: [String]?) -> UInt64 {
    var result: UInt64 = 0
    for name in names ?? [] {
      if let number = CapabilitySets.number(of: name) {
        result |= 1 << UInt64(number)
      } else if Capabilities.knownNames.contains(name), !unknown.contains(name) {
        unknown.append(name)
      }
    }
    return result
  }

  /// cap_from_name(3)
  ///
  /// - Returns: nil for a name that libcap does not know; its answer for bare numbers is not wanted.
  static func number(of name: String) -> CInt? {
    guard name.hasPrefix("CAP_") else { return nil }
    var value: cap_value_t = 0
    return cap_from_name(name.lowercased(), &value) == 0 ? CInt(value) : nil
  }

  /// The highest capability that libcap names.
  static let names: [String] = (0..<CInt(64)).prefix { $0 <= 40 }.map { number in
    guard let text = cap_to_name(cap_value_t(number)) else { return "" }
    defer { cap_free(text) }
    return String(cString: text).uppercased()
  }

  /// Takes out what the kernel would not give.
  ///
  /// - Parameters:
  ///   - grantable: The capabilities that this process may hand on.
  /// - Returns: What was taken out, and why. Spec: config.md#linux-process: that is no error.
  mutating func limit(to grantable: UInt64) -> [String] {
    let asked = asked
    bounding &= grantable
    permitted &= grantable
    inheritable &= grantable
    let unusable = effective & grantable & ~permitted
    let unraisable = ambient & grantable & ~(permitted & inheritable)
    effective &= permitted
    ambient &= permitted & inheritable
    let reasons = [
      (unknown, "not known here"),
      (CapabilitySets.names(of: asked & ~grantable), "cannot be granted here"),
      (CapabilitySets.names(of: unusable), "cannot be effective without being permitted"),
      (CapabilitySets.names(of: unraisable), "cannot be ambient without being permitted and inheritable"),
    ]
    return reasons.filter { !$0.0.isEmpty }.map { "\($0.0.joined(separator: ", ")) \($0.1)" }
  }

  private static func names(of bits: UInt64) -> [String] {
    names.enumerated().filter { bits & (1 << UInt64($0.offset)) != 0 }.map(\.element)
  }
}

extension CapabilitySets {
  /// Those of `asked` that the calling process holds and may keep in its bounding set.
  static func grantable(of asked: UInt64) throws(RuntimeError) -> UInt64 {
    let held = try Kernel.capabilities().permitted & asked
    var result: UInt64 = 0
    for number in 0..<64 where held & (1 << UInt64(number)) != 0 {
      if try Kernel.control(.readBoundingSet, number) == 1 { result |= 1 << UInt64(number) }
    }
    return result
  }

  /// Drops from the bounding set what the configuration does not list. Needs CAP_SETPCAP.
  ///
  /// The inheritable set comes first: afterwards it could not hold more than the bounding set.
  func applyBounding() throws(RuntimeError) {
    let held = try Kernel.capabilities()
    try Kernel.setCapabilities(
      effective: held.effective, permitted: held.permitted, inheritable: inheritable)
    for number in 0..<64 where bounding & (1 << UInt64(number)) == 0 {
      guard try Kernel.dropFromBoundingSet(number) else { return }
    }
  }

  /// Sets the thread's permitted, effective and inheritable sets, then the ambient set.
  func apply() throws(RuntimeError) {
    try Kernel.setCapabilities(effective: effective, permitted: permitted, inheritable: inheritable)
    try Kernel.control(.ambientSet, ProcessControl.ambientClearAll)
    for number in 0..<64 where ambient & (1 << UInt64(number)) != 0 {
      try Kernel.control(.ambientSet, ProcessControl.ambientRaise, number)
    }
  }

  /// The same sets with CAP_SYS_ADMIN, which seccomp(2) wants without no_new_privs. The program does not get
  /// it: execve(2) starts from the bounding, inheritable and ambient sets only.
  var withAdministration: CapabilitySets {
    var sets = self
    sets.effective |= CapabilitySets.administration
    sets.permitted |= CapabilitySets.administration
    return sets
  }

  private static let administration: UInt64 = 1 << 21
}
