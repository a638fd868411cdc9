import Oracle
import ReverseMapping
import Traces

/// Measures what a reverse map is worth: of the mappings that unmaps killed, how many needlessly.
package struct PrecisionStudy {
  /// What answers the unmaps. The raw value is the name in results.
  enum Design: String, CaseIterable {
    /// There is no reverse map, so each unmap tears every table down.
    case none
    /// A reverse map without a direct map, as proposed in April 2026: the guest's own changes do
    /// not reach it.
    case withoutDirect = "without-direct"
    /// A reverse map with a direct map.
    case withDirect = "with-direct"

    /// The name for readers.
    var text: String {
      switch self {
      case .none: "no reverse map"
      case .withoutDirect: "without direct map"
      case .withDirect: "with direct map"
      }
    }
  }

  /// The kills under one load with one design.
  package struct Cell: Equatable {
    var design: Design
    /// Unmaps of the host.
    var unmaps = 0
    /// Tables that were torn down because of an unmap.
    var fullUnmaps = 0
    /// Mappings that unmaps killed.
    var killed = 0
    /// Those without a canonical page in the unmapped range.
    var needless = 0
    /// Mapped pages, added up after every `PrecisionStudy.interval` events.
    var pages: UInt64 = 0
    /// Those of them that lie in unknown entries: an unmap of one tears the whole table down.
    var unknownPages: UInt64 = 0
  }

  /// Events between two looks at the mapped pages.
  static let interval = 1000

  /// The results of one load, in the order of `Design.allCases`.
  package struct Row: Equatable {
    /// The name of the load.
    package var load: String
    package var cells: [Cell]
  }

  /// Runs a load with every design. O(events x cells of their ranges).
  ///
  /// - Throws: `StudyFault`; what reading a trace throws.
  package static func row(_ load: StudyLoad) throws -> Row {
    Row(load: load.name, cells: try Design.allCases.map { try cell(load, $0) })
  }

  private static func cell(_ load: StudyLoad, _ design: Design) throws -> Cell {
    var cell = Cell(design: design)
    guard design != .none else {
      var shadows = Array(repeating: LiveMappings(load.cells), count: load.cells.mmus)
      try load.forEachEvent { cell.take($0, &shadows) }
      return cell
    }
    var trial = try AllocationTrial(
      load.cells, load.configuration(hasDirectMap: design == .withDirect), reserve: .none,
      refusals: .none)
    var events = 0
    try load.forEachEvent { event in
      if case .unmap = event { cell.unmaps += 1 }
      try trial.take(event)
      events += 1
      if events % interval == 0 { try trial.noteCoverage() }
    }
    let tally = try trial.end()
    cell.pages = tally.pages
    cell.unknownPages = tally.unknownPages
    cell.fullUnmaps = tally.fullUnmaps
    cell.killed = tally.killed
    cell.needless = tally.needless
    return cell
  }
}

extension PrecisionStudy.Cell {
  /// Applies `event` where there is no reverse map.
  fileprivate mutating func take(_ event: HostEvent, _ shadows: inout [LiveMappings]) {
    switch event {
    case .record(let canonical, let nested, let mmu):
      shadows[mmu].map(canonical, nested: nested, made: 0)
    case .invalidate(let nested, let mmu): shadows[mmu].invalidate(nested)
    case .fullUnmap(let mmu): shadows[mmu].removeAll()
    case .unmap(let canonical):
      unmaps += 1
      for mmu in shadows.indices {
        let kills = shadows[mmu].unmapEverything(canonical)
        fullUnmaps += 1
        killed += kills.killed
        needless += kills.outside
      }
    }
  }
}
