/// What has failed.
struct FindingsPart {
  let new: [Item]
  let known: [Item]
  /// What is said in place of new findings.
  let noneNew: String

  /// A finding.
  struct Item {
    let name: String
    let failure: String
    let reproduction: String
    let often: String
    let replay: String
    /// What is shown: the drawing, or the scenario where there is none.
    let picture: String
    /// What the picture is.
    let caption: String
    /// The scenario, where the picture is not that already.
    let scenario: String?

    /// What `page` has to tell.
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

  /// The findings of `run`, in its order. O(findings).
  init(_ run: CampaignRecord) {
    new = run.findings.filter(\.isNew).map(Item.init)
    known = run.findings.filter { !$0.isNew }.map(Item.init)
    noneNew =
      if !known.isEmpty {
        "Nothing new has failed."
      } else if run.executions > 0 {
        "Nothing has failed."
      } else {
        "Nothing was executed that could have failed."
      }
  }
}
