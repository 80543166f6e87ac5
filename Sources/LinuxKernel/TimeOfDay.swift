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

  /// What `text(hasFraction:)` wrote, without the fraction; nil for another form.
  public init?(_ text: String) {
    let parts = text.utf8.split { !(48...57).contains($0) }.map {
      Int(String(decoding: $0, as: UTF8.self)) ?? 0
    }
    guard parts.count >= 6, text.hasSuffix("Z"), (1...12).contains(parts[1]), (1970...9999).contains(parts[0])
    else { return nil }
    let year = parts[1] < 3 ? parts[0] - 1 : parts[0]
    let month = (parts[1] + 9) % 12
    let dayOfEra =
      year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + (153 * month + 2) / 5 + parts[2] - 1
    let days = year / 400 * 146_097 + dayOfEra - 719_468
    self.init(seconds: days * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5])
  }
}
