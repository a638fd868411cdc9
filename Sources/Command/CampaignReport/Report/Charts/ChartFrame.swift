import Foundation

/// The frame shared by the charts of one quantity. A chart is 340 units wide; on a page of usual
/// width a unit is about a pixel.
struct ChartFrame {
  /// The size of a chart.
  static let width = 340.0
  static let height = 168.0
  private static let top = 10.0
  private static let bottom = 142.0
  /// The width of the widest digit.
  private static let digit = 6.6

  private let left: Double
  private let right: Double

  /// A frame with room for the widest of `labels` on the left, and of `ends` on the right.
  init(labels: [String], ends: [String]) {
    let widest = { (texts: [String]) in Double(texts.map(\.count).max() ?? 0) * Self.digit }
    left = widest(labels) + 10
    right = Self.width - widest(ends) - 12
  }

  /// The picture of `data`; nil if it has no point of this run. O(points).
  func drawing(
    of data: Chart.Data, quantity: String, id: String, axis: Axis, time: TimeAxis
  ) -> Chart.Drawing? {
    guard let end = data.now.end else { return nil }
    let x = { (seconds: Double) in left + (right - left) * seconds / time.seconds }
    let y = { (value: Double) in
      Self.bottom - (Self.bottom - Self.top) * (value - axis.lower) / (axis.upper - axis.lower)
    }
    let path = { (part: [Line.Point]) in
      let corners = part.map { "\(Self.text(x($0.seconds))) \(Self.text(y($0.value)))" }
      return "M" + corners.joined(separator: "L")
    }
    return Chart.Drawing(
      id: id, width: Self.text(Self.width), height: Self.text(Self.height),
      title: "\(quantity) of \(data.subject)", description: Self.words(on: data, until: end),
      left: Self.text(left), right: Self.text(right), bottom: Self.text(Self.bottom),
      rows: axis.ticks.map {
        Chart.Label(x: Self.text(left - 6), y: Self.text(y($0)), text: Format.count(Int($0)))
      },
      columns: time.ticks.map {
        Chart.Label(x: Self.text(x($0.seconds)), y: Self.text(Self.bottom + 17), text: $0.label)
      },
      before: data.before.flatMap { $0.parts.map(path) }, now: data.now.parts.map(path),
      end: Chart.Label(
        x: Self.text(x(end.seconds)), y: Self.text(y(end.value)),
        text: Format.count(Int(end.value.rounded()))))
  }

  /// The picture in words.
  private static func words(on data: Chart.Data, until end: Line.Point) -> String {
    let value = { (number: Double) in Format.count(Int(number.rounded())) }
    let values = data.now.values
    var words = "This run: \(value(end.value)) after \(Format.duration(end.seconds))"
    if let first = values.first, let low = values.min(), let high = values.max(), values.count > 1 {
      words += ", initially \(value(first)), minimum \(value(low)), maximum \(value(high))"
    }
    let before = data.before.compactMap { $0.end.map { value($0.value) } }
    if !before.isEmpty {
      words += "; previous runs after the same time: \(before.joined(separator: "; "))"
    }
    return words + "."
  }

  /// A position, to a tenth of a unit.
  private static func text(_ position: Double) -> String {
    let tenths = Int((position * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
  }
}
