internal import Glibc
internal import RuntimeErrors

/// What the kernel says of a process. proc_pid_stat(5)
public struct ProcessStatus: Sendable, Equatable {
  /// Whether it has exited, and its parent has not asked yet.
  public let isZombie: Bool
  /// When it began, in clock ticks since boot: with its pid no other process has this.
  public let startTime: UInt64
}

extension Kernel {
  /// Fields 3 and 22 of /proc/PID/stat, which follow a name that may hold anything.
  ///
  /// - Returns: nil if there is no such process.
  public static func status(of pid: Int32) -> ProcessStatus? {
    guard pid > 0, let file = try? open("/proc/\(pid)/stat", flags: O_RDONLY),
      let line = try? read(file.number, most: 1024),
      let nameEnd = line.lastIndex(of: UInt8(ascii: ")")), nameEnd + 2 < line.count
    else { return nil }
    let state = line[nameEnd + 2]
    var field = 3
    var startTime: UInt64 = 0
    for byte in line[(nameEnd + 2)...] where field <= 22 {
      if byte == UInt8(ascii: " ") {
        field += 1
      } else if field == 22 {
        startTime = startTime &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
      }
    }
    if field < 22 { return nil }
    return ProcessStatus(
      isZombie: state == UInt8(ascii: "Z") || state == UInt8(ascii: "X"), startTime: startTime)
  }

  /// What this run of the system is called: ticks since boot begin anew with the next one. random(4)
  public static func bootID() -> String? {
    try? readText("/proc/sys/kernel/random/boot_id")
  }
}
