import LinuxKernel
import Testing

@Suite("The time of day")
struct TimeOfDayTests {
  @Test(
    "is written by RFC 3339, leap days included",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
      (951_868_799, "2000-02-29T23:59:59Z"), (1_704_067_199, "2023-12-31T23:59:59Z"),
      (1_709_164_800, "2024-02-29T00:00:00Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
      (253_402_300_799, "9999-12-31T23:59:59Z"),
    ])
  func dates(seconds: Int, text: String) {
    #expect(TimeOfDay(seconds: seconds).text() == text)
  }

  @Test("has nine digits of a fraction, if one is wanted")
  func fraction() {
    let time = TimeOfDay(seconds: 1_000_000_000, nanoseconds: 42)
    #expect(time.text(hasFraction: true) == "2001-09-09T01:46:40.000000042Z")
  }
}
