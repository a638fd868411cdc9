import Foundation

/// The chance that the next execution shows a transition that no watched one has shown, estimated from
/// the transitions that were seen in exactly one (Good 1953), with an interval of 95 %.
///
/// *What it assumes.* Executions are drawn alike, and independently. A fuzzer that learns changes what
/// it draws, so the estimate is about the fuzzer as it was lately.
///
/// *What it says.* `estimate` is how many new transitions the next execution shows on average. The
/// chance that it shows any is at most that, and less where new transitions come together; so it is
/// overstated rather than understated. It says nothing about bugs: one can hide in a transition that was
/// seen a million times.
///
/// *The interval.* With f1 singletons and f2 doubletons in n executions, f1 - n x (the chance) has the
/// variance f1 + 2 f2 (Esty 1983; the term that makes it smaller is left out, as it is small where the
/// chance is). The part f1 is that of a count, and skewed where that is small, so it gets the exact
/// limits of a Poisson count in place of the normal ones; the two parts are joined as the sides of a
/// right triangle. For many singletons that is Esty's interval. Without any there is only an upper
/// limit, 3/n where there are no doubletons either.
public struct DiscoveryProbability: Equatable, Sendable {
  /// Executions that were watched; without any nothing is known.
  public let watched: Int
  /// New transitions in the next execution on average, at most 1.
  public let estimate: Double
  /// The limits of the interval, 0 to 1. Where nothing was seen exactly once, `lower` is 0 and the
  /// chance is below `upper` in 95 of 100 such cases.
  public let lower: Double
  public let upper: Double

  /// The estimate from `counts`.
  public init(_ counts: TransitionCounts) {
    watched = max(0, counts.watched)
    guard watched > 0 else {
      (estimate, lower, upper) = (0, 0, 1)
      return
    }
    let executions = Double(watched)
    let singletons = Double(max(0, counts.singletons))
    let spread = 2 * Double(max(0, counts.doubletons))
    let lowerCount: Double
    let upperCount: Double
    if singletons == 0 {
      let least = -log(1 - Self.confidence)
      lowerCount = 0
      upperCount = (least * least + Self.oneSided * Self.oneSided * spread).squareRoot()
    } else {
      let variance = Self.twoSided * Self.twoSided * spread
      let limits = Self.limits(ofCount: singletons)
      let (below, above) = (singletons - limits.lower, limits.upper - singletons)
      lowerCount = singletons - (below * below + variance).squareRoot()
      upperCount = singletons + (above * above + variance).squareRoot()
    }
    estimate = min(1, singletons / executions)
    lower = min(1, max(0, lowerCount / executions))
    upper = min(1, upperCount / executions)
  }

  private static let confidence = 0.95
  /// Standard deviations of a normal distribution that leave 2.5 % out on either side.
  private static let twoSided = 1.959964
  /// Standard deviations of a normal distribution that leave 5 % out on one side.
  private static let oneSided = 1.644854

  /// Between which means a Poisson count of `count`, 1 or more, lies with 95 %; the exact limits to
  /// within some hundredths (Byar's approximation).
  static func limits(ofCount count: Double) -> (lower: Double, upper: Double) {
    let next = count + 1
    let low = 1 - 1 / (9 * count) - twoSided / (3 * count.squareRoot())
    let high = 1 - 1 / (9 * next) + twoSided / (3 * next.squareRoot())
    return (count * max(0, low * low * low), next * high * high * high)
  }
}

extension DiscoveryProbability: CustomStringConvertible {
  /// `1 in 41,000 executions (95 %: 1 in 30,000 to 1 in 64,000)`, `less than 1 in 3,300,000 executions
  /// (95 %)` or `not known: nothing was watched`.
  public var description: String {
    if watched == 0 { return "not known: nothing was watched" }
    if estimate == 0 { return "less than \(Self.odds(upper)) executions (95 %)" }
    let limits =
      lower > 0 ? "\(Self.odds(upper)) to \(Self.odds(lower))" : "\(Self.odds(upper)) or less"
    return "\(Self.odds(estimate)) executions (95 %: \(limits))"
  }

  /// `1 in 41,000` for `chance`, above 0: to two digits, which is more than it is known to.
  private static func odds(_ chance: Double) -> String {
    let number = 1 / chance
    if number < 9.95 {
      let tenths = Int((number * 10).rounded())
      return tenths % 10 == 0 ? "1 in \(tenths / 10)" : "1 in \(tenths / 10).\(tenths % 10)"
    }
    var unit = 1.0
    while number / unit >= 99.5 { unit *= 10 }
    var digits = String(Int((number / unit).rounded() * unit))
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
      place -= 3
    }
    return "1 in \(digits)"
  }
}
