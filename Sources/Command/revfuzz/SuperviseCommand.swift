import ArgumentParser
import Files
import Foundation
import Processes

/// `revfuzz supervise`: the process between this executable and a program that it runs. Not for people.
struct SuperviseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "supervise", abstract: "Run a program within bounds.", shouldDisplay: false)

  @Option var log: String
  @Option var seconds: UInt32
  @Option var megabytes: UInt32
  @Argument(parsing: .postTerminator) var command: [String]

  func run() throws {
    let end = BoundedProcess.supervise(command, log: log, seconds: seconds, megabytes: megabytes)
    try ScenarioFile.write([UInt8](JSONEncoder().encode(end)) + [10], to: nil)
  }
}
