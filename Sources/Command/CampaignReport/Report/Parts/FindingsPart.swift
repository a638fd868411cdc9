/// The findings.
struct FindingsPart {
  let new: [Item]
  let known: [Item]
  /// The sentence shown if there are no new findings.
  let noneNew: String

  /// A finding.
  struct Item {
    let name: String
    let failure: String
    let reproduction: String
    let often: String
    let replay: String
    /// The drawing, or the scenario as text if there is no drawing.
    let picture: String
    let caption: String
    /// The scenario as text, if `picture` is a drawing.
    let scenario: String?

    init(_ page: CampaignRecord.FindingPage) {
      name = page.name
      failure = page.failure
      reproduction = page.reproduction
      often = "\(Format.several(page.count, "input")) in all runs"
      replay = page.replay
      picture = page.drawing ?? page.scenario
      caption = page.drawing == nil ? "The scenario" : "The scenario, drawn step by step"
      scenario = page.drawing == nil ? nil : page.scenario
    }
  }

  /// The findings of `run`, in order. O(findings).
  init(_ run: CampaignRecord) {
    new = run.findings.filter(\.isNew).map(Item.init)
    known = run.findings.filter { !$0.isNew }.map(Item.init)
    noneNew =
      if !known.isEmpty {
        "No new failures."
      } else if run.executions > 0 {
        "No failures."
      } else {
        "Nothing was executed."
      }
  }
}
