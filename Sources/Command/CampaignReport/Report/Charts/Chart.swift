/// A little chart of one target, as its template wants it: every position is text already.
struct Chart {
  /// The target's name.
  let subject: String
  /// What a reader has to know of the axis; nil if it begins at 0.
  let axisNote: String?
  /// The picture; nil where there is nothing to draw.
  let drawing: Drawing?

  /// What is in the picture.
  struct Drawing {
    let id: String
    let width: String
    let height: String
    /// The picture in words, for who does not see it.
    let title: String
    let description: String
    let left: String
    let right: String
    let bottom: String
    let rows: [Label]
    let columns: [Label]
    /// The paths of the runs before, and of this one.
    let before: [String]
    let now: [String]
    /// Where this run's line ends, and its last value.
    let end: Label
  }

  /// Something that is written at a place.
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
    /// The same of the runs before.
    var before: [Line]
  }

  /// Several charts of the same quantity, one for each target, with the same margins, so that they line
  /// up. `quantity` is what is measured, in words. O(points).
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
