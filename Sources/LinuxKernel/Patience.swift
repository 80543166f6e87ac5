internal import Glibc

/// Waits that begin short, as what is waited for mostly takes microseconds, and end after a few seconds.
public struct Patience {
  private var pause: UInt32 = 20
  private var left: UInt32

  /// Waits for at most `microseconds` in all.
  public init(microseconds: UInt32) {
    left = microseconds
  }

  /// Sleeps for a moment, longer each time up to 10 ms.
  ///
  /// - Returns: false without sleeping once the time is up.
  public mutating func wait() -> Bool {
    if left == 0 { return false }
    let duration = min(pause, left)
    usleep(duration)
    left -= duration
    pause = min(pause * 2, 10_000)
    return true
  }
}
