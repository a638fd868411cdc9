/// What a run comes to.
public enum Verdict: Equatable, Sendable {
  /// Nothing new has failed, and the machine sees failures.
  case clean
  /// Something new has failed: so many findings.
  case failed(Int)
  /// Nothing new has failed, and there is no reason to believe it.
  case inconclusive

  /// The verdict on `run`. O(findings + jobs + questions).
  public init(on run: CampaignRecord) {
    let new = run.findings.count { $0.isNew }
    if new > 0 {
      self = .failed(new)
    } else {
      self = run.doubts.isEmpty ? .clean : .inconclusive
    }
  }
}
