import Foundation

/// Formats figures for the report and the mail line.
///
/// Durations, shares and short numbers are rounded down, so that a campaign never claims more than
/// it has done.
enum Format {
  /// The placeholder for a missing figure.
  static let none = "–"

  /// A number with thousands separators, as in `1,234,567`. O(digits).
  static func count(_ number: Int) -> String {
    var digits = String(number.magnitude)
    var parts: [String] = []
    while digits.count > 3 {
      parts.append(String(digits.suffix(3)))
      digits.removeLast(3)
    }
    parts.append(digits)
    return (number < 0 ? "-" : "") + parts.reversed().joined(separator: ",")
  }

  /// A number of 0 or more with at most three digits, as in `999`, `12 k` and `1.2 G`.
  static func short(_ number: Int) -> String {
    var rest = number
    var tenths = 0
    var unit = ""
    for next in ["k", "M", "G", "T", "P", "E"] where rest >= 1000 {
      tenths = rest % 1000 / 100
      rest /= 1000
      unit = " \(next)"
    }
    return rest < 10 && !unit.isEmpty ? "\(rest).\(tenths)\(unit)" : "\(rest)\(unit)"
  }

  /// A rate per second, rounded to a whole number; a dash if `seconds` is 0.
  static func rate(_ number: Int, in seconds: Double) -> String {
    guard seconds > 0 else { return none }
    return count(Int(min((Double(number) / seconds).rounded(), 1e15)))
  }

  /// A share in per cent, as in `97.3 %`; a dash if the total is 0.
  ///
  /// It is `100 %` only if everything was reached, and `0 %` only if nothing was.
  static func percent(_ share: SourceCoverage.Share) -> String {
    guard share.total > 0 else { return none }
    if share.reached >= share.total { return "100 %" }
    if share.reached <= 0 { return "0 %" }
    let tenths = share.reached * 1000 / share.total
    return tenths == 0 ? "< 0.1 %" : "\(tenths / 10).\(tenths % 10) %"
  }

  /// A duration, as in `45 s`, `9 min 59 s`, `30 min` or `8 h 0 min`. From ten minutes on it has no
  /// seconds.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds, 1e12)))
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    if whole < 60 { return "\(whole) s" }
    if whole < 600 && whole % 60 > 0 { return "\(minutes) min \(whole % 60) s" }
    return hours > 0 ? "\(count(hours)) h \(minutes) min" : "\(minutes) min"
  }

  /// A date to the minute, as in `2026-11-25 21:30 UTC`.
  static func moment(_ date: Date) -> String {
    let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .gmt)
    return date.formatted(style).prefix(16) + " UTC"
  }

  /// A number and a noun, as in `1 finding` and `2 findings`. O(digits).
  static func several(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(count(number)) \(number == 1 ? one : many ?? one + "s")"
  }
}
