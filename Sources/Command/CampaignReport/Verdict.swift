/// What a night comes to.
public enum Verdict: Equatable, Sendable {
  /// Nothing new has failed, and the machine sees failures.
  case clean
  /// Something new has failed: so many findings.
  case failed(Int)
  /// Nothing new has failed, and there is no reason to believe it.
  case notToBeBelieved

  /// The verdict on `night`. O(findings + jobs + questions).
  public init(on night: CampaignRecord) {
    let new = night.findings.count { $0.isNew }
    if new > 0 {
      self = .failed(new)
    } else {
      self = night.doubts.isEmpty ? .clean : .notToBeBelieved
    }
  }
}
