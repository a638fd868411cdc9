import ArgumentParser
import Campaign
import CampaignReport
import Files
import Foundation

/// `revfuzz report`: rewrites the report of an earlier campaign run.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Rewrite the report of an earlier campaign run.",
    discussion: """
      Use it for a run that was killed before it wrote its report, or to render an older run with \
      this version. Prints the run's summary line.

      Examples:
        revfuzz report
        revfuzz report --state out/my-map --run 2026-11-25T213000Z
      """)

  @Option(
    help: ArgumentHelp("State folder of the campaign.", valueName: "folder"),
    completion: .directory)
  var state = "out/campaign"

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "Run to report, as 'ls STATE/runs' names it. (default: the latest)", valueName: "name"))
  var runName: String?

  func run() throws {
    try reportingProblems {
      let folder = try StateFolder(existing: state)
      guard let name = runName ?? folder.runs.last else {
        throw CommandError.unreadable(
          "\(folder.path)/runs",
          "no campaign has used this --state; start one with 'revfuzz campaign'")
      }
      let path = "\(folder.run(name))/record.json"
      guard let data = FileManager.default.contents(atPath: path) else {
        throw CommandError.unreadable(
          path,
          "no run has this name, or it left no record because it ended in its first minute; "
            + "'ls \(folder.path)/runs' lists the runs")
      }
      guard let record = CampaignRecord(json: data) else {
        throw CommandError.notAScenario(
          path, "it is not a run record, or another version of revfuzz wrote it")
      }
      let report = ReportWriter(of: folder, record)
      try report.write()
      try ScenarioFile.write(record.mailLine(report: report.path) + "\n")
    }
  }
}
