import Foundation

/// A vertical axis with ticks at round numbers.
struct Axis: Equatable {
  /// The values at the bottom and at the top: whole multiples of `step`.
  let lower: Double
  let upper: Double
  /// The distance of ticks: 1, 2 or 5 times a power of ten, and at least 1.
  let step: Double

  /// The axis spans at least this share of its largest value. Without this limit, two more edges in
  /// a thousand would look like a cliff, and a run that found nothing like noise.
  private static let minSpan = 0.05
  /// An axis that would begin below this share of its top begins at 0 instead.
  private static let zeroThreshold = 0.3

  /// An axis with room for `values`, none of them negative. It begins at 0 if `fromZero`.
  /// O(values).
  init(holding values: [Double], fromZero: Bool) {
    var low = fromZero ? 0 : values.min() ?? 0
    var high = values.max() ?? 0
    let missing = max(0, max(high * Self.minSpan, 4) - (high - low))
    low -= missing / 2
    high += fromZero ? missing : missing / 2
    if low < high * Self.zeroThreshold { low = 0 }
    step = Self.roundStep((high - low) / 4)
    lower = (low / step).rounded(.down) * step
    upper = (high / step).rounded(.up) * step
  }

  /// The values of the ticks, ascending, including both ends.
  var ticks: [Double] {
    (0...Int(((upper - lower) / step).rounded())).map { lower + Double($0) * step }
  }

  /// The smallest step of at least `size`: 1, 2 or 5 times a power of ten, and at least 1.
  static func roundStep(_ size: Double) -> Double {
    var power = 1.0
    while power * 10 < size { power *= 10 }
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= size } ?? power
  }
}

/// A horizontal axis of the time since a run began.
struct TimeAxis: Equatable {
  /// The value at the right end, in seconds; more than 0.
  let seconds: Double
  /// The distance of ticks, in seconds.
  let step: Int

  private static let steps = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
  ]
  /// How many steps there is room for.
  private static let maxSteps = 5.0

  /// An axis of `seconds`, but at least 1.
  init(seconds: Double) {
    let all = max(seconds, 1)
    self.seconds = all
    step =
      Self.steps.first { all / Double($0) <= Self.maxSteps } ?? 86400 * (Int(all) / 86400 / 5 + 1)
  }

  /// A tick of the axis.
  struct Tick: Equatable {
    /// Seconds since the run began.
    let seconds: Double
    /// The text below the tick.
    let label: String
  }

  /// The ticks from left to right, labelled `0`, `10 min`, `20 min`, ...
  var ticks: [Tick] {
    let (unit, size) = step < 60 ? ("s", 1) : step < 3600 ? ("min", 60) : ("h", 3600)
    return (0...Int(seconds) / step).map { index in
      let label = index == 0 ? "0" : "\(index * step / size) \(unit)"
      return Tick(seconds: Double(index * step), label: label)
    }
  }
}
