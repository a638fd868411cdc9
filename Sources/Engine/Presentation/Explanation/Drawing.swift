import ReverseMapping

/// A line of an explanation.
public struct ExplanationLine: Equatable, Sendable {
  /// How a terminal can colour the line. Colour repeats information that is also in the text.
  public enum Emphasis: Sendable {
    case plain
    /// The first line of a step.
    case heading
    /// A difference or an unsoundness.
    case mark
  }

  /// The text, without a newline.
  public var text: String
  /// How to colour it.
  public var emphasis: Emphasis

  init(_ text: String, _ emphasis: Emphasis = .plain) {
    self.text = text
    self.emphasis = emphasis
  }
}

/// The states of both sides and the range of the operation, drawn below each other on one axis.
///
///       canonical  0x0 0x1000   0x2000 0x3000 0x4000   0x6000
///       op         [=========================]
///       oracle     [??????????????????????????????????]
///       subject    [?????????????????????????][0x10000]
///                                             ^^^^^^^^^
struct Drawing {
  /// Columns before a row's ranges.
  static let margin = 13
  /// A gap of more than this many bytes (64 pages), or of more than 64 keys, is drawn with `~`.
  private static let longGap: UInt64 = 64 << 12

  let axis: Axis
  /// The space of the axis.
  let track: Track
  /// The range of the operation, or nil if it has none on this track.
  let operation: Piece?
  /// The mapping that should be dead, or nil.
  let survivor: Piece?
  /// The oracle's state; the live mappings if the two sides are not compared.
  let expected: [Piece]
  /// The subject's state.
  let actual: [Piece]
  /// Whether the two sides must agree.
  let isCompared: Bool

  /// The lines, block after block of the axis. O(columns x pieces).
  var lines: [ExplanationLine] {
    var lines: [ExplanationLine] = []
    var rows: [(String, [Character])] = [
      ("op", operation.map { row([$0], isOverlay: true) } ?? [])
    ]
    rows += isCompared ? [("oracle", row(expected))] : layers(of: expected, "live")
    rows += isCompared ? [("subject", row(actual))] : layers(of: actual, "subject")
    rows.append(("survivor", survivor.map { row([$0], isOverlay: true) } ?? []))
    let marks =
      isCompared
      ? self.marks : Array(repeating: " ", count: axis.columns.reduce(0) { $0 + $1.width })
    var start = 0
    for block in axis.blocks {
      let width = block.reduce(0) { $0 + axis.columns[$1].width }
      let characters = start..<(start + width)
      start += width
      lines.append(.row(track.space.rawValue, axis.ruler(block)))
      for (name, row) in rows where !row.isEmpty {
        let text = String(row[characters])
        // The operation and the survivor may lie in another block; states are drawn in all of them.
        if text.contains(where: { $0 != " " }) { lines.append(.row(name, text)) }
        if name == "subject", marks[characters].contains("^") {
          lines.append(.row("", String(marks[characters]), .mark))
        }
      }
    }
    for piece in actual where piece.last < piece.first {
      lines.append(
        .row(
          "subject",
          "also [\(hexadecimal(piece.first)), \(hexadecimal(piece.last))], a reversed range",
          .mark))
    }
    return lines
  }

  /// As many rows as are needed to draw `pieces` apart: several mappings may have the same
  /// canonical page, and so may the entries of a superset map. None if there are no pieces.
  private func layers(of pieces: [Piece], _ name: String) -> [(String, [Character])] {
    var layers: [[Piece]] = []
    for piece in pieces {
      let free = layers.firstIndex { layer in layer.allSatisfy { $0.last < piece.first } }
      if let free { layers[free].append(piece) } else { layers.append([piece]) }
    }
    return layers.map { (name, row($0)) }
  }

  /// Draws `pieces` over all columns. Gaps are filled with `.`, `~` or `/`, or with blanks in an
  /// overlay.
  private func row(_ pieces: [Piece], isOverlay: Bool = false) -> [Character] {
    var starts: [Int] = []
    var row: [Character] = []
    let unit: UInt64 = track.space == .keys ? 4096 : 1
    for column in axis.columns {
      starts.append(row.count)
      let isLong = column.last &- column.first >= Self.longGap / unit
      let gap: Character = isOverlay ? " " : column.isElided ? "/" : isLong ? "~" : "."
      row += Array(repeating: gap, count: column.width)
    }
    starts.append(row.count)
    var isTaken = Array(repeating: false, count: row.count)
    for piece in pieces {
      guard let own = axis.columnsOf(piece) else { continue }
      let characters = starts[own.lowerBound]..<starts[own.upperBound]
      let inside = Array(piece.label.prefix(max(0, characters.count - 2)))
      for (offset, index) in characters.enumerated() {
        let character: Character =
          switch offset {
          case 0: "["
          case characters.count - 1: "]"
          case 1..<(1 + inside.count): inside[offset - 1]
          default: piece.fill
          }
        // Pieces of a state must not overlap. If they do, show it rather than let one hide the
        // other.
        row[index] = isTaken[index] ? "#" : character
        isTaken[index] = true
      }
    }
    return row
  }

  /// The content of one column in one piece, for comparing the two sides.
  private struct Cell: Equatable {
    var value: UInt64
    var fill: Character
    /// The stored word in the first column of a piece, else nil. So a different lower bound counts
    /// as a difference.
    var word: UInt64?
  }

  /// `^` under the columns where the two sides differ.
  private var marks: [Character] {
    var marks: [Character] = []
    for column in axis.columns {
      let differs = cells(of: column, expected) != cells(of: column, actual)
      marks += Array(repeating: differs ? "^" : " ", count: column.width)
    }
    return marks
  }

  private func cells(of column: Axis.Column, _ pieces: [Piece]) -> [Cell] {
    pieces.filter { $0.first <= column.last && column.first <= $0.last }.map {
      Cell(value: $0.value, fill: $0.fill, word: $0.first < column.first ? nil : $0.word)
    }
  }
}

extension ExplanationLine {
  /// A line with `name` in its margin.
  static func row(_ name: String, _ text: String, _ emphasis: Emphasis = .plain) -> Self {
    let margin = "  " + name
    let blank = String(repeating: " ", count: max(1, Drawing.margin - margin.count))
    var line = margin + blank + text
    while line.last == " " { line.removeLast() }
    return ExplanationLine(line, emphasis)
  }
}
