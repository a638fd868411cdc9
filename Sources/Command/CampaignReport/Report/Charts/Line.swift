import Foundation

/// One target's line in a chart: a value over the time of a run.
struct Line: Equatable {
  /// A value at a time.
  struct Point: Equatable {
    /// Seconds since the run began.
    var seconds: Double
    var value: Double
  }

  /// The connected parts of the line, each sorted by time and with at least one point.
  var parts: [[Point]]

  /// How much detail of a line is drawn.
  struct Detail {
    /// The maximum number of points.
    let points: Int
    /// The maximum number of intervals of a rate. Each has two points.
    let intervals: Int

    /// As much as a small chart can show.
    static let full = Detail(points: 240, intervals: 60)
    /// For the many lines of earlier runs, which must not distract from this run's.
    static let background = Detail(points: 80, intervals: 10)
  }

  /// The line of a number. Number lines without a value are skipped. O(lines).
  init(
    of value: (NumberLine) -> Int?, in numbers: [NumberLine], since begin: Date, _ detail: Detail
  ) {
    let points = numbers.compactMap { line in
      value(line).map { Point(seconds: line.time.timeIntervalSince(begin), value: Double($0)) }
    }
    parts =
      points.isEmpty ? [] : [Self.sampled(Self.withoutLevelInteriors(points), to: detail.points)]
  }

  /// The line of a rate: executions per second of process time, between each number line and the
  /// next. The first interval starts with the run. O(lines).
  ///
  /// Each interval is level, because only its mean is known. If the target had no process, the line
  /// has a gap, not a zero. Less detail means longer intervals that still cover all executions.
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
        // The process time of these executions is not recorded yet, so the interval is extended.
        continue
      }
      before = line
    }
  }

  /// The line up to `seconds`. A segment that crosses that time is cut there. O(points).
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

  /// Every value, in order of time.
  var values: [Double] { parts.flatMap { $0.map(\.value) } }

  /// The last point; nil if there is none.
  var end: Point? { parts.last?.last }

  /// `points` without those whose neighbours have the same value: a level line needs only its ends.
  /// O(points).
  static func withoutLevelInteriors(_ points: [Point]) -> [Point] {
    points.indices.filter { index in
      guard index > 0, index < points.count - 1 else { return true }
      let value = points[index].value
      return points[index - 1].value != value || points[index + 1].value != value
    }.map { points[$0] }
  }

  /// At most `count` of `elements`, at equal distances and including the first and the last.
  /// `count` is at least 2. O(count).
  static func sampled<Element>(_ elements: [Element], to count: Int) -> [Element] {
    guard elements.count > count else { return elements }
    return (0..<count).map { elements[$0 * (elements.count - 1) / (count - 1)] }
  }
}
