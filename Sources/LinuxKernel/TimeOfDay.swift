internal import Glibc

/// A time of day in UTC.
///
/// gmtime(3) would read the time zone's files, whichever zone is asked for.
public struct TimeOfDay: Sendable {
  /// Since 1970.
  public var seconds: Int
  /// Of the second that has begun.
  public var nanoseconds: Int

  /// Any time since 1970.
  public init(seconds: Int, nanoseconds: Int = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// Now. clock_gettime(2)
  public static var now: TimeOfDay {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return TimeOfDay(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
  }

  /// By RFC 3339: `2026-01-02T03:04:05Z`, with a fraction `2026-01-02T03:04:05.678901234Z`.
  public func text(hasFraction: Bool = false) -> String {
    let (days, time) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let (year, month, day) = TimeOfDay.date(days)
    var text: [UInt8] = []
    text.reserveCapacity(32)
    func append(_ number: Int, width: Int, then end: Unicode.Scalar) {
      var divisor = 1
      for _ in 1..<width { divisor *= 10 }
      while divisor > 0 {
        text.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
        divisor /= 10
      }
      text.append(UInt8(ascii: end))
    }
    append(year, width: 4, then: "-")
    append(month, width: 2, then: "-")
    append(day, width: 2, then: "T")
    append(time / 3600, width: 2, then: ":")
    append(time / 60 % 60, width: 2, then: ":")
    append(time % 60, width: 2, then: hasFraction ? "." : "Z")
    if hasFraction { append(nanoseconds, width: 9, then: "Z") }
    return String(decoding: text, as: UTF8.self)
  }

  /// The date so many days after 1 January 1970.
  ///
  /// Years are counted from March, so that the leap day is their last: then five months always have 153 days,
  /// and 400 years 146,097.
  private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthSinceMarch = (5 * dayOfYear + 2) / 153
    let month = monthSinceMarch < 10 ? monthSinceMarch + 3 : monthSinceMarch - 9
    let day = dayOfYear - (153 * monthSinceMarch + 2) / 5 + 1
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
  }
}
