import ArgumentParser
import Files
import Foundation
import Processes

/// `revfuzz supervise`: runs a program within limits of time and memory. Internal: revfuzz starts
/// it between itself and each program that it runs.
struct SuperviseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "supervise", abstract: "Run a program within limits of time and memory.",
    shouldDisplay: false)

  @Option var log: String
  @Option var seconds: UInt32
  @Option var megabytes: UInt32
  @Argument(parsing: .postTerminator) var command: [String]

  func run() throws {
    let end = BoundedProcess.supervise(command, log: log, seconds: seconds, megabytes: megabytes)
    try ScenarioFile.write([UInt8](JSONEncoder().encode(end)) + [10], to: nil)
  }
}
