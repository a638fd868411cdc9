import Oracle

/// What safety cost: counted, and never a failure (Specification 9.6).
public struct Precision: Equatable, Sendable {
  /// Mappings that unmaps killed.
  public var killed = 0
  /// Those of them that have no canonical page in the range that was unmapped.
  public var killedNeedlessly = 0
  /// Full unmaps, whether begun by the host or by the answer `everything`.
  public var fullUnmaps = 0
  /// Pages of live mappings, added up over every look at them.
  public var pages: UInt64 = 0
  /// Those of them in unknown entries.
  public var unknownPages: UInt64 = 0

  @inlinable
  public init() {}

  /// Adds what one unmap killed. O(1).
  @inlinable
  mutating func count(_ kills: ShadowStage2.Kills) {
    killed &+= kills.killed
    killedNeedlessly &+= kills.outside
  }

  /// Adds what one look at the mappings has shown. O(1).
  @inlinable
  mutating func count(_ coverage: ShadowStage2.Coverage) {
    pages &+= coverage.pages
    unknownPages &+= coverage.unknownPages
  }
}

extension Precision {
  /// What both have counted. O(1).
  static func + (one: Precision, other: Precision) -> Precision {
    var sum = one
    sum.killed &+= other.killed
    sum.killedNeedlessly &+= other.killedNeedlessly
    sum.fullUnmaps &+= other.fullUnmaps
    sum.pages &+= other.pages
    sum.unknownPages &+= other.unknownPages
    return sum
  }
}

extension Precision: CustomStringConvertible {
  /// `12 mappings killed by unmaps, 3 of them needlessly; 1 full unmap; 4.0 % of the mapped pages
  /// unknown`.
  public var description: String {
    let tenths = pages > 0 ? unknownPages &* 1000 / pages : 0
    return
      "\(killed) mapping\(killed == 1 ? "" : "s") killed by unmaps, \(killedNeedlessly) of them "
      + "needlessly; \(fullUnmaps) full unmap\(fullUnmaps == 1 ? "" : "s"); "
      + "\(tenths / 10).\(tenths % 10) % of the mapped pages unknown"
  }
}
