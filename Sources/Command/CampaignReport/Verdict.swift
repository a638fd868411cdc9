/// The verdict on a run.
public enum Verdict: Equatable, Sendable {
  /// There are no new findings, and the result is trustworthy.
  case clean
  /// There are this many new findings.
  case failed(Int)
  /// There are no new findings, but the run could have missed failures (`CampaignRecord.doubts`).
  case inconclusive

  /// The verdict on `run`. O(findings + jobs + self-checks).
  public init(on run: CampaignRecord) {
    let new = run.findings.count { $0.isNew }
    if new > 0 {
      self = .failed(new)
    } else {
      self = run.doubts.isEmpty ? .clean : .inconclusive
    }
  }
}
