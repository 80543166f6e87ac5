internal import Glibc
public import JSON
public import LinuxKernel
public import RuntimeErrors
internal import SystemPackage

/// Which process is a container's init process: a pid alone could be another's by now.
public struct InitIdentity: JSONObject, Sendable, Equatable {
  /// In the runtime's pid namespace.
  public var pid: Int32
  /// When the process began, in clock ticks since boot. proc_pid_stat(5)
  public var startTime: UInt64

  /// What the kernel says of a process.
  public enum Condition: Sendable, Equatable {
    /// It is there and has not exited.
    case alive
    /// It has exited, and its parent has not asked yet.
    case zombie
    /// It is gone, or its pid is another's.
    case gone
  }

  /// Notes down a process that is surely there.
  public init(of pid: Int32) throws(RuntimeError) {
    guard let stat = Kernel.status(of: pid) else {
      throw RuntimeError(.initProcessFailed, "the init process \(pid) is gone")
    }
    self.pid = pid
    self.startTime = stat.startTime
  }

  /// Looks whether the process is still this one.
  public var condition: Condition {
    guard let stat = Kernel.status(of: pid), stat.startTime == startTime else { return .gone }
    return stat.isZombie ? .zombie : .alive
  }

  /// Opens the process for signals; what is opened cannot become another.
  ///
  /// - Returns: nil if it is gone or has exited.
  public func open() throws(RuntimeError) -> Descriptor? {
    let descriptor: Descriptor
    do {
      descriptor = try Kernel.openProcess(pid)
    } catch let error where error.errno == .noSuchProcess {
      return nil
    }
    // Only now: a pid that was reused before it was opened shows another start time.
    guard condition == .alive else { return nil }
    return descriptor
  }

  /// See `JSONObject`.
  public init() {
    pid = 0
    startTime = 0
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("pid", &pid)
    json.member("startTime", &startTime)
  }
}
