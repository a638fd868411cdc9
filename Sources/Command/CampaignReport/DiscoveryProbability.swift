import Foundation

/// The probability that the next execution shows a transition that no watched execution has shown.
/// It is estimated from the number of transitions seen in exactly one execution (Good 1953), with a
/// 95 % confidence interval.
///
/// *Assumption.* Executions are drawn independently from the same distribution. A fuzzer that
/// learns changes its distribution, so the estimate describes the fuzzer as it was recently.
///
/// *Meaning.* `estimate` is the expected number of new transitions in the next execution. The
/// probability of at least one new transition is at most that, and lower if new transitions occur
/// together. So the estimate errs on the high side. It says nothing about bugs: a bug can hide in a
/// transition that was seen a million times.
///
/// *Interval.* With f1 singletons and f2 doubletons in n executions, f1 - n x (the probability) has
/// the variance f1 + 2 f2 (Esty 1983; a negative term is left out, because it is small when the
/// probability is). The part f1 is the variance of a count, whose distribution is skewed if the
/// count is small, so it is replaced by the exact limits of a Poisson count. The two parts are
/// combined as the root of their squares' sum. For many singletons the result is Esty's interval.
/// Without singletons there is only an upper limit: 3/n if there are no doubletons either.
public struct DiscoveryProbability: Equatable, Sendable {
  /// The number of watched executions. If 0, nothing is known.
  public let watched: Int
  /// The expected number of new transitions in the next execution, at most 1.
  public let estimate: Double
  /// The limits of the 95 % interval, 0 to 1. Without singletons `lower` is 0, and `upper` is a
  /// one-sided 95 % limit.
  public let lower: Double
  public let upper: Double

  /// Estimates from `counts`.
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
      let limitOfZero = -log(1 - Self.confidence)
      lowerCount = 0
      upperCount = (limitOfZero * limitOfZero + Self.oneSided * Self.oneSided * spread)
        .squareRoot()
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
  /// The 97.5 % quantile of the standard normal distribution.
  private static let twoSided = 1.959964
  /// The 95 % quantile of the standard normal distribution.
  private static let oneSided = 1.644854

  /// The 95 % confidence limits of the mean of a Poisson distribution, given an observed `count` of
  /// at least 1. Exact to within a few hundredths (Byar's approximation).
  static func limits(ofCount count: Double) -> (lower: Double, upper: Double) {
    let next = count + 1
    let low = 1 - 1 / (9 * count) - twoSided / (3 * count.squareRoot())
    let high = 1 - 1 / (9 * next) + twoSided / (3 * next.squareRoot())
    return (count * max(0, low * low * low), next * high * high * high)
  }
}

extension DiscoveryProbability: CustomStringConvertible {
  /// `1 in 41,000 executions (95 %: 1 in 30,000 to 1 in 64,000)`, `less than 1 in 3,300,000
  /// executions (95 %)` or `unknown: no executions were watched`.
  public var description: String {
    if watched == 0 { return "unknown: no executions were watched" }
    if estimate == 0 { return "less than \(Self.odds(upper)) executions (95 %)" }
    let limits =
      lower > 0 ? "\(Self.odds(upper)) to \(Self.odds(lower))" : "\(Self.odds(upper)) or less"
    return "\(Self.odds(estimate)) executions (95 %: \(limits))"
  }

  /// `1 in 41,000` for a probability above 0, rounded to two digits. More would be false precision.
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
