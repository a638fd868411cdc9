/// What of the source was reached.
struct CoveragePart {
  /// Whether it was measured, and of any file.
  let isMeasured: Bool
  let total: Row
  let files: [Row]
  let gaps: [Gap]

  /// What was reached of a file, or of all.
  struct Row {
    let path: Path
    let lines: Cell
    let regions: Cell
    let functions: Cell
  }

  /// A path in two parts: a small screen may break it between them.
  struct Path {
    /// The folder with its slash; empty if there is none.
    let folder: String
    let file: String

    /// `path` in its two parts. O(path).
    init(_ path: String) {
      file = String(path.split(separator: "/").last ?? "")
      folder = String(path.dropLast(file.count))
    }
  }

  /// Reached, of how many.
  struct Cell {
    let fraction: String
    let percent: String
    /// How long its bar is, in per cent of the whole; only for the eye.
    let length: String

    /// `share` in words. O(1).
    init(_ share: SourceCoverage.Share) {
      fraction = "\(Figures.count(share.reached)) / \(Figures.count(share.total))"
      percent = Figures.percent(share)
      let whole = max(share.total, 1)
      length = String(max(0, min(share.reached, whole)) * 100 / whole)
    }
  }

  /// Lines of a file that were never reached.
  struct Gap {
    let path: Path
    let count: String
    let ranges: String

    /// What was not reached of `file`. O(ranges).
    init(_ file: SourceCoverage.File) {
      path = Path(file.path)
      count = Figures.several(file.unreached.reduce(0) { $0 + $1.count }, "line")
      ranges = file.unreached.map {
        // A number of a line is looked up, not read: no separators.
        $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)"
      }.joined(separator: ", ")
    }
  }

  /// The parts of `coverage`. O(files + ranges).
  init(_ coverage: SourceCoverage?) {
    let files = coverage?.files ?? []
    isMeasured = !files.isEmpty
    total = Row(
      path: Path("All of them"), lines: Self.sum(files.map(\.lines)),
      regions: Self.sum(files.map(\.regions)), functions: Self.sum(files.map(\.functions)))
    self.files = files.map {
      Row(
        path: Path($0.path), lines: Cell($0.lines), regions: Cell($0.regions),
        functions: Cell($0.functions))
    }
    gaps = files.filter { !$0.unreached.isEmpty }.map(Gap.init)
  }

  /// The sum of `shares`. O(shares).
  private static func sum(_ shares: [SourceCoverage.Share]) -> Cell {
    Cell(
      SourceCoverage.Share(
        reached: shares.reduce(0) { $0 + $1.reached }, total: shares.reduce(0) { $0 + $1.total }))
  }
}
