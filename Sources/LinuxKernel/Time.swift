internal import Glibc

extension Kernel {
  /// clock_gettime(2): when this system was started, in seconds since 1970.
  public static func bootTime() -> Int {
    var now = timespec()
    var running = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    clock_gettime(CLOCK_BOOTTIME, &running)
    return now.tv_sec - running.tv_sec
  }
}
