import ArgumentParser
import Files
import Foundation
import Processes

/// `revfuzz hold`: the process between. Not for people.
struct HoldCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold", abstract: "Run a program within bounds.", shouldDisplay: false)

  @Option var log: String
  @Option var seconds: UInt32
  @Option var megabytes: UInt32
  @Argument(parsing: .postTerminator) var command: [String]

  func run() throws {
    let end = Ward.hold(command, log: log, seconds: seconds, megabytes: megabytes)
    try ScenarioFile.write([UInt8](JSONEncoder().encode(end)) + [10], to: nil)
  }
}
