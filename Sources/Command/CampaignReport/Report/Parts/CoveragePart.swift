/// What of the source was reached.
struct CoveragePart {
  /// Whether it was measured, and of any file.
  let isMeasured: Bool
  let total: Row
  let modules: [Module]

  /// A folder of Sources/: its own row, and those of its files.
  struct Module {
    let total: Row
    let files: [Row]
    let gaps: [Gap]
    /// Whether its files are seen at once: those of the code that is judged are.
    let isOpen: Bool
  }

  /// The code that is judged, first of all; what judges it comes next, and the rest by name.
  private static let order = ["RangeTree", "ReverseMap", "ReverseMapping", "Oracle"]

  /// What was reached of a file, of a module, or of all.
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

    /// `share` in words.
    init(_ share: SourceCoverage.Share) {
      fraction = "\(Format.count(share.reached)) / \(Format.count(share.total))"
      percent = Format.percent(share)
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
      count = Format.several(file.unreached.reduce(0) { $0 + $1.count }, "line")
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
    total = Row(of: files, named: "All of them")
    let byModule = Dictionary(grouping: files) { file in
      // Sources/STOREY/MODULE/..., or Sources/STOREY/FILE where the storey is one module.
      let parts = file.path.split(separator: "/")
      return parts.count > 2 ? String(parts[parts.count > 3 ? 2 : 1]) : ""
    }
    let place = { (name: String) in Self.order.firstIndex(of: name) ?? Self.order.count }
    modules = byModule.sorted { (place($0.key), $0.key) < (place($1.key), $1.key) }
      .map { name, files in
        Module(
          total: Row(of: files, named: name.isEmpty ? "In no module" : name),
          files: files.map { Row(of: [$0], named: $0.path) },
          gaps: files.filter { !$0.unreached.isEmpty }.map(Gap.init), isOpen: place(name) < 2)
      }
  }
}

extension CoveragePart.Row {
  /// What was reached of `files` together. O(files).
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
