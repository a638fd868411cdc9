import ReverseMapping

/// The pages of an IPA space, and the check of range arguments (Specification 3.1).
struct PageSpace {
  /// The first byte beyond the space.
  private let limit: UInt64

  /// A space of the configuration's width.
  init(_ configuration: MapConfiguration) {
    limit = UInt64(1) << UInt64(configuration.ipaBits)
  }

  /// The page numbers of `range`.
  ///
  /// - Throws: the first of `misaligned`, `empty`, `wraps` and `outsideWidth` that applies.
  func pageNumbers(of range: IPARange) throws(ReverseMapError) -> ClosedRange<UInt64> {
    guard range.start % 4096 == 0, range.size % 4096 == 0 else { throw .misaligned }
    guard range.size > 0 else { throw .empty }
    let (last, wraps) = range.start.addingReportingOverflow(range.size - 1)
    guard !wraps else { throw .wraps }
    guard last < limit else { throw .outsideWidth }
    return range.start / 4096...last / 4096
  }
}
