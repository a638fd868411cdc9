/// The source coverage.
struct CoveragePart {
  /// Whether it was measured for at least one file.
  let isMeasured: Bool
  let total: Row
  let modules: [Module]

  /// A module in Sources/: its own row, and those of its files.
  struct Module {
    let total: Row
    let files: [Row]
    let gaps: [Gap]
    /// Whether its files are unfolded at first. Those of the code under test are.
    let isOpen: Bool
  }

  /// The modules shown first: the code under test, then the oracle. The others follow by name.
  private static let order = ["RangeTree", "ReverseMap", "ReverseMapping", "Oracle"]

  /// The coverage of a file, of a module, or in total.
  struct Row {
    let path: Path
    let lines: Cell
    let regions: Cell
    let functions: Cell
  }

  /// A path in two parts, between which a small screen may break the line.
  struct Path {
    /// The folder with its slash; empty if there is none.
    let folder: String
    let file: String

    /// Splits `path`. O(path).
    init(_ path: String) {
      file = String(path.split(separator: "/").last ?? "")
      folder = String(path.dropLast(file.count))
    }
  }

  /// A share of a total.
  struct Cell {
    let fraction: String
    let percent: String
    /// The length of its bar, in per cent.
    let length: String

    init(_ share: SourceCoverage.Share) {
      fraction = "\(Format.count(share.reached)) / \(Format.count(share.total))"
      percent = Format.percent(share)
      let whole = max(share.total, 1)
      length = String(max(0, min(share.reached, whole)) * 100 / whole)
    }
  }

  /// The lines of a file that were never reached.
  struct Gap {
    let path: Path
    let count: String
    let ranges: String

    /// The unreached lines of `file`. O(ranges).
    init(_ file: SourceCoverage.File) {
      path = Path(file.path)
      count = Format.several(file.unreached.reduce(0) { $0 + $1.count }, "line")
      ranges = file.unreached.map {
        // Without separators: line numbers are used for look-up.
        $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)"
      }.joined(separator: ", ")
    }
  }

  /// The section for `coverage`. O(files + ranges).
  init(_ coverage: SourceCoverage?) {
    let files = coverage?.files ?? []
    isMeasured = !files.isEmpty
    total = Row(of: files, named: "Total")
    let byModule = Dictionary(grouping: files) { file in
      // Sources/GROUP/MODULE/..., or Sources/MODULE/FILE.
      let parts = file.path.split(separator: "/")
      return parts.count > 2 ? String(parts[parts.count > 3 ? 2 : 1]) : ""
    }
    let place = { (name: String) in Self.order.firstIndex(of: name) ?? Self.order.count }
    modules = byModule.sorted { (place($0.key), $0.key) < (place($1.key), $1.key) }
      .map { name, files in
        Module(
          total: Row(of: files, named: name.isEmpty ? "Other files" : name),
          files: files.map { Row(of: [$0], named: $0.path) },
          gaps: files.filter { !$0.unreached.isEmpty }.map(Gap.init), isOpen: place(name) < 2)
      }
  }
}

extension CoveragePart.Row {
  /// The total coverage of `files`. O(files).
  init(of files: [SourceCoverage.File], named name: String) {
    path = CoveragePart.Path(name)
    lines = Self.sum(files.map(\.lines))
    regions = Self.sum(files.map(\.regions))
    functions = Self.sum(files.map(\.functions))
  }

  /// The sum of `shares`. O(shares).
  private static func sum(_ shares: [SourceCoverage.Share]) -> CoveragePart.Cell {
    CoveragePart.Cell(
      SourceCoverage.Share(
        reached: shares.reduce(0) { $0 + $1.reached }, total: shares.reduce(0) { $0 + $1.total }))
  }
}
