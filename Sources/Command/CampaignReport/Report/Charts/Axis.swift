import Foundation

/// A vertical axis with round numbers on it.
struct Axis: Equatable {
  /// What is at its bottom and at its top: whole multiples of `step`.
  let lower: Double
  let upper: Double
  /// From one tick to the next: 1, 2 or 5 times a power of ten, and 1 at the least.
  let step: Double

  /// The least part of its largest value that an axis spans. Two edges more in a thousand are no
  /// staircase: with less than this the picture of a run that found nothing is one of noise.
  private static let minSpan = 0.05
  /// An axis that would begin below this part of its top begins at 0.
  private static let worthZero = 0.3

  /// An axis that has room for `values`, none of them negative, and begins at 0 if it has to.
  /// O(values).
  init(holding values: [Double], fromZero: Bool) {
    var low = fromZero ? 0 : values.min() ?? 0
    var high = values.max() ?? 0
    let missing = max(0, max(high * Self.minSpan, 4) - (high - low))
    low -= missing / 2
    high += fromZero ? missing : missing / 2
    if low < high * Self.worthZero { low = 0 }
    step = Self.roundStep((high - low) / 4)
    lower = (low / step).rounded(.down) * step
    upper = (high / step).rounded(.up) * step
  }

  /// The values that are written beside it, ascending, both ends included.
  var ticks: [Double] {
    (0...Int(((upper - lower) / step).rounded())).map { lower + Double($0) * step }
  }

  /// The least of 1, 2 and 5 times a power of ten, from 1 on, that is not below `size`.
  static func roundStep(_ size: Double) -> Double {
    var power = 1.0
    while power * 10 < size { power *= 10 }
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= size } ?? power
  }
}

/// The horizontal axis: time since a run began.
struct TimeAxis: Equatable {
  /// What is at its right end, in seconds; more than 0.
  let seconds: Double
  /// From one tick to the next, in seconds.
  let step: Int

  private static let steps = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
  ]
  /// As many steps as there is room for.
  private static let most = 5.0

  /// An axis of so many seconds; 0 and less are taken for one.
  init(seconds: Double) {
    let all = max(seconds, 1)
    self.seconds = all
    step = Self.steps.first { all / Double($0) <= Self.most } ?? 86400 * (Int(all) / 86400 / 5 + 1)
  }

  /// A time that is written below the axis.
  struct Tick: Equatable {
    /// Seconds since the run began.
    let seconds: Double
    /// What is written.
    let label: String
  }

  /// What is written below it, from the left: `0`, `10 min`, `20 min`, ...
  var ticks: [Tick] {
    let (unit, size) = step < 60 ? ("s", 1) : step < 3600 ? ("min", 60) : ("h", 3600)
    return (0...Int(seconds) / step).map { index in
      let label = index == 0 ? "0" : "\(index * step / size) \(unit)"
      return Tick(seconds: Double(index * step), label: label)
    }
  }
}
