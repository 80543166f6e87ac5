internal import CLinux
internal import Glibc
public import RuntimeErrors

extension Kernel {
  /// What capget(2) reads, a bit for each capability.
  public struct HeldCapabilities: Sendable, Equatable {
    /// What the kernel checks.
    public var effective: UInt64
    /// What may become effective.
    public var permitted: UInt64
    /// What may survive an execve(2).
    public var inheritable: UInt64
  }

  /// _LINUX_CAPABILITY_VERSION_3, for the calling thread.
  private static let header: (version: UInt32, pid: Int32) = (0x2008_0522, 0)

  /// capget(2)
  public static func capabilities() throws(RuntimeError) -> HeldCapabilities {
    var header = header
    var data: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0, 0, 0)
    try check(raw(__NR_capget, address(&header), address(&data)), "capget")
    return HeldCapabilities(
      effective: UInt64(data.0) | UInt64(data.3) << 32,
      permitted: UInt64(data.1) | UInt64(data.4) << 32,
      inheritable: UInt64(data.2) | UInt64(data.5) << 32)
  }

  /// prctl(2) PR_CAPBSET_DROP
  ///
  /// - Returns: false if the kernel has no such capability.
  public static func dropFromBoundingSet(_ capability: Int) throws(RuntimeError) -> Bool {
    let status = raw(__NR_prctl, Int(ProcessControl.dropFromBoundingSet.rawValue), capability)
    if status == Int(-EINVAL) { return false }
    try check(status, "prctl", "PR_CAPBSET_DROP")
    return true
  }

  /// capset(2)
  public static func setCapabilities(
    effective: UInt64, permitted: UInt64, inheritable: UInt64
  ) throws(RuntimeError) {
    var header = header
    func low(_ bits: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: bits) }
    func high(_ bits: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }
    var data: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (
      low(effective), low(permitted), low(inheritable),
      high(effective), high(permitted), high(inheritable)
    )
    try check(raw(__NR_capset, address(&header), address(&data)), "capset")
  }
}
