import ReverseMapping

/// An IPA space, and the check of range arguments (Specification 3.1) for the dictionary of cells.
/// The dictionary of pages has a check of its own, `PageSpace`.
struct IPASpace: Sendable {
  /// The first byte beyond the space.
  let limit: UInt64

  /// A space of `bits`-bit addresses.
  init(bits: Int) { limit = 1 << UInt64(bits) }

  /// A space of the configuration's width.
  init(_ configuration: MapConfiguration) { self.init(bits: configuration.ipaBits) }

  /// Whether `range` is a valid argument.
  func contains(_ range: IPARange) -> Bool { fault(of: range) == nil }

  /// Throws the first of `misaligned`, `empty`, `wraps` and `outsideWidth` that applies to `range`.
  func check(_ range: IPARange) throws(ReverseMapError) {
    if let fault = fault(of: range) { throw fault }
  }

  /// The first of `misaligned`, `empty`, `wraps` and `outsideWidth` that applies to `range`.
  private func fault(of range: IPARange) -> ReverseMapError? {
    if range.start % 4096 != 0 || range.size % 4096 != 0 { return .misaligned }
    if range.size == 0 { return .empty }
    // In pages the sum cannot overflow. All 2^64 bytes are 2^52 pages.
    let end = range.start / 4096 + range.size / 4096
    if end > 1 << 52 { return .wraps }
    return end > limit / 4096 ? .outsideWidth : nil
  }
}
