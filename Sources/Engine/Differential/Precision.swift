import Oracle

/// The cost of safety (Specification 9.6). It is counted, and a failure only under a
/// `NeedlessBound`.
public struct Precision: Equatable, Sendable {
  /// Mappings that unmaps killed.
  public var killed = 0
  /// Killed mappings without a canonical page in the unmapped range.
  public var killedNeedlessly = 0
  /// Full unmaps, whether begun by the host or by the answer `everything`.
  public var fullUnmaps = 0
  /// Pages of live mappings, added up over every coverage check. Not an integer: mappings of 2^44
  /// pages would exceed 64 bits after a million checks.
  public var pages = 0.0
  /// Those of them that lie in unknown entries.
  public var unknownPages = 0.0
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
    pages += Double(coverage.pages)
    unknownPages += Double(coverage.unknownPages)
  }
}

extension Precision {
  /// The sum of both.
  public static func + (one: Precision, other: Precision) -> Precision {
    var sum = one
    sum.killed &+= other.killed
    sum.killedNeedlessly &+= other.killedNeedlessly
    sum.fullUnmaps &+= other.fullUnmaps
    sum.pages += other.pages
    sum.unknownPages += other.unknownPages
    sum.mostMappings = max(sum.mostMappings, other.mostMappings)
    return sum
  }
}

/// A bound on needless kills, for a run that is to fail if its subject kills too much. Every answer
/// may be sound, and yet unmap far more than it has to.
public struct NeedlessBound: Equatable, Sendable {
  /// The largest share of needless kills that is allowed, in percent of all kills by unmaps.
  public let percent: Double

  /// The bound that `text` gives in percent; nil unless that is a number from 0 to 100.
  public init?(_ text: String) {
    guard let percent = Double(text), (0...100).contains(percent) else { return nil }
    self.percent = percent
  }

  /// Whether more of the kills in `precision` were needless than the bound allows.
  public func isExceeded(by precision: Precision) -> Bool {
    Double(precision.killedNeedlessly) * 100 > percent * Double(precision.killed)
  }

  /// The measured share in `precision` and the bound, in one line. The share is rounded up, so that
  /// a share that exceeds the bound looks so.
  public func comparison(with precision: Precision) -> String {
    let bound = "the bound is \(Self.text(percent)) %"
    guard precision.killed > 0 else { return "no mapping was killed by an unmap; \(bound)" }
    let hundredths =
      (precision.killedNeedlessly * 10_000 + precision.killed - 1) / precision.killed
    return "\(Self.text(Double(hundredths) / 100)) % of the kills were needless "
      + "(\(precision.killedNeedlessly) of \(precision.killed)); \(bound)"
  }

  /// `number` without a fraction if it has none.
  private static func text(_ number: Double) -> String {
    number == number.rounded() ? "\(Int(number))" : "\(number)"
  }
}

extension Precision: CustomStringConvertible {
  /// For example `12 mappings killed by unmaps, 3 of them needlessly; 1 full unmap; 4.0 % of the
  /// mapped pages unknown`.
  public var description: String {
    let tenths = pages > 0 ? Int(unknownPages * 1000 / pages) : 0
    return
      "\(killed) mapping\(killed == 1 ? "" : "s") killed by unmaps, \(killedNeedlessly) of them "
      + "needlessly; \(fullUnmaps) full unmap\(fullUnmaps == 1 ? "" : "s"); "
      + "\(tenths / 10).\(tenths % 10) % of the mapped pages unknown"
  }
}
