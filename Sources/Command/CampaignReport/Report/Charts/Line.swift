import Foundation

/// One target's line in a chart: a value over the seconds of a run.
struct Line: Equatable {
  /// A value at a time.
  struct Point: Equatable {
    /// Seconds since the run began.
    var seconds: Double
    /// What it was then.
    var value: Double
  }

  /// What is drawn without a break, each part in the order of time and with a point at least.
  var parts: [[Point]]

  /// How much of a line is drawn.
  struct Detail {
    /// Points at the most.
    let points: Int
    /// Intervals of a rate at the most; each makes two points.
    let intervals: Int

    /// As much as a small chart can show.
    static let full = Detail(points: 240, intervals: 60)
    /// What is drawn for comparison, many times: calm enough to see something else before it.
    static let background = Detail(points: 80, intervals: 10)
  }

  /// The line of a number that is told as it stands. Number lines that have none are left out. O(lines).
  init(
    of value: (NumberLine) -> Int?, in numbers: [NumberLine], since begin: Date, _ detail: Detail
  ) {
    let points = numbers.compactMap { line in
      value(line).map { Point(seconds: line.time.timeIntervalSince(begin), value: Double($0)) }
    }
    parts = points.isEmpty ? [] : [Self.sampled(Self.withoutLevelInteriors(points), to: detail.points)]
  }

  /// The line of a rate: executions in a second of process time, between one number line and the
  /// next, the first of which begins with the run. O(lines).
  ///
  /// Each interval is level, because a mean is all that is known of it. Where the target had no process
  /// there is a break and not a zero. A thinned line has longer intervals, not fewer of them: nothing
  /// that was executed is left out.
  init(ofRateIn numbers: [NumberLine], since begin: Date, _ detail: Detail) {
    guard let target = numbers.first?.target else {
      parts = []
      return
    }
    let all = [NumberLine(time: begin, target: target)] + numbers
    parts = []
    var before = all[0]
    for line in Self.sampled(all, to: detail.intervals + 1).dropFirst() {
      let (more, seconds) = (line.executions - before.executions, line.seconds - before.seconds)
      if seconds > 0 {
        let rate = max(0, Double(more) / seconds)
        let level = [before, line].map {
          Point(seconds: $0.time.timeIntervalSince(begin), value: rate)
        }
        if let last = parts.last?.last, last.seconds == level[0].seconds {
          parts[parts.count - 1] += level
        } else {
          parts.append(level)
        }
      } else if more > 0 {
        // Executions that no time was told for yet: they belong to the interval that goes on.
        continue
      }
      before = line
    }
  }

  /// The line as far as it goes until `seconds`; what crosses that moment ends at it. O(points).
  func until(_ seconds: Double) -> Line {
    var line = self
    line.parts = parts.compactMap { part in
      var kept = part.filter { $0.seconds <= seconds }
      guard let last = kept.last else { return nil }
      if kept.count < part.count, last.seconds < seconds {
        let next = part[kept.count]
        let share = (seconds - last.seconds) / (next.seconds - last.seconds)
        kept.append(
          Point(seconds: seconds, value: last.value + (next.value - last.value) * share))
      }
      return kept
    }
    return line
  }

  /// Every value, in the order of time.
  var values: [Double] { parts.flatMap { $0.map(\.value) } }

  /// The last point; nil if there is none.
  var end: Point? { parts.last?.last }

  /// `points` without those that a straight level line goes through anyway. O(points).
  static func withoutLevelInteriors(_ points: [Point]) -> [Point] {
    points.indices.filter { index in
      guard index > 0, index < points.count - 1 else { return true }
      let value = points[index].value
      return points[index - 1].value != value || points[index + 1].value != value
    }.map { points[$0] }
  }

  /// `elements`, or `most` of them at equal distances with the first and the last; `most` is at least 2.
  /// O(most).
  static func thinned<Element>(_ elements: [Element], to most: Int) -> [Element] {
    guard elements.count > most else { return elements }
    return (0..<most).map { elements[$0 * (elements.count - 1) / (most - 1)] }
  }
}
