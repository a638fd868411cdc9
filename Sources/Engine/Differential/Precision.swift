import Oracle

/// The cost of safety (Specification 9.6). It is counted and never a failure.
public struct Precision: Equatable, Sendable {
  /// Mappings that unmaps killed.
  public var killed = 0
  /// Killed mappings without a canonical page in the unmapped range.
  public var killedNeedlessly = 0
  /// Full unmaps, whether begun by the host or by the answer `everything`.
  public var fullUnmaps = 0
  /// Pages of live mappings, added up over every coverage check.
  public var pages: UInt64 = 0
  /// Those of them that lie in unknown entries.
  public var unknownPages: UInt64 = 0
  /// The most mappings that one MMU had at once.
  public var mostMappings = 0

  @inlinable
  public init() {}

  /// Adds the kills of one unmap.
  @inlinable
  mutating func count(_ kills: ShadowStage2.Kills) {
    killed &+= kills.killed
    killedNeedlessly &+= kills.outside
  }

  /// Adds the result of one coverage check.
  @inlinable
  mutating func count(_ coverage: ShadowStage2.Coverage) {
    pages &+= coverage.pages
    unknownPages &+= coverage.unknownPages
  }
}

extension Precision {
  /// The sum of both.
  static func + (one: Precision, other: Precision) -> Precision {
    var sum = one
    sum.killed &+= other.killed
    sum.killedNeedlessly &+= other.killedNeedlessly
    sum.fullUnmaps &+= other.fullUnmaps
    sum.pages &+= other.pages
    sum.unknownPages &+= other.unknownPages
    sum.mostMappings = max(sum.mostMappings, other.mostMappings)
    return sum
  }
}

extension Precision: CustomStringConvertible {
  /// For example `12 mappings killed by unmaps, 3 of them needlessly; 1 full unmap; 4.0 % of the
  /// mapped pages unknown`.
  public var description: String {
    let tenths = pages > 0 ? unknownPages &* 1000 / pages : 0
    return
      "\(killed) mapping\(killed == 1 ? "" : "s") killed by unmaps, \(killedNeedlessly) of them "
      + "needlessly; \(fullUnmaps) full unmap\(fullUnmaps == 1 ? "" : "s"); "
      + "\(tenths / 10).\(tenths % 10) % of the mapped pages unknown"
  }
}
