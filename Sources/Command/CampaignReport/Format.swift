import Foundation

/// How figures are written for a reader: in one way, on a page and in a mail.
///
/// Nothing here rounds up: a campaign claims no more than it has done.
enum Format {
  /// What stands where there is no figure.
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

  /// A number in three digits at the most, as in `999`, `12 k` and `1.2 G`; 0 or more.
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

  /// How many in a second, as a whole number; a dash if no time has gone by.
  static func rate(_ number: Int, in seconds: Double) -> String {
    guard seconds > 0 else { return none }
    return count(Int(min((Double(number) / seconds).rounded(), 1e15)))
  }

  /// A share in per cent, as in `97.3 %`; a dash if there is nothing to have a share of.
  ///
  /// It is 100 % only if nothing is missing, and 0 % only if there is nothing.
  static func percent(_ share: SourceCoverage.Share) -> String {
    guard share.total > 0 else { return none }
    if share.reached >= share.total { return "100 %" }
    if share.reached <= 0 { return "0 %" }
    let tenths = share.reached * 1000 / share.total
    return tenths == 0 ? "< 0.1 %" : "\(tenths / 10).\(tenths % 10) %"
  }

  /// A time that has gone by: `45 s`, `9 min 59 s`, `30 min`, `8 h 0 min`.
  ///
  /// Seconds are left out from ten minutes on.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds, 1e12)))
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    if whole < 60 { return "\(whole) s" }
    if whole < 600 && whole % 60 > 0 { return "\(minutes) min \(whole % 60) s" }
    return hours > 0 ? "\(count(hours)) h \(minutes) min" : "\(minutes) min"
  }

  /// A moment to the minute, as in `2026-11-25 21:30 UTC`.
  static func moment(_ date: Date) -> String {
    let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .gmt)
    return date.formatted(style).prefix(16) + " UTC"
  }

  /// So many of something, as in `1 finding` and `2 findings`. O(digits).
  static func several(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(count(number)) \(number == 1 ? one : many ?? one + "s")"
  }
}
