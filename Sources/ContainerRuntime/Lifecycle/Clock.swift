internal import Glibc
internal import RuntimeErrors

/// The time of day.
enum Clock {
  /// Now, by RFC 3339 in UTC with nanoseconds: `2026-01-02T03:04:05.678901234Z`.
  static func now() -> String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    var parts = tm()
    gmtime_r(&time.tv_sec, &parts)
    func digits(_ number: Int, _ width: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
    let date = [
      digits(Int(parts.tm_year) + 1900, 4), digits(Int(parts.tm_mon) + 1, 2), digits(Int(parts.tm_mday), 2),
    ]
    let hours = [digits(Int(parts.tm_hour), 2), digits(Int(parts.tm_min), 2), digits(Int(parts.tm_sec), 2)]
    return "\(date.joined(separator: "-"))T\(hours.joined(separator: ":")).\(digits(time.tv_nsec, 9))Z"
  }
}
