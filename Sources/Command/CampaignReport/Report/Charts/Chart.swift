/// A small chart of one target, in the form that its template takes: positions are formatted
/// already.
struct Chart {
  /// The target's name.
  let subject: String
  /// A note on the vertical axis; nil if it begins at 0.
  let axisNote: String?
  /// The picture; nil if there is no data.
  let drawing: Drawing?

  /// The picture.
  struct Drawing {
    let id: String
    let width: String
    let height: String
    /// The picture in words, for screen readers.
    let title: String
    let description: String
    let left: String
    let right: String
    let bottom: String
    let rows: [Label]
    let columns: [Label]
    /// The paths of the earlier runs, and of this one.
    let before: [String]
    let now: [String]
    /// The end of this run's line, with its last value.
    let end: Label
  }

  /// A text at a position.
  struct Label {
    let x: String
    let y: String
    let text: String
  }

  /// The data of a chart.
  struct Data {
    /// The target's name.
    var subject: String
    /// This run's line.
    var now: Line
    /// The lines of the earlier runs.
    var before: [Line]
  }

  /// The charts of one quantity, one for each target. All have the same margins, so that they line
  /// up. `quantity` is its name. O(points).
  static func group(
    _ targets: [Data], quantity: String, id: String, seconds: Double, fromZero: Bool
  ) -> [Chart] {
    let time = TimeAxis(seconds: seconds)
    let cut = targets.map { data in
      var data = data
      data.before = data.before.map { $0.until(time.seconds) }.filter { !$0.parts.isEmpty }
      return data
    }
    let axes = cut.map { data in
      Axis(holding: data.now.values + data.before.flatMap(\.values), fromZero: fromZero)
    }
    let frame = ChartFrame(
      labels: axes.flatMap { $0.ticks.map { Format.count(Int($0)) } },
      ends: cut.compactMap { $0.now.end.map { Format.count(Int($0.value.rounded())) } })
    return zip(cut, axes).enumerated().map { index, pair in
      let (data, axis) = pair
      return Chart(
        subject: data.subject,
        axisNote: data.now.end == nil || axis.lower == 0
          ? nil : "axis begins at \(Format.count(Int(axis.lower)))",
        drawing: frame.drawing(
          of: data, quantity: quantity, id: "\(id)-\(index + 1)", axis: axis, time: time))
    }
  }
}
