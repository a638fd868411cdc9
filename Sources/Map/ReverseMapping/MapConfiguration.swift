/// The parameters of a reverse map, fixed when it is created.
public struct MapConfiguration: Equatable, Sendable {
  /// Bits of an address, in both IPA spaces: 13 to 56 (Specification 2.1).
  public let ipaBits: Int
  /// The layout of stored words (Specification 2.3).
  public let layout: WordLayout

  /// Whether the map keeps a direct map in lockstep with its entries (Specification 7).
  public let hasDirectMap: Bool

  /// A map over `ipaBits`-bit IPA spaces.
  ///
  /// - Throws: `unsupportedWidth` outside 13 (two pages) to 56 bits.
  public init(
    ipaBits: Int, layout: WordLayout, hasDirectMap: Bool = false
  ) throws(ReverseMapError) {
    guard (13...56).contains(ipaBits) else { throw .unsupportedWidth(bits: ipaBits) }
    self.ipaBits = ipaBits
    self.layout = layout
    self.hasDirectMap = hasDirectMap
  }

  /// A map over `ipaBits`-bit IPA spaces, clamped to the supported 13 to 56 bits.
  public init(nearestWidthTo ipaBits: Int, layout: WordLayout, hasDirectMap: Bool = false) {
    self.ipaBits = min(max(ipaBits, 13), 56)
    self.layout = layout
    self.hasDirectMap = hasDirectMap
  }

  /// The first byte beyond the IPA space.
  @inlinable
  public var limit: UInt64 { 1 << UInt64(truncatingIfNeeded: ipaBits) }
}

extension MapConfiguration {
  /// Checks a range argument (Specification 3.1).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  @inlinable @inline(__always)
  public func check(_ range: IPARange) throws(ReverseMapError) {
    let limit = limit
    // One test for the common case. Find out which rule is broken only if it fails.
    let aligned = (range.start | range.size) & (Page.size &- 1) == 0
    if aligned && range.size &- 1 < limit && range.start <= limit &- range.size { return }
    throw Self.fault(of: range)
  }

  /// The error for a range that `check` rejects, in the order of Specification 3.1.
  @inlinable @inline(never)
  static func fault(of range: IPARange) -> ReverseMapError {
    guard (range.start | range.size) & (Page.size &- 1) == 0 else { return .misaligned }
    guard range.size > 0 else { return .empty }
    return range.start <= .max &- (range.size &- 1) ? .outsideWidth : .wraps
  }
}
