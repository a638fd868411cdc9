import Foundation
import Testing

@testable import CampaignReport

@Suite("The probability that the next execution shows a new transition")
struct DiscoveryProbabilityTests {
  private static func estimate(
    watched: Int, singletons: Int, doubletons: Int = 0
  ) -> DiscoveryProbability {
    DiscoveryProbability(
      TransitionCounts(
        watched: watched, distinct: singletons + doubletons, singletons: singletons,
        doubletons: doubletons))
  }

  @Test("with many singletons the interval is Esty's")
  func esty() {
    let estimate = Self.estimate(watched: 1_000_000, singletons: 900, doubletons: 350)
    #expect(estimate.estimate == 0.0009)
    // 1.96 x the root of 900 + 2 x 350, in a million.
    #expect(abs(estimate.upper - (0.0009 + 0.0000784)) < 2e-6)
    #expect(abs(estimate.lower - (0.0009 - 0.0000784)) < 2e-6)
  }

  @Test("with few singletons and no doubletons the limits are those of a Poisson count")
  func poisson() {
    // From a table of exact Poisson limits.
    for (count, lower, upper) in [(1, 0.0253, 5.572), (4, 1.090, 10.242)] {
      let estimate = Self.estimate(watched: 1000, singletons: count)
      #expect(abs(estimate.lower * 1000 - lower) < 0.02, "\(count)")
      #expect(abs(estimate.upper * 1000 - upper) < 0.05, "\(count)")
    }
  }

  @Test("without singletons the upper limit follows the rule of three")
  func none() {
    let estimate = Self.estimate(watched: 3000, singletons: 0)
    #expect(estimate.estimate == 0)
    #expect(estimate.lower == 0)
    #expect(abs(estimate.upper - 0.001) < 0.00001)
    #expect(Self.estimate(watched: 3000, singletons: 0, doubletons: 8).upper > estimate.upper)
  }

  @Test("the estimate and its limits stay between 0 and 1")
  func bounds() {
    let all = Self.estimate(watched: 10, singletons: 40, doubletons: 3)
    #expect(all.estimate == 1 && all.upper == 1 && all.lower <= 1)
    #expect(Self.estimate(watched: 1, singletons: 0).upper == 1)
    #expect(Self.estimate(watched: 100, singletons: 1, doubletons: 30).lower == 0)
  }

  @Test(
    "the description gives the odds and their interval",
    arguments: [
      (1_000_000, 24, 9, "1 in 42,000 executions (95 %: 1 in 26,000 to 1 in 83,000)"),
      (10_000_000, 0, 0, "less than 1 in 3,300,000 executions (95 %)"),
      (0, 0, 0, "unknown: no executions were watched"),
      (100, 1, 30, "1 in 100 executions (95 %: 1 in 5.9 or less)"),
      (1000, 800, 90, "1 in 1.3 executions (95 %: 1 in 1.2 to 1 in 1.4)"),
    ])
  func words(_ watched: Int, _ singletons: Int, _ doubletons: Int, _ words: String) {
    let estimate = Self.estimate(
      watched: watched, singletons: singletons, doubletons: doubletons)
    #expect(estimate.description == words)
  }
}

/// A random number generator (SplitMix64) that makes simulations reproducible.
private struct Draws {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// A number in 0..<1.
  mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
}

@Suite("The interval covers the true value as often as it claims")
struct GoodTuringCoverageTests {
  /// The distribution from which executions are drawn.
  enum Source: String, CaseIterable {
    /// One transition per execution, out of 1000 equally likely ones.
    case uniform
    /// One transition per execution; each is 3 % less likely than the one before.
    case geometric
    /// One transition per execution; the k-th has a probability proportional to 1/k.
    case zipf
    /// One transition per execution: ten that make up 98 %, and 500 that share 2 %.
    case fewHeavy
    /// Any number of independent transitions per execution: twenty common ones and 800 rare ones.
    case several
    /// As `several`, but the rare ones occur in threes.
    case together

    /// The probabilities of the transitions, or of bundles of them, in an execution.
    var chances: [Double] {
      func normal(_ weights: [Double]) -> [Double] {
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
      }
      switch self {
      case .uniform: return normal((0..<1000).map { _ in 1 })
      case .geometric:
        var weight = 1.0
        return normal(
          (0..<600).map { _ in
            weight *= 0.97
            return weight
          })
      case .zipf: return normal((1...2000).map { 1 / Double($0) })
      case .fewHeavy:
        return [Double](repeating: 0.098, count: 10) + [Double](repeating: 0.02 / 500, count: 500)
      case .several, .together:
        return [Double](repeating: 0.3, count: 20)
          + (1...800).map { 0.02 / Double($0) }
      }
    }

    /// How many transitions the bundle at `index` has.
    func size(_ index: Int) -> Int { self == .together && index >= 20 ? 3 : 1 }
  }

  /// In how many of `rounds` samples of `watched` executions the true value is below the interval,
  /// in it and above it.
  ///
  /// The true value is the expected number of new transitions in the next execution, or with
  /// `isChanceOfAny` the probability of at least one. It is computed, not sampled.
  private static func simulate(
    _ source: Source, watched: Int, rounds: Int, seed: UInt64, isChanceOfAny: Bool = false,
    interval: (TransitionCounts) -> (lower: Double, upper: Double)
  ) -> (below: Int, inside: Int, above: Int) {
    let chances = source.chances
    let isOne = source != .several && source != .together
    var sums: [Double] = []
    for chance in chances { sums.append((sums.last ?? 0) + chance) }
    var draws = Draws(state: seed)
    var result = (below: 0, inside: 0, above: 0)
    for _ in 0..<rounds {
      var seen = [Int](repeating: 0, count: chances.count)
      if isOne {
        for _ in 0..<watched {
          let unit = draws.unit()
          var (low, high) = (0, sums.count - 1)
          while low < high {
            let middle = (low + high) / 2
            if sums[middle] > unit { high = middle } else { low = middle + 1 }
          }
          seen[low] += 1
        }
      } else {
        for (index, chance) in chances.enumerated() {
          seen[index] = binomial(watched, chance, &draws)
        }
      }
      var counts = TransitionCounts(watched: watched)
      var (truth, none) = (0.0, 1.0)
      for (index, count) in seen.enumerated() {
        let size = source.size(index)
        switch count {
        case 0:
          truth += chances[index] * Double(size)
          none *= 1 - chances[index]
        case 1: counts.singletons += size
        case 2: counts.doubletons += size
        default: break
        }
        if count > 0 { counts.distinct += size }
      }
      if isChanceOfAny { truth = 1 - none }
      let (lower, upper) = interval(counts)
      if truth < lower {
        result.below += 1
      } else if truth > upper {
        result.above += 1
      } else {
        result.inside += 1
      }
    }
    return result
  }

  /// Draws how often an event of probability `chance` happens in `count` executions. It draws the
  /// gaps between events, which is fast for rare ones.
  private static func binomial(_ count: Int, _ chance: Double, _ draws: inout Draws) -> Int {
    var (place, hits) = (0, 0)
    // For a common event the exact number does not matter, as long as it is large.
    if chance > 0.1 { return Int(Double(count) * chance) }
    while true {
      let unit = 1 - draws.unit()
      place += 1 + Int(log(unit) / log(1 - chance))
      if place > count { return hits }
      hits += 1
    }
  }

  private static func own(_ counts: TransitionCounts) -> (lower: Double, upper: Double) {
    let estimate = DiscoveryProbability(counts)
    return (estimate.lower, estimate.upper)
  }

  static let sizes = [100, 500, 2000, 5000]

  @Test(
    "at least nine of ten intervals cover the true value, for every source and sample size",
    arguments: Source.allCases.filter { $0 != .together }, sizes)
  func covers(_ source: Source, _ watched: Int) {
    let result = Self.simulate(
      source, watched: watched, rounds: 400, seed: 20_261_125, interval: Self.own)
    #expect(result.inside >= 360, "\(source), \(watched): \(result)")
  }

  /// Wrong formulas.
  enum Mistake: CaseIterable {
    /// Doubletons do not widen the interval.
    case noDoubletons
    /// The normal limits are used even with few singletons.
    case alwaysNormal
    /// The counts are divided by the distinct transitions, not by the executions.
    case shareOfDistinct
    /// The limits are one standard deviation away.
    case tooNarrow

    /// The interval by the wrong formula.
    func interval(_ counts: TransitionCounts) -> (lower: Double, upper: Double) {
      var counts = counts
      switch self {
      case .noDoubletons: counts.doubletons = 0
      case .shareOfDistinct: counts.watched = counts.distinct
      case .alwaysNormal, .tooNarrow:
        let width = self == .tooNarrow ? 1 : 1.959964
        let variance = Double(counts.singletons + 2 * counts.doubletons)
        let middle = Double(counts.singletons)
        let side = width * variance.squareRoot()
        return (
          (middle - side) / Double(counts.watched), (middle + side) / Double(counts.watched)
        )
      }
      let estimate = DiscoveryProbability(counts)
      return (estimate.lower, estimate.upper)
    }
  }

  @Test("wrong formulas fail the coverage test", arguments: Mistake.allCases)
  func mistakes(_ mistake: Mistake) {
    var worst = Int.max
    for source in [Source.uniform, .geometric, .fewHeavy] {
      for watched in [100, 2000] {
        let result = Self.simulate(
          source, watched: watched, rounds: 400, seed: 20_261_125, interval: mistake.interval)
        worst = min(worst, result.inside)
      }
    }
    #expect(worst < 360)
  }

  @Test(
    "if new transitions occur together, the probability of any is not underestimated",
    arguments: sizes)
  func together(_ watched: Int) {
    let result = Self.simulate(
      .together, watched: watched, rounds: 400, seed: 7, isChanceOfAny: true, interval: Self.own)
    #expect(result.above <= 20, "\(watched): \(result)")
  }
}
