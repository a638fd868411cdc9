import ArgumentParser
import Campaign
import CampaignReport
import Files
import Foundation

/// `revfuzz report`: the report of a run once more.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write the report of a run again, of what the state folder has of it.",
    discussion: """
      For a run that was cut short before it came to its report, or to see an older one in the form of \
      this version. Prints the line for a mail.
      """)

  @Option(help: "The folder that campaigns keep what they find in.")
  var state = "out/campaign"

  @Option(
    name: .customLong("run"), help: "The name of the run, as in 2026-11-25T213000Z (the last one).")
  var runName: String?

  func run() throws {
    try reportingProblems {
      let folder = try StateFolder(state)
      guard let name = runName ?? folder.runs.last else {
        throw CommandError.unreadable("\(folder.path)/runs", "there is no run")
      }
      let path = "\(folder.run(name))/record.json"
      guard let data = FileManager.default.contents(atPath: path) else {
        throw CommandError.unreadable(
          path, "there is no such run, or it ended in its first minute")
      }
      guard let record = CampaignRecord(json: data) else {
        throw CommandError.notAScenario(path, "it is no record of a run of this version")
      }
      let report = CampaignReportFiles(of: folder, record)
      try report.write()
      try ScenarioFile.write(record.mailLine(report: report.path) + "\n")
    }
  }
}
