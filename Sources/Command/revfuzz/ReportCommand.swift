import ArgumentParser
import Campaign
import CampaignReport
import Files
import Foundation

/// `revfuzz report`: the report of a night once more.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write the report of a night again, of what the state folder has of it.",
    discussion: """
      For a night that was cut short before it came to its report, or to see an older one in the form of \
      this version. Prints the line for a mail.
      """)

  @Option(help: "The folder that campaigns keep what they find in.")
  var state = "out/campaign"

  @Option(help: "The name of the night, as in 2026-11-25T213000Z (the last one).")
  var night: String?

  func run() throws {
    try reportingProblems {
      let folder = try StateFolder(state)
      guard let name = night ?? folder.nights.last else {
        throw CommandError.unreadable("\(folder.path)/nights", "there is no night")
      }
      let path = "\(folder.night(name))/night.json"
      guard let data = FileManager.default.contents(atPath: path) else {
        throw CommandError.unreadable(
          path, "there is no such night, or it ended in its first minute")
      }
      guard let record = CampaignRecord(json: data) else {
        throw CommandError.notAScenario(path, "it is no record of a night of this version")
      }
      let report = CampaignReportFiles(of: folder, record)
      try report.write()
      try ScenarioFile.write(record.mailLine(report: report.path) + "\n")
    }
  }
}
