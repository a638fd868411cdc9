import Foundation
import Testing

@testable import CampaignReport

@Suite("The chance that the next execution shows something new")
struct DiscoveryProbabilityTests {
  private static func estimate(
    watched: Int, singletons: Int, doubletons: Int = 0
  ) -> DiscoveryProbability {
    DiscoveryProbability(
      TransitionCounts(
        watched: watched, distinct: singletons + doubletons, singletons: singletons,
        doubletons: doubletons))
  }

  @Test("many singletons: Esty's interval")
  func esty() {
    let estimate = Self.estimate(watched: 1_000_000, singletons: 900, doubletons: 350)
    #expect(estimate.estimate == 0.0009)
    // 1.96 x the root of 900 + 2 x 350, in a million.
    #expect(abs(estimate.upper - (0.0009 + 0.0000784)) < 2e-6)
    #expect(abs(estimate.lower - (0.0009 - 0.0000784)) < 2e-6)
  }

  @Test("few singletons and no doubletons: the exact limits of a Poisson count")
  func poisson() {
    // From a table: 1 is between 0.0253 and 5.572, 4 between 1.090 and 10.242.
    for (count, lower, upper) in [(1, 0.0253, 5.572), (4, 1.090, 10.242)] {
      let estimate = Self.estimate(watched: 1000, singletons: count)
      #expect(abs(estimate.lower * 1000 - lower) < 0.02, "\(count)")
      #expect(abs(estimate.upper * 1000 - upper) < 0.05, "\(count)")
    }
  }

  @Test("no singletons: the rule of three")
  func none() {
    let estimate = Self.estimate(watched: 3000, singletons: 0)
    #expect(estimate.estimate == 0)
    #expect(estimate.lower == 0)
    #expect(abs(estimate.upper - 0.001) < 0.00001)
    #expect(Self.estimate(watched: 3000, singletons: 0, doubletons: 8).upper > estimate.upper)
  }

  @Test("no chance is above 1 or below 0")
  func bounds() {
    let all = Self.estimate(watched: 10, singletons: 40, doubletons: 3)
    #expect(all.estimate == 1 && all.upper == 1 && all.lower <= 1)
    #expect(Self.estimate(watched: 1, singletons: 0).upper == 1)
    #expect(Self.estimate(watched: 100, singletons: 1, doubletons: 30).lower == 0)
  }

  @Test(
    "it is said in words",
    arguments: [
      (1_000_000, 24, 9, "1 in 42,000 executions (95 %: 1 in 26,000 to 1 in 83,000)"),
      (10_000_000, 0, 0, "less than 1 in 3,300,000 executions (95 %)"),
      (0, 0, 0, "not known: nothing was watched"),
      (100, 1, 30, "1 in 100 executions (95 %: 1 in 5.9 or less)"),
      (1000, 800, 90, "1 in 1.3 executions (95 %: 1 in 1.2 to 1 in 1.4)"),
    ])
  func words(_ watched: Int, _ singletons: Int, _ doubletons: Int, _ words: String) {
    let estimate = Self.estimate(
      watched: watched, singletons: singletons, doubletons: doubletons)
    #expect(estimate.description == words)
  }
}

/// A generator of numbers for simulations (SplitMix64), so that they are the same each time.
private struct Draws {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// 0 up to 1, without 1.
  mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
}

@Suite("The interval has the truth in it as often as it says")
struct GoodTuringCoverageTests {
  /// Where executions come from.
  enum Source: String, CaseIterable {
    /// One transition an execution, of 1000 that are alike.
    case uniform
    /// One, each less frequent than the one before by a fixed share.
    case geometric
    /// One, the k-th with a share of 1/k.
    case zipf
    /// One, of ten that are nearly everything and 500 that share 2 %.
    case fewHeavy
    /// Any number, each transition by itself: twenty common ones, and 800 rare ones.
    case several
    /// As `several`, but the rare ones come by threes.
    case together

    /// How often the transitions, or bundles of them, are in an execution.
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

    /// How many transitions come at once, with each of the chances.
    func size(_ index: Int) -> Int { self == .together && index >= 20 ? 3 : 1 }
  }

  /// In how many of `rounds` samples of `watched` executions the truth was below the interval, in it
  /// and above it. The truth is the average number of transitions in an execution that the sample did
  /// not show, or the chance that there is any; it is computed, not sampled.
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

  /// How often something of `chance` happens in `count` executions: by the gaps between, which takes
  /// as many draws as it happens.
  private static func binomial(_ count: Int, _ chance: Double, _ draws: inout Draws) -> Int {
    var (place, hits) = (0, 0)
    // For common ones the exact number does not matter, as long as it is large.
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
    "at least nine of ten intervals hold the truth, from every source and in samples of any size",
    arguments: Source.allCases.filter { $0 != .together }, sizes)
  func covers(_ source: Source, _ watched: Int) {
    let result = Self.simulate(
      source, watched: watched, rounds: 400, seed: 20_261_125, interval: Self.own)
    #expect(result.inside >= 360, "\(source), \(watched): \(result)")
  }

  /// Formulas that are wrong.
  enum Mistake: CaseIterable {
    /// The doubletons do not widen the interval.
    case noDoubletons
    /// The normal limits, with few singletons too.
    case alwaysNormal
    /// Of the distinct transitions, not of the executions.
    case shareOfDistinct
    /// One doubleton in place of two in the variance, and no more than a standard deviation.
    case tooNarrow

    /// What it makes of `counts`.
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

  @Test("a wrong formula does not pass for right", arguments: Mistake.allCases)
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
    "where new transitions come together, the chance of any is not understated", arguments: sizes)
  func together(_ watched: Int) {
    let result = Self.simulate(
      .together, watched: watched, rounds: 400, seed: 7, isChanceOfAny: true, interval: Self.own)
    #expect(result.above <= 20, "\(watched): \(result)")
  }
}
