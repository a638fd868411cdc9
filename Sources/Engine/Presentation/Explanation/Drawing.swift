import ReverseMapping

/// A line of an explanation.
public struct ExplanationLine: Equatable, Sendable {
  /// What a terminal can show by colour. The text says it too.
  public enum Emphasis: Sendable {
    case plain
    /// A step begins.
    case heading
    /// A difference, or harm.
    case mark
  }

  /// The text, without an end of line.
  public var text: String
  /// How it is shown.
  public var emphasis: Emphasis

  init(_ text: String, _ emphasis: Emphasis = .plain) {
    self.text = text
    self.emphasis = emphasis
  }
}

/// The ranges of both sides on one axis, one above the other, with what they are about.
///
///       canonical  0x0 0x1000   0x2000 0x3000 0x4000   0x6000
///       op         [=========================]
///       oracle     [??????????????????????????????????]
///       subject    [?????????????????????????][0x10000]
///                                             ^^^^^^^^^
struct Drawing {
  /// Columns before a row's ranges.
  static let margin = 13
  /// A gap of more than this many bytes is drawn as left out, and so is one of more keys than a
  /// 4096th of it.
  private static let longGap: UInt64 = 64 << 12

  /// The axis that it is drawn on.
  let axis: Axis
  /// The space of the axis.
  let track: Track
  /// What the operation is about.
  let operation: Piece?
  /// The mapping that lives.
  let survivor: Piece?
  /// What the oracle holds.
  let expected: [Piece]
  /// What the subject holds.
  let actual: [Piece]

  /// The lines, for each block of the axis in turn. O(columns x pieces).
  var lines: [ExplanationLine] {
    var lines: [ExplanationLine] = []
    let rows: [(String, [Character])] = [
      ("op", operation.map { row([$0], isOverlay: true) } ?? []),
      ("oracle", row(expected)), ("subject", row(actual)),
      ("lives", survivor.map { row([$0], isOverlay: true) } ?? []),
    ]
    let marks = self.marks
    var start = 0
    for block in axis.blocks {
      let width = block.reduce(0) { $0 + axis.columns[$1].width }
      let characters = start..<(start + width)
      start += width
      lines.append(.row(track.space.rawValue, axis.ruler(block)))
      for (name, row) in rows where !row.isEmpty {
        let text = String(row[characters])
        // An operation can be elsewhere; a state is drawn all along.
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
          "and [\(hexadecimal(piece.first)), \(hexadecimal(piece.last))], which is reversed",
          .mark))
    }
    return lines
  }

  /// The ranges as text, column by column; what is between them is left blank in an overlay.
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
        // Two that overlap are a mistake, and one must not hide the other.
        row[index] = isTaken[index] ? "#" : character
        isTaken[index] = true
      }
    }
    return row
  }

  /// What a side says of the addresses of one column, by one of its ranges.
  private struct Cell: Equatable {
    var says: UInt64
    var fill: Character
    /// The stored word, where the range begins: so another bound is a difference where it lies.
    var word: UInt64?
  }

  /// Marks under the columns of which the two sides say different things.
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
      Cell(says: $0.says, fill: $0.fill, word: $0.first < column.first ? nil : $0.word)
    }
  }
}

extension ExplanationLine {
  /// A line with a name in its margin.
  static func row(_ name: String, _ text: String, _ emphasis: Emphasis = .plain) -> Self {
    let margin = "  " + name
    let blank = String(repeating: " ", count: max(1, Drawing.margin - margin.count))
    var line = margin + blank + text
    while line.last == " " { line.removeLast() }
    return ExplanationLine(line, emphasis)
  }
}
