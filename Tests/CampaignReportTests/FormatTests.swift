import Foundation
import Testing

@testable import CampaignReport

@Suite("Formatting figures")
struct FormatTests {
  @Test(
    "a number has a comma before each group of three digits",
    arguments: [
      (0, "0"), (999, "999"), (1000, "1,000"), (1_002_003, "1,002,003"), (-1234, "-1,234"),
      (Int.max, "9,223,372,036,854,775,807"), (Int.min, "-9,223,372,036,854,775,808"),
    ])
  func count(number: Int, text: String) {
    #expect(Format.count(number) == text)
  }

  @Test(
    "a short number is rounded down",
    arguments: [
      (0, "0"), (999, "999"), (1000, "1.0 k"), (9_999, "9.9 k"), (10_999, "10 k"),
      (999_999, "999 k"), (1_290_000_000, "1.2 G"), (Int.max, "9.2 E"),
    ])
  func short(number: Int, text: String) {
    #expect(Format.short(number) == text)
  }

  @Test(
    "a share is 100 % only if all was reached, and 0 % only if nothing was",
    arguments: [
      (0, 0, "–"), (0, 7, "0 %"), (7, 7, "100 %"), (1, 3, "33.3 %"), (2, 3, "66.6 %"),
      (9999, 10_000, "99.9 %"), (1, 5000, "< 0.1 %"), (1, 1000, "0.1 %"), (1, 2, "50.0 %"),
    ])
  func percent(reached: Int, total: Int, text: String) {
    #expect(Format.percent(.init(reached: reached, total: total)) == text)
  }

  @Test(
    "a duration has seconds only below ten minutes, and hours always have minutes",
    arguments: [
      (0, "0 s"), (-3, "0 s"), (59.9, "59 s"), (60, "1 min"), (61, "1 min 1 s"),
      (599, "9 min 59 s"), (600, "10 min"), (601, "10 min"), (3599, "59 min"), (3600, "1 h 0 min"),
      (28_800, "8 h 0 min"), (29_219, "8 h 6 min"), (3_600_000, "1,000 h 0 min"),
    ])
  func duration(seconds: Double, text: String) {
    #expect(Format.duration(seconds) == text)
  }

  @Test("a rate is rounded to a whole number, and a dash if the time is 0")
  func rate() {
    #expect(Format.rate(90_000, in: 8) == "11,250")
    #expect(Format.rate(5, in: 2) == "3")
    #expect(Format.rate(5, in: 0) == "–")
  }

  @Test("a date is in UTC, to the minute")
  func moment() {
    #expect(
      Format.moment(Date(timeIntervalSince1970: 86_400 + 3 * 3600 + 4 * 60 + 59))
        == "1970-01-02 03:04 UTC")
  }

  @Test("a noun is singular after 1 and plural after every other number")
  func several() {
    #expect(Format.several(1, "finding") == "1 finding")
    #expect(Format.several(0, "finding") == "0 findings")
    #expect(Format.several(2000, "failure has", "failures have") == "2,000 failures have")
  }
}
