import CampaignReport
import Files
import Foundation
import Processes

extension CampaignRecord {
  /// The name of a run that begins at `time`: as in `2026-11-25T213000Z`, so that names are in order.
  static func name(of time: Date) -> String {
    time.formatted(.iso8601.timeSeparator(.omitted))
  }

  /// The commit of the folder that this is run in, and the compiler.
  static func buildHere() async -> String {
    let commit = await word("git", "describe", "--always", "--dirty", "--abbrev=12")
    let compiler = await word("swift", "--version")
    let version = compiler.firstMatch(of: #/Swift version ([0-9.]+)/#)?.output.1
    return "\(commit.isEmpty ? "no commit" : commit), Swift \(version ?? "of an unknown version")"
  }

  /// The system, its cores and its memory.
  static func vmHere() -> String {
    let process = ProcessInfo.processInfo
    let memory = process.physicalMemory / (1 << 30)
    return
      "\(process.operatingSystemVersionString), \(process.activeProcessorCount) cores, \(memory) GiB"
  }

  /// The first line that a program says; nothing if it cannot be run or fails.
  private static func word(_ program: String, _ arguments: String...) async -> String {
    let result = try? await CapturedProcess.run(program, arguments, limit: 1 << 16)
    guard let result, result.succeeded else { return "" }
    return result.output.split(separator: "\n").first.map(String.init) ?? ""
  }
}
